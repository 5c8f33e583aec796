// GHAT stored in device memory, from there straight to registers. Each element is multiplied by one invocation, or by two that
// have half of the tiles each, so that shared memory would only be a detour: the next channel's travel while the present
// one's are multiplied.
PACK next_ghat[PACKS_K];
PACK present_ghat[PACKS_K];

void begin_ghat() {}

void load_next_ghat(uint channel, uint first_filter) {
    [[unroll]] for (uint q = 0u; q < PACKS_K; ++q) {
        next_ghat[q] = load_ghat_pack(thread_position, channel, first_filter + (q * THREADS_K + thread_k) * VECTOR);
    }
}

void fetch_ghat(uint first_channel, uint first_filter) {
    if (first_channel == 0u) {
        load_next_ghat(0u, first_filter);
    }
}

void stage_ghat(uint stage, uint first_channel, uint first_filter) {}

void hold_ghat(uint channel, uint first_filter) {
    present_ghat = next_ghat;
    // The slice may end past the last channel: zeros, there.
    const uint next = channel + 1u;
    if (next % BLOCK_C != 0u || next < IN_CHANNELS) {
        load_next_ghat(next, first_filter);
    }
}

PACK operand_ghat(uint stage, uint position, uint c, uint q) {
    return present_ghat[q];
}
