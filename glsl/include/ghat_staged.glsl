// GHAT's slices in shared memory, whatever brings them there.
PACK operand_ghat(uint stage, uint position, uint c, uint q) {
    return pool[ghat_place(stage, position, c) + q * THREADS_K + thread_k];
}

void hold_ghat(uint channel, uint filter_index) {}
