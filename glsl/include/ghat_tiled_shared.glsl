// GHAT's slices evaluated by the workgroup together, each element once: a slot is a filter at a channel.
#include "ghat_evaluate.glsl"
#include "ghat_staged.glsl"
#define GHAT_SLOTS (BLOCK_C * BLOCK_K)
#define GHAT_LOADS SLOTS_EACH(GHAT_SLOTS)
// So many neighbouring filters, then the next channel: a filter's channels are neighbours in w, its elements are not in the
// slices.
#define RUN_K (BLOCK_K % 8 == 0 ? 8u : 1u)

void begin_ghat() {
    select_g();
}

uint slot_channel(uint slot) {
    return slot / RUN_K % BLOCK_C;
}

uint slot_filter(uint slot) {
    return slot / (RUN_K * BLOCK_C) * RUN_K + slot % RUN_K;
}

void load_ghat_slot(uint slot, uint first_channel, uint first_filter, out float g[3][3]) {
    load_w_taps(min(first_filter + slot_filter(slot), OUT_CHANNELS - 1u),
                min(first_channel + slot_channel(slot), IN_CHANNELS - 1u), g);
}

#if defined(GHAT_AHEAD)
float ahead_w[GHAT_LOADS][3][3];
#endif

void fetch_ghat(uint first_channel, uint first_filter) {
#if defined(GHAT_AHEAD)
    const uint invocation = gl_LocalInvocationID.x;
    FOR_EACH_SLOT(slot, load, GHAT_SLOTS) {
        load_ghat_slot(slot, first_channel, first_filter, ahead_w[load]);
    }
#endif
}

void stage_ghat(uint stage, uint first_channel, uint first_filter) {
    const uint invocation = gl_LocalInvocationID.x;
    GHAT_DEAL(slot, load, GHAT_SLOTS) {
        float elements[POSITIONS];
#if defined(GHAT_AHEAD)
        transform_g(ahead_w[load], elements);
#else
        float g[3][3];
        load_ghat_slot(slot, first_channel, first_filter, g);
        transform_g(g, elements);
#endif
        const uint c = slot_channel(slot);
        const uint k = slot_filter(slot);
        // Zero past the last channel, so that the products there add nothing.
        const float inside = first_channel + c < IN_CHANNELS ? 1.0 : 0.0;
        [[unroll]] for (uint at = 0u; at < POSITIONS; ++at) {
            PART(pool[ghat_place(stage, at, c) + k / VECTOR], k % VECTOR) = inside * elements[at];
        }
    }
}
