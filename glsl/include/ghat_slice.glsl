// GHAT's slice: [BLOCK_C][SLICE_POSITIONS][GHAT_PITCH].
#include "slice.glsl"

shared PACK ghat_slice[SLICE_POSITIONS * BLOCK_C * GHAT_PITCH / VECTOR];
// Where the slice begins.
uint ghat_slice_channel;
uint ghat_slice_filter;

uint ghat_slice_index(uint position, uint c, uint k) {
    return (c * SLICE_POSITIONS + position) * GHAT_PITCH + k;
}

#if defined(TILED)
PACK operand_ghat(uint position, uint c, uint q) {
    return ghat_slice[ghat_slice_index(position, c, (q * THREADS_K + thread_k) * VECTOR) / VECTOR];
}
#else
float load_ghat(uint position, uint channel, uint filter_index) {
    return ghat_slice[ghat_slice_index(position % SLICE_POSITIONS, channel - ghat_slice_channel, filter_index - ghat_slice_filter)];
}
#endif
