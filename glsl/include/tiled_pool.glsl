// The shared memory of a workgroup that owns whole tiles: STAGES slices of each operand that is staged, and in their place,
// when the channels are at an end, what is exchanged of MHAT. All in packs; a place is counted in packs and the float within,
// so that what differs between the positions is a constant to the compiler.
#ifndef SLICE_PADDING
#define SLICE_PADDING 0
#endif
#define SLICE_ROWS (STAGES * POSITIONS * BLOCK_C)
// Rows are SLICE_PADDING floats longer than they need, and a pack those of MHAT, against bank conflicts.
#define XHAT_ROW ((BLOCK_P + SLICE_PADDING) / VECTOR)
#define GHAT_ROW ((BLOCK_K + SLICE_PADDING) / VECTOR)
#define MHAT_ROW (BLOCK_P / VECTOR + 1)

#if defined(XHAT_REGISTER)
#define XHAT_PACKS 0
#else
#define XHAT_PACKS (SLICE_ROWS * XHAT_ROW)
#endif
#if defined(GHAT_REGISTER) || defined(GHAT_DIRECT)
#define GHAT_PACKS 0
#else
#define GHAT_PACKS (SLICE_ROWS * GHAT_ROW)
#endif
#if defined(MHAT_SHARED)
// Filters whose sums are exchanged at once.
#define ROUND_K (MHAT_ROUND * THREADS_K)
#define MHAT_PACKS (POSITIONS * ROUND_K * MHAT_ROW)
#else
#define MHAT_PACKS 0
#endif

shared PACK pool[max(max(XHAT_PACKS + GHAT_PACKS, MHAT_PACKS), 1)];

// XHAT's slices are [STAGES][POSITIONS][BLOCK_C][XHAT_ROW], and GHAT's after them are alike.
uint slice_row(uint stage, uint position, uint c) {
    return (stage * POSITIONS + position) * BLOCK_C + c;
}

uint xhat_place(uint stage, uint position, uint c) {
    return slice_row(stage, position, c) * XHAT_ROW;
}

uint ghat_place(uint stage, uint position, uint c) {
    return XHAT_PACKS + slice_row(stage, position, c) * GHAT_ROW;
}

#if defined(MHAT_SHARED)
// MHAT is [POSITIONS][ROUND_K][MHAT_ROW].
uint mhat_place(uint position, uint k) {
    return (position * ROUND_K + k) * MHAT_ROW;
}
#endif
