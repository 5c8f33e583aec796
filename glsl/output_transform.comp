// y: Aᵀ M A for each filter and tile of a stored MHAT.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/source.glsl"
#include "include/consumer_output.glsl"
#if defined(OUTPUT_STAGED)
#include "include/output_staged.glsl"
#endif

void main() {
    const uvec3 block = block_index();
    const uint filter_index = block.y;
    begin_consumer();
#if defined(OUTPUT_STAGED)
    consume_tiles(filter_index, block.x * (STAGED_TURNS * BLOCK_P));
#else
    const uint tile = block.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    if (tile >= TILES) {
        return;
    }
#if defined(EVALUATION_KRON)
    // One output per invocation; its place in the tile is the workgroup's, so that it never diverges.
    const uint place = block.z;
    float sum;
#define PRODUCT_AT(i, j) load_mhat((i) * ALPHA + (j), filter_index, tile)
    KRON_AT(place, PRODUCT_AT, sum)
    store_place(place, filter_index, tile, sum);
#else
    consume_tile(filter_index, tile);
#endif
#endif
}
