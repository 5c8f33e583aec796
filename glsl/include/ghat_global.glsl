// GHAT materialised in device memory by its own dispatch.
#if VECTOR > 1 && !defined(GHAT_TILE_MAJOR)
layout(set = 0, binding = BINDING_GHAT, std430) readonly buffer TransformedFilters {
    PACK ghat_packs[];
};

// Neighbouring filters from `filter_index`, a multiple of VECTOR; zero past the last channel. Past the row's end it is
// those at the end again, whose products are not stored.
PACK load_ghat_pack(uint position, uint channel, uint filter_index) {
    const uint start = min(filter_index, FILTER_PITCH - VECTOR);
    // Where slices end with the channels there is no past.
    if (IN_CHANNELS % BLOCK_C == 0u) {
        return ghat_packs[ghat_index(position, channel, start) / VECTOR];
    }
    const uint last = IN_CHANNELS - 1u;
    const PACK elements = ghat_packs[ghat_index(position, min(channel, last), start) / VECTOR];
    return channel <= last ? elements : PACK(0.0);
}
#else
layout(set = 0, binding = BINDING_GHAT, std430) readonly buffer TransformedFilters {
    float ghat[];
};

float load_stored_ghat(uint position, uint channel, uint filter_index) {
    return ghat[ghat_index(position, channel, filter_index)];
}

PACK load_ghat_pack(uint position, uint channel, uint filter_index) {
    PACK elements;
    [[unroll]] for (uint lane = 0u; lane < VECTOR; ++lane) {
        const bool inside = channel < IN_CHANNELS && filter_index + lane < OUT_CHANNELS;
        PART(elements, lane) = inside ? load_stored_ghat(position, channel, filter_index + lane) : 0.0;
    }
    return elements;
}
#endif

#if defined(GHAT_DIRECT)
#include "ghat_tiled_direct.glsl"
#elif defined(TILED)
#include "ghat_tiled_global.glsl"
#else
void begin_ghat() {}
void hold_ghat(uint channel, uint filter_index) {}
void fill_ghat(uint first_channel, uint first_filter, uint position) {}

#if VECTOR == 1
float load_ghat(uint position, uint channel, uint filter_index) {
    return load_stored_ghat(position, channel, filter_index);
}
#endif
#endif
