// GHAT stored in device memory, its slices staged by the workgroup: a slot is a pack.
#include "ghat_staged.glsl"
#define GHAT_SLICE (BLOCK_K / VECTOR)
#define GHAT_SLOTS (POSITIONS * BLOCK_C * GHAT_SLICE)
#define GHAT_LOADS SLOTS_EACH(GHAT_SLOTS)

void begin_ghat() {}

// Position, channel and pack of a slot: neighbouring slots are neighbours in device memory.
uvec3 ghat_slot(uint slot) {
#if defined(GHAT_TILE_MAJOR)
    return uvec3(slot % POSITIONS, slot / POSITIONS / GHAT_SLICE, slot / POSITIONS % GHAT_SLICE);
#else
    return uvec3(slot / GHAT_SLICE / BLOCK_C, slot / GHAT_SLICE % BLOCK_C, slot % GHAT_SLICE);
#endif
}

PACK load_ghat_slot(uint slot, uint first_channel, uint first_filter) {
    const uvec3 at = ghat_slot(slot);
    return load_ghat_pack(at.x, first_channel + at.y, first_filter + at.z * VECTOR);
}

#if defined(GHAT_AHEAD)
PACK ahead_w[GHAT_LOADS];
#endif

void fetch_ghat(uint first_channel, uint first_filter) {
#if defined(GHAT_AHEAD)
    const uint invocation = gl_LocalInvocationID.x;
    FOR_EACH_SLOT(slot, load, GHAT_SLOTS) {
        ahead_w[load] = load_ghat_slot(slot, first_channel, first_filter);
    }
#endif
}

void stage_ghat(uint stage, uint first_channel, uint first_filter) {
    const uint invocation = gl_LocalInvocationID.x;
    GHAT_DEAL(slot, load, GHAT_SLOTS) {
        const uvec3 at = ghat_slot(slot);
#if defined(GHAT_AHEAD)
        pool[ghat_place(stage, at.x, at.y) + at.z] = ahead_w[load];
#else
        pool[ghat_place(stage, at.x, at.y) + at.z] = load_ghat_slot(slot, first_channel, first_filter);
#endif
    }
}
