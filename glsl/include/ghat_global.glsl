// GHAT materialised in device memory by its own dispatch.
void begin_ghat() {}

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
// Each element is multiplied by one invocation, or by two that have half of the tiles each, so that shared memory would
// only be a detour: the next channel's travel to registers while the present one's are multiplied.
PACK next_ghat[PACKS_K];
PACK present_ghat[PACKS_K];

void fetch_ghat(uint channel, uint first_filter) {
    [[unroll]] for (uint q = 0u; q < PACKS_K; ++q) {
        next_ghat[q] = load_ghat_pack(thread_position, channel, first_filter + (q * THREADS_K + thread_k) * VECTOR);
    }
}

void fill_ghat(uint first_channel, uint first_filter, uint position) {
    fetch_ghat(first_channel, first_filter);
}

void hold_ghat(uint channel, uint first_filter) {
    present_ghat = next_ghat;
    if ((channel + 1u) % BLOCK_C != 0u) {
        fetch_ghat(channel + 1u, first_filter);
    }
}

PACK operand_ghat(uint position, uint c, uint q) {
    return present_ghat[q];
}
#elif defined(TILED)
void hold_ghat(uint channel, uint filter_index) {}

// Every placement but register is staged for a register-tiled product.
#include "ghat_slice.glsl"

void fill_ghat(uint first_channel, uint first_filter, uint position) {
    const uint packs = BLOCK_K / VECTOR;
    for (uint slot = gl_LocalInvocationID.x; slot < POSITIONS * BLOCK_C * packs; slot += gl_WorkGroupSize.x) {
#if defined(GHAT_TILE_MAJOR)
        const uvec3 at = uvec3(slot % POSITIONS, slot / POSITIONS / packs, slot / POSITIONS % packs);
#else
        const uvec3 at = uvec3(slot / packs / BLOCK_C, slot / packs % BLOCK_C, slot % packs);
#endif
        ghat_slice[ghat_slice_index(at.x, at.y, at.z * VECTOR) / VECTOR] =
            load_ghat_pack(at.x, first_channel + at.y, first_filter + at.z * VECTOR);
    }
}
#else
void hold_ghat(uint channel, uint filter_index) {}
void fill_ghat(uint first_channel, uint first_filter, uint position) {}

#if VECTOR == 1
float load_ghat(uint position, uint channel, uint filter_index) {
    return load_stored_ghat(position, channel, filter_index);
}
#endif
#endif
