// GHAT materialised in device memory by its own dispatch.
#if defined(GHAT_PASSED_ONCE)
// What is stored is G·g: the second pass makes element j of a row of U from the three of its row as they are loaded.
#define FIRST_STORED(position) ((position) / ALPHA * 3u)
vec3 second_pass;

// Before elements at a position are loaded.
void begin_second_pass(uint position) {
    const uint j = position % ALPHA;
    second_pass = vec3(element_g(j, 0u), element_g(j, 1u), element_g(j, 2u));
}
#else
#define FIRST_STORED(position) (position)
#define begin_second_pass(position)
#endif

#if VECTOR > 1 && !defined(GHAT_TILE_MAJOR)
layout(set = 0, binding = BINDING_GHAT, std430) readonly buffer TransformedFilters {
    PACK ghat_packs[];
};

// A row is a channel's filters at a position; so many packs lie between one channel's and the next's.
#define GHAT_ROW_PACKS (FILTER_PITCH / VECTOR)

// Which pack has the filters from `filter_index`, a multiple of VECTOR; past the row's end it is the last.
uint ghat_pack_index(uint position, uint channel, uint filter_index) {
    return ghat_index(FIRST_STORED(position), channel, min(filter_index, FILTER_PITCH - VECTOR)) / VECTOR;
}

#if defined(GHAT_PASSED_ONCE)
PACK transformed_pack(uint place) {
    const uint next = IN_CHANNELS * GHAT_ROW_PACKS;
    return fma(PACK(second_pass.z), ghat_packs[place + 2u * next],
               fma(PACK(second_pass.y), ghat_packs[place + next], second_pass.x * ghat_packs[place]));
}
#else
#define transformed_pack(place) ghat_packs[place]
#endif

// The pack at `place`, of `channel`; zero past the workgroup's last channel. Where slices end with the channels there is no past.
PACK load_ghat_at(uint place, uint channel) {
    return SLICES_END_WITH_CHANNELS || channel < PAST_CHANNEL ? transformed_pack(place) : PACK(0.0);
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
#if defined(GHAT_PASSED_ONCE)
    float stored[3];
    [[unroll]] for (uint s = 0u; s < 3u; ++s) {
        stored[s] = ghat[ghat_index(FIRST_STORED(position) + s, channel, filter_index)];
    }
    return dot(second_pass, vec3(stored[0], stored[1], stored[2]));
#else
    return ghat[ghat_index(position, channel, filter_index)];
#endif
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
