// GHAT's slice: [BLOCK_C][SLICE_POSITIONS][BLOCK_K].
#include "slice.glsl"

shared float ghat_slice[BLOCK_C * SLICE_POSITIONS * BLOCK_K];
// Where the slice begins.
uint ghat_slice_channel;
uint ghat_slice_filter;

uint ghat_slice_index(uint position, uint c, uint k) {
    return (c * SLICE_POSITIONS + position) * BLOCK_K + k;
}

float load_ghat(uint position, uint channel, uint filter_index) {
    return ghat_slice[ghat_slice_index(position % SLICE_POSITIONS, channel - ghat_slice_channel, filter_index - ghat_slice_filter)];
}
