// GHAT private to the invocation that uses it: each evaluates the filters it owns, a channel at a time.
#include "ghat_evaluate.glsl"

#if defined(TILED)
#define HELD_FILTERS THREAD_K
#else
#define HELD_FILTERS 1
#endif
float held_ghat[HELD_FILTERS][POSITIONS];

void begin_ghat() {
    select_g();
}

#if defined(TILED)
void fetch_ghat(uint first_channel, uint first_filter) {}
void stage_ghat(uint stage, uint first_channel, uint first_filter) {}
#else
void fill_ghat(uint first_channel, uint first_filter, uint position) {}
#endif

void hold_ghat(uint channel, uint filter_index) {
#if defined(TILED)
    // Zero past the last channel: whatever the input holds there is then multiplied by zero.
    const float inside = channel < IN_CHANNELS ? 1.0 : 0.0;
    [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
        const uint owned = filter_of_thread(filter_index, k);
        evaluate_ghat_tile(min(channel, IN_CHANNELS - 1u), min(owned, OUT_CHANNELS - 1u), held_ghat[k]);
        [[unroll]] for (uint position = 0u; position < POSITIONS; ++position) {
            held_ghat[k][position] *= inside;
        }
    }
#else
    evaluate_ghat_tile(channel, filter_index, held_ghat[0]);
#endif
}

#if defined(TILED)
PACK operand_ghat(uint stage, uint position, uint c, uint q) {
    PACK elements;
    [[unroll]] for (uint lane = 0u; lane < VECTOR; ++lane) {
        PART(elements, lane) = held_ghat[q * VECTOR + lane][position];
    }
    return elements;
}
#else
float load_ghat(uint position, uint channel, uint filter_index) {
    return held_ghat[0][position];
}
#endif
