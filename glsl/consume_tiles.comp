// A consumer of XHAT that holds it: a workgroup's slice in shared memory, or a tile in each invocation's registers.
#version 450
#extension GL_GOOGLE_include_directive : require
#define WHOLE_TILES
#define BLOCK_C 1
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/source.glsl"
#include "include/consumer.glsl"

void main() {
    const uvec3 block = block_index();
    const uint first_tile = block.x * BLOCK_P;
    const uint tile = first_tile + gl_LocalInvocationID.x;
    const uint channel = block.y;
    begin_xhat();
    fill_xhat(channel, first_tile, 0u);
    barrier();
    hold_xhat(channel, min(tile, TILES - 1u));
    if (tile < TILES) {
        consume_tile(channel, tile);
    }
}
