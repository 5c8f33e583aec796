// MHAT materialised in device memory by its own dispatch.
layout(set = 0, binding = BINDING_MHAT, std430) readonly buffer Products {
    float mhat[];
};

float load_mhat(uint position, uint filter_index, uint tile) {
    return mhat[mhat_index(position, filter_index, tile)];
}
