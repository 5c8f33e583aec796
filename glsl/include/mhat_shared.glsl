// MHAT in shared memory: the workgroup stores all positions of some pairs of filter and tile, and after a barrier each
// invocation consumes whole pairs.
#if !defined(TILED)
// [POSITIONS][MHAT_PAIRS].
shared float mhat_slice[POSITIONS * MHAT_PAIRS];
#endif
// The pair that this invocation consumes.
uint mhat_pair;

float load_mhat(uint position, uint filter_index, uint tile) {
#if defined(TILED)
    const uint p = mhat_pair % BLOCK_P;
    return PART(pool[mhat_place(position, mhat_pair / BLOCK_P) + p / VECTOR], p % VECTOR);
#else
    return mhat_slice[position * MHAT_PAIRS + mhat_pair];
#endif
}
