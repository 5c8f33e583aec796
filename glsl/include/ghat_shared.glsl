// GHAT in shared memory: the workgroup evaluates a slice together, each element once.
#if defined(TILED)
#include "ghat_tiled_shared.glsl"
#else
#include "ghat_evaluate.glsl"
#include "ghat_slice.glsl"

void begin_ghat() {
#if defined(WHOLE_TILES)
    select_g();
#endif
}

void fill_ghat(uint first_channel, uint first_filter, uint position) {
    ghat_slice_channel = first_channel;
    ghat_slice_filter = first_filter;
    for (uint slot = gl_LocalInvocationID.x; slot < BLOCK_C * BLOCK_K; slot += gl_WorkGroupSize.x) {
        const uint c = slot / BLOCK_K;
        const uint k = slot % BLOCK_K;
        const uint filter_index = min(first_filter + k, OUT_CHANNELS - 1u);
        const uint channel = min(first_channel + c, IN_CHANNELS - 1u);
        // Zero past the last channel, so that the products there add nothing.
        const float inside = first_channel + c < IN_CHANNELS ? 1.0 : 0.0;
#if defined(WHOLE_TILES)
        float elements[POSITIONS];
        evaluate_ghat_tile(channel, filter_index, elements);
        [[unroll]] for (uint at = 0u; at < POSITIONS; ++at) {
            ghat_slice[ghat_slice_index(at, c, k)] = inside * elements[at];
        }
#else
        ghat_slice[ghat_slice_index(0u, c, k)] = inside * evaluate_ghat(position, channel, filter_index);
#endif
    }
}

void hold_ghat(uint channel, uint filter_index) {}
#endif
