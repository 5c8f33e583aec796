// MHAT in shared memory: the workgroup stores all positions of some pairs of filter and tile, and after a barrier each
// invocation consumes whole pairs.
#if defined(TILED)
// [POSITIONS][THREADS_K][MHAT_PITCH], in packs. The rows of neighbouring invocations are a pack longer than they need,
// against bank conflicts.
#define MHAT_PITCH (BLOCK_P + VECTOR)
shared PACK mhat_slice[POSITIONS * THREADS_K * MHAT_PITCH / VECTOR];
#else
// [POSITIONS][MHAT_PAIRS].
shared float mhat_slice[POSITIONS * MHAT_PAIRS];
#endif
// The pair that this invocation consumes.
uint mhat_pair;

float load_mhat(uint position, uint filter_index, uint tile) {
#if defined(TILED)
    const uint index = (position * THREADS_K + mhat_pair / BLOCK_P) * MHAT_PITCH + mhat_pair % BLOCK_P;
    return PART(mhat_slice[index / VECTOR], index % VECTOR);
#else
    return mhat_slice[position * MHAT_PAIRS + mhat_pair];
#endif
}
