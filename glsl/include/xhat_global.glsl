// XHAT materialised in device memory by its own dispatch.
#if VECTOR > 1 && !defined(XHAT_TILE_MAJOR)
layout(set = 0, binding = BINDING_XHAT, std430) readonly buffer TransformedInput {
    PACK xhat_packs[];
};

// A row is a channel's tiles at a position; so many packs lie between one channel's and the next's.
#define XHAT_ROW_PACKS (TILE_PITCH / VECTOR)

// Which pack has the tiles from `tile`, a multiple of VECTOR; past the row's end it is the last.
uint xhat_pack_index(uint position, uint channel, uint tile) {
    return xhat_index(position, channel, min(tile, TILE_PITCH - VECTOR)) / VECTOR;
}

// The pack at `place`, of `channel`; zero past the workgroup's last channel. Where slices end with the channels there is no past.
PACK load_xhat_at(uint place, uint channel) {
    return SLICES_END_WITH_CHANNELS || channel < PAST_CHANNEL ? xhat_packs[place] : PACK(0.0);
}

// Neighbouring tiles from `tile`, a multiple of VECTOR. Past the row's end it is the last ones again, whose products are not
// stored.
PACK load_xhat_pack(uint position, uint channel, uint tile) {
    return load_xhat_at(xhat_pack_index(position, channel, tile), channel);
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
        const bool inside = channel < PAST_CHANNEL && tile + lane < TILES;
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
