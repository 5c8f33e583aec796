// XHAT's slice: [BLOCK_C][SLICE_POSITIONS][BLOCK_P].
#include "slice.glsl"

shared float xhat_slice[BLOCK_C * SLICE_POSITIONS * BLOCK_P];
// Where the slice begins.
uint xhat_slice_channel;
uint xhat_slice_tile;

uint xhat_slice_index(uint position, uint c, uint p) {
    return (c * SLICE_POSITIONS + position) * BLOCK_P + p;
}

float load_xhat(uint position, uint channel, uint tile) {
    return xhat_slice[xhat_slice_index(position % SLICE_POSITIONS, channel - xhat_slice_channel, tile - xhat_slice_tile)];
}
