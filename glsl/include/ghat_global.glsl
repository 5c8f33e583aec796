// GHAT materialised in device memory by its own dispatch.
#if VECTOR > 1 && !defined(GHAT_TILE_MAJOR)
layout(set = 0, binding = BINDING_GHAT, std430) readonly buffer TransformedFilters {
    PACK ghat_packs[];
};

// A row is a channel's filters at a position; so many packs lie between one channel's and the next's.
#define GHAT_ROW_PACKS (FILTER_PITCH / VECTOR)

// Which pack has the filters from `filter_index`, a multiple of VECTOR; past the row's end it is the last.
uint ghat_pack_index(uint position, uint channel, uint filter_index) {
    return ghat_index(position, channel, min(filter_index, FILTER_PITCH - VECTOR)) / VECTOR;
}

// The pack at `place`, of `channel`; zero past the workgroup's last channel. Where slices end with the channels there is no past.
PACK load_ghat_at(uint place, uint channel) {
    return SLICES_END_WITH_CHANNELS || channel < PAST_CHANNEL ? ghat_packs[place] : PACK(0.0);
}

// Neighbouring filters from `filter_index`, a multiple of VECTOR. Past the row's end it is the last ones again, whose products are not
// stored.
PACK load_ghat_pack(uint position, uint channel, uint filter_index) {
    return load_ghat_at(ghat_pack_index(position, channel, filter_index), channel);
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
        const bool inside = channel < PAST_CHANNEL && filter_index + lane < OUT_CHANNELS;
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
