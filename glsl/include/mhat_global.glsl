// MHAT materialised in device memory by its own dispatch.
layout(set = 0, binding = BINDING_MHAT, std430) readonly buffer Products {
    float mhat[];
};

// What the first of its sums has at `place`, and with it the others.
float load_mhat_at(uint place) {
    float sum = mhat[place];
#if defined(MHAT_SPLITS)
    [[unroll]] for (uint split = 1u; split < MHAT_SPLITS; ++split) {
        sum += mhat[split * MHAT_FLOATS + place];
    }
#endif
    return sum;
}

float load_mhat(uint position, uint filter_index, uint tile) {
    return load_mhat_at(mhat_index(position, filter_index, tile));
}
