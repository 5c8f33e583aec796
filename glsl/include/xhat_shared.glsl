// XHAT in shared memory: the workgroup evaluates a slice together, each element once.
#if defined(TILED)
#include "xhat_tiled_shared.glsl"
#else
#include "xhat_evaluate.glsl"
#include "xhat_slice.glsl"

void begin_xhat() {
#if defined(WHOLE_TILES)
    select_bt();
#endif
}

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
        [[unroll]] for (uint at = 0u; at < POSITIONS; ++at) {
            xhat_slice[xhat_slice_index(at, c, p)] = elements[at];
        }
#else
        xhat_slice[xhat_slice_index(0u, c, p)] = evaluate_xhat(position, channel, tile);
#endif
    }
}

void hold_xhat(uint channel, uint tile) {}
#endif
