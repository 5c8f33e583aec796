// y: Aᵀ M A for each filter and tile, clipped to the output (Lavin and Gray 2016, equation 12).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/mhat_global.glsl"

layout(set = 0, binding = BINDING_Y, std430) writeonly buffer OutputTensor {
    float y[];
};

void store_y(uint image, uint filter_index, uint row, uint column, float value) {
    if (row < OUT_HEIGHT && column < OUT_WIDTH) {
        y[((image * OUT_CHANNELS + filter_index) * OUT_HEIGHT + row) * OUT_WIDTH + column] = value;
    }
}

void main() {
    const uvec3 block = block_index();
    const uint tile = block.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    const uint filter_index = block.y;
    if (tile >= TILES) {
        return;
    }
    const Tile corner = tile_at(tile);
#define PRODUCT_AT(i, j) load_mhat((i) * ALPHA + (j), filter_index, tile)

#if defined(EVALUATION_KRON)
    // One output per invocation; its place in the tile is the workgroup's, so that it never diverges.
    const uint place = block.z;
    float sum;
    KRON_AT(place, PRODUCT_AT, sum)
    store_y(corner.image, filter_index, corner.row + place / M, corner.column + place % M, sum);
#else
    select_at();
    float columns[ALPHA][M]; // [j][row]
    [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
        float products[ALPHA];
        [[unroll]] for (uint i = 0u; i < ALPHA; ++i) {
            products[i] = PRODUCT_AT(i, j);
        }
        columns[j] = apply_at(products);
    }
    [[unroll]] for (uint row = 0u; row < M; ++row) {
        float products[ALPHA];
        [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
            products[j] = columns[j][row];
        }
        const float outputs[M] = apply_at(products);
        [[unroll]] for (uint column = 0u; column < M; ++column) {
            store_y(corner.image, filter_index, corner.row + row, corner.column + column, outputs[column]);
        }
    }
#endif
}
