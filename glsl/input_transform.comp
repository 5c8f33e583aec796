// XHAT: V = Bᵀ d B for each input channel and tile (Lavin and Gray 2016, equation 12).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/x.glsl"

layout(set = 0, binding = BINDING_XHAT, std430) writeonly buffer TransformedInput {
    float xhat[];
};

void main() {
    const uvec3 block = block_index();
    const uint tile = block.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    const uint channel = block.y;
    if (tile >= TILES) {
        return;
    }
    const Tile corner = tile_at(tile);
    const int row = int(corner.row) - int(PADDING);
    const int column = int(corner.column) - int(PADDING);
#define INPUT_AT(u, v) load_x(corner.image, channel, row + int(u), column + int(v))

#if defined(EVALUATION_KRON)
    // One element per invocation; the position is the workgroup's, so that it never diverges.
    const uint position = block.z;
    float sum;
    KRON_BT(position, INPUT_AT, sum)
    xhat[xhat_index(position, channel, tile)] = sum;
#else
    // The whole tile per invocation: Bᵀ over the columns of d, then over the rows of what that gave.
    select_bt();
    float columns[ALPHA][ALPHA]; // [v][i]
    [[unroll]] for (uint v = 0u; v < ALPHA; ++v) {
        float d[ALPHA];
        [[unroll]] for (uint u = 0u; u < ALPHA; ++u) {
            d[u] = INPUT_AT(u, v);
        }
        columns[v] = apply_bt(d);
    }
    [[unroll]] for (uint i = 0u; i < ALPHA; ++i) {
        float d[ALPHA];
        [[unroll]] for (uint v = 0u; v < ALPHA; ++v) {
            d[v] = columns[v][i];
        }
        const float transformed[ALPHA] = apply_bt(d);
        [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
            xhat[xhat_index(i * ALPHA + j, channel, tile)] = transformed[j];
        }
    }
#endif
}
