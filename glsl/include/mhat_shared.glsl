// MHAT in shared memory, [POSITIONS][MHAT_PAIRS]: the workgroup stores all positions of some pairs of filter and tile,
// and after a barrier each invocation consumes whole pairs.
shared float mhat_slice[POSITIONS * MHAT_PAIRS];
// The pair that this invocation consumes.
uint mhat_pair;

float load_mhat(uint position, uint filter_index, uint tile) {
    return mhat_slice[position * MHAT_PAIRS + mhat_pair];
}
