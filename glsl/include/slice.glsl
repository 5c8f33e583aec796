// Slices of the operands in workgroup shared memory: BLOCK_C channels of the workgroup's tiles or filters, at one
// position or, where the workgroup owns whole tiles, at all of them. Rows are SLICE_PADDING floats longer than they
// need, against bank conflicts.
#if defined(WHOLE_TILES)
#define SLICE_POSITIONS POSITIONS
#else
#define SLICE_POSITIONS 1u
#endif
#ifndef SLICE_PADDING
#define SLICE_PADDING 0
#endif
#define XHAT_PITCH (BLOCK_P + SLICE_PADDING)
#define GHAT_PITCH (BLOCK_K + SLICE_PADDING)
