// GHAT's slices in shared memory, whatever brings them there. What was not fetched ahead goes through no array in
// registers, and may be much.
#if defined(GHAT_AHEAD)
#define GHAT_DEAL FOR_EACH_SLOT
#else
#define GHAT_DEAL [[dont_unroll]] DEAL_SLOTS
#endif

PACK operand_ghat(uint stage, uint position, uint c, uint q) {
    return pool[ghat_place(stage, position, c) + q * THREADS_K + thread_k];
}

void hold_ghat(uint channel, uint filter_index) {}
