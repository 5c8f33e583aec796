// Slices of the operands in workgroup shared memory, for the kernel of elements: BLOCK_C channels of the workgroup's tiles or
// filters, at one position or, where the workgroup owns whole tiles, at all of them.
#if defined(WHOLE_TILES)
#define SLICE_POSITIONS POSITIONS
#else
#define SLICE_POSITIONS 1u
#endif
