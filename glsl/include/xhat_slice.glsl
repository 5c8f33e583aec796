// XHAT's slice: [BLOCK_C][SLICE_POSITIONS][XHAT_PITCH].
#include "slice.glsl"

shared PACK xhat_slice[SLICE_POSITIONS * BLOCK_C * XHAT_PITCH / VECTOR];
// Where the slice begins.
uint xhat_slice_channel;
uint xhat_slice_tile;

uint xhat_slice_index(uint position, uint c, uint p) {
    return (c * SLICE_POSITIONS + position) * XHAT_PITCH + p;
}

#if defined(TILED)
PACK operand_xhat(uint position, uint c, uint q) {
    return xhat_slice[xhat_slice_index(position, c, (q * THREADS_P + thread_p) * VECTOR) / VECTOR];
}
#else
float load_xhat(uint position, uint channel, uint tile) {
    return xhat_slice[xhat_slice_index(position % SLICE_POSITIONS, channel - xhat_slice_channel, tile - xhat_slice_tile)];
}
#endif
