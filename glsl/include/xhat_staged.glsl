// XHAT's slices in shared memory, whatever brings them there.
PACK operand_xhat(uint stage, uint position, uint c, uint q) {
    return pool[xhat_place(stage, position, c) + q * THREADS_P + thread_p];
}

void hold_xhat(uint channel, uint tile) {}
