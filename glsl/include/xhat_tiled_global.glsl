// XHAT stored in device memory, its slices staged by the workgroup: a slot is a pack.
#include "xhat_staged.glsl"
#define XHAT_SLICE (BLOCK_P / VECTOR)
#define XHAT_SLOTS (POSITIONS * BLOCK_C * XHAT_SLICE)
#define XHAT_LOADS SLOTS_EACH(XHAT_SLOTS)

void begin_xhat() {}

// Position, channel and pack of a slot: neighbouring slots are neighbours in device memory.
uvec3 xhat_slot(uint slot) {
#if defined(XHAT_TILE_MAJOR)
    return uvec3(slot % POSITIONS, slot / POSITIONS / XHAT_SLICE, slot / POSITIONS % XHAT_SLICE);
#else
    return uvec3(slot / XHAT_SLICE / BLOCK_C, slot / XHAT_SLICE % BLOCK_C, slot % XHAT_SLICE);
#endif
}

PACK load_xhat_slot(uint slot, uint first_channel, uint first_tile) {
    const uvec3 at = xhat_slot(slot);
    return load_xhat_pack(at.x, first_channel + at.y, first_tile + at.z * VECTOR);
}

#if defined(XHAT_AHEAD)
PACK ahead_x[XHAT_LOADS];
#endif

void fetch_xhat(uint first_channel, uint first_tile) {
#if defined(XHAT_AHEAD)
    const uint invocation = gl_LocalInvocationID.x;
    FOR_EACH_SLOT(slot, load, XHAT_SLOTS) {
        ahead_x[load] = load_xhat_slot(slot, first_channel, first_tile);
    }
#endif
}

void stage_xhat(uint stage, uint first_channel, uint first_tile) {
    const uint invocation = gl_LocalInvocationID.x;
    XHAT_DEAL(slot, load, XHAT_SLOTS) {
        const uvec3 at = xhat_slot(slot);
#if defined(XHAT_AHEAD)
        pool[xhat_place(stage, at.x, at.y) + at.z] = ahead_x[load];
#else
        pool[xhat_place(stage, at.x, at.y) + at.z] = load_xhat_slot(slot, first_channel, first_tile);
#endif
    }
}
