// XHAT materialised in device memory by its own dispatch.
#if VECTOR > 1 && !defined(XHAT_TILE_MAJOR)
layout(set = 0, binding = BINDING_XHAT, std430) readonly buffer TransformedInput {
    PACK xhat_packs[];
};

// Neighbouring tiles from `tile`, a multiple of VECTOR. Past the last channel or the row's end it is those at the end
// again, without a branch: the filters are zero past the last channel, and products past the end are not stored.
PACK load_xhat_pack(uint position, uint channel, uint tile) {
    const uint start = min(tile, TILE_PITCH - VECTOR);
    // Where slices end with the channels there is no past.
    const uint row = IN_CHANNELS % BLOCK_C == 0u ? channel : min(channel, IN_CHANNELS - 1u);
    return xhat_packs[xhat_index(position, row, start) / VECTOR];
}
#else
layout(set = 0, binding = BINDING_XHAT, std430) readonly buffer TransformedInput {
    float xhat[];
};

float load_stored_xhat(uint position, uint channel, uint tile) {
    return xhat[xhat_index(position, channel, tile)];
}

PACK load_xhat_pack(uint position, uint channel, uint tile) {
    PACK elements;
    [[unroll]] for (uint lane = 0u; lane < VECTOR; ++lane) {
        const bool inside = channel < IN_CHANNELS && tile + lane < TILES;
        PART(elements, lane) = inside ? load_stored_xhat(position, channel, tile + lane) : 0.0;
    }
    return elements;
}
#endif

#if defined(TILED)
#include "xhat_tiled_global.glsl"
#else
void begin_xhat() {}
void hold_xhat(uint channel, uint tile) {}
void fill_xhat(uint first_channel, uint first_tile, uint position) {}

#if VECTOR == 1
float load_xhat(uint position, uint channel, uint tile) {
    return load_stored_xhat(position, channel, tile);
}
#endif
#endif
