// MHAT materialised in device memory: what a multiply stores, or its own one of the sums that make it up.
#if VECTOR > 1 && !defined(MHAT_TILE_MAJOR)
layout(set = 0, binding = BINDING_MHAT, std430) writeonly buffer Products {
    PACK mhat_packs[];
};

// The products of neighbouring tiles from `tile`, a multiple of VECTOR.
void store_mhat(uint position, uint filter_index, uint tile, PACK products) {
    if (filter_index < OUT_CHANNELS && tile < TILES) {
        mhat_packs[(OWN_MHAT + mhat_index(position, filter_index, tile)) / VECTOR] = products;
    }
}
#else
layout(set = 0, binding = BINDING_MHAT, std430) writeonly buffer Products {
    float mhat[];
};

void store_mhat(uint position, uint filter_index, uint tile, PACK products) {
    [[unroll]] for (uint lane = 0u; lane < VECTOR; ++lane) {
        if (filter_index < OUT_CHANNELS && tile + lane < TILES) {
            mhat[OWN_MHAT + mhat_index(position, filter_index, tile + lane)] = PART(products, lane);
        }
    }
}
#endif
