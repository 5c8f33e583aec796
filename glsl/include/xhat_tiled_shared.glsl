// XHAT's slices evaluated by the workgroup together, each element once: a slot is a tile at a channel.
#include "xhat_evaluate.glsl"
#include "xhat_staged.glsl"
#define XHAT_SLOTS (BLOCK_C * BLOCK_P)
#define XHAT_LOADS SLOTS_EACH(XHAT_SLOTS)
// Dealt from the last invocation on, for GHAT's are dealt from the first: where there are fewer slots than invocations,
// others transform the filters than the tiles.
#define XHAT_DEALER (INVOCATIONS - 1u - gl_LocalInvocationID.x)

void begin_xhat() {
    select_bt();
}

// Past the end it is the last one again: a finite number, which GHAT's zeros or the bounds at the store discard.
void load_xhat_slot(uint slot, uint first_channel, uint first_tile, out float d[ALPHA][ALPHA]) {
    load_xhat_tile(min(first_channel + slot / BLOCK_P, IN_CHANNELS - 1u), min(first_tile + slot % BLOCK_P, TILES - 1u), d);
}

#if defined(XHAT_AHEAD)
float ahead_x[XHAT_LOADS][ALPHA][ALPHA];
#endif

void fetch_xhat(uint first_channel, uint first_tile) {
#if defined(XHAT_AHEAD)
    const uint invocation = XHAT_DEALER;
    FOR_EACH_SLOT(slot, load, XHAT_SLOTS) {
        load_xhat_slot(slot, first_channel, first_tile, ahead_x[load]);
    }
#endif
}

void stage_xhat(uint stage, uint first_channel, uint first_tile) {
    const uint invocation = XHAT_DEALER;
    XHAT_DEAL(slot, load, XHAT_SLOTS) {
        float elements[POSITIONS];
#if defined(XHAT_AHEAD)
        transform_bt(ahead_x[load], elements);
#else
        float d[ALPHA][ALPHA];
        load_xhat_slot(slot, first_channel, first_tile, d);
        transform_bt(d, elements);
#endif
        const uint p = slot % BLOCK_P;
        [[unroll]] for (uint at = 0u; at < POSITIONS; ++at) {
            PART(pool[xhat_place(stage, at, slot / BLOCK_P) + p / VECTOR], p % VECTOR) = elements[at];
        }
    }
}
