// XHAT's slices in shared memory, whatever brings them there. What was not fetched ahead goes through no array in
// registers, and may be much.
#if defined(XHAT_AHEAD)
#define XHAT_DEAL FOR_EACH_SLOT
#else
#define XHAT_DEAL [[dont_unroll]] DEAL_SLOTS
#endif

PACK operand_xhat(uint stage, uint position, uint c, uint q) {
    return pool[xhat_place(stage, position, c) + q * THREADS_P + thread_p];
}

void hold_xhat(uint channel, uint tile) {}
