// XHAT in shared memory: the workgroup evaluates a slice together, each element once.
#include "xhat_evaluate.glsl"
#include "xhat_slice.glsl"

void begin_xhat() {
#if defined(WHOLE_TILES)
    select_bt();
#endif
}

#if defined(WHOLE_TILES)
void store_slice(uint c, uint p, float elements[POSITIONS]) {
    [[unroll]] for (uint at = 0u; at < POSITIONS; ++at) {
        const uint index = xhat_slice_index(at, c, p);
        PART(xhat_slice[index / VECTOR], index % VECTOR) = elements[at];
    }
}
#endif

#if defined(XHAT_AHEAD)
// The input under the element that this invocation evaluates next: it travels while the present slice is multiplied.
float ahead[ALPHA][ALPHA];

void fetch_xhat(uint first_channel, uint first_tile) {
    const uint slot = gl_LocalInvocationID.x;
    if (slot < BLOCK_C * BLOCK_P) {
        load_xhat_tile(min(first_channel + slot / BLOCK_P, IN_CHANNELS - 1u), min(first_tile + slot % BLOCK_P, TILES - 1u),
                       ahead);
    }
}

void fill_xhat(uint first_channel, uint first_tile, uint position) {
    const uint slot = gl_LocalInvocationID.x;
    if (slot < BLOCK_C * BLOCK_P) {
        float elements[POSITIONS];
        transform_bt(ahead, elements);
        store_slice(slot / BLOCK_P, slot % BLOCK_P, elements);
    }
}
#else
void fetch_xhat(uint first_channel, uint first_tile) {}

void fill_xhat(uint first_channel, uint first_tile, uint position) {
    xhat_slice_channel = first_channel;
    xhat_slice_tile = first_tile;
    for (uint slot = gl_LocalInvocationID.x; slot < BLOCK_C * BLOCK_P; slot += gl_WorkGroupSize.x) {
        const uint c = slot / BLOCK_P;
        const uint p = slot % BLOCK_P;
        // Past the end it is the last one again: a finite number, which GHAT's zeros or the bounds at the store discard.
        const uint channel = min(first_channel + c, IN_CHANNELS - 1u);
        const uint tile = min(first_tile + p, TILES - 1u);
#if defined(WHOLE_TILES)
        float elements[POSITIONS];
        evaluate_xhat_tile(channel, tile, elements);
        store_slice(c, p, elements);
#else
        xhat_slice[xhat_slice_index(0u, c, p)] = evaluate_xhat(position, channel, tile);
#endif
    }
}
#endif

void hold_xhat(uint channel, uint tile) {}
