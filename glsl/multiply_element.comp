// MHAT, one invocation per element of what is made: M[i,j][k][p] = Σ_c U[i,j][c][k] · V[i,j][c][p].
//
// A workgroup owns BLOCK_K filters × BLOCK_P tiles. What one invocation makes depends on where the buffers live
// (element_sums.glsl): one position of a pair, all of them, or, where MHAT is inline, one element of its consumer's
// result. Operands in shared memory are filled BLOCK_C channels at a time.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#define PAIRS (BLOCK_K * BLOCK_P)
#define MHAT_PAIRS PAIRS
#include "include/xhat.glsl"
#include "include/ghat.glsl"
#include "include/element_sums.glsl"

void main() {
    const uvec3 block = block_index();
    const uint first_tile = block.x * BLOCK_P;
    const uint first_filter = block.y * BLOCK_K;
    const uint pair = gl_LocalInvocationID.x % PAIRS;
    const uint filter_index = first_filter + pair / BLOCK_P;
    const uint tile = first_tile + pair % BLOCK_P;
    // Positions or places are counted over the grid or within the workgroup; the other is 0.
    const uint owned = block.z + gl_LocalInvocationID.x / PAIRS;
    const bool inside = filter_index < OUT_CHANNELS && tile < TILES;
#if defined(COOPERATIVE)
    // Past the end an invocation still helps to fill; what it makes for the last pair again is not stored.
    const uint own_filter = min(filter_index, OUT_CHANNELS - 1u);
    const uint own_tile = min(tile, TILES - 1u);
#else
    if (!inside) {
        return;
    }
    const uint own_filter = filter_index;
    const uint own_tile = tile;
#endif
    begin_xhat();
    begin_ghat();
    begin_sums();
#if defined(SLICED)
    for (uint first_channel = 0u; first_channel < IN_CHANNELS; first_channel += BLOCK_C) {
        barrier();
        fill_xhat(first_channel, first_tile, block.z);
        fill_ghat(first_channel, first_filter, block.z);
        barrier();
        const uint end = min(first_channel + BLOCK_C, IN_CHANNELS);
#else
    {
        const uint first_channel = 0u;
        const uint end = IN_CHANNELS;
#endif
        for (uint channel = first_channel; channel < end; ++channel) {
            hold_xhat(channel, own_tile);
            hold_ghat(channel, own_filter);
            add_products(owned, channel, own_filter, own_tile);
        }
    }
    finish_sums(owned, pair, inside, filter_index, tile);
}
