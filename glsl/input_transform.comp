// XHAT: V = Bᵀ d B for each input channel and tile.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/xhat_evaluate.glsl"

layout(set = 0, binding = BINDING_XHAT, std430) writeonly buffer TransformedInput {
    float xhat[];
};
#if defined(INPUT_STAGED)
#include "include/input_staged.glsl"
#endif

void main() {
    const uvec3 block = block_index();
#if defined(INPUT_STAGED)
    select_bt();
    transform_tiles(block.y, block.x * BLOCK_P);
#else
    const uint tile = block.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    const uint channel = block.y;
    if (tile >= TILES) {
        return;
    }
#if defined(EVALUATION_KRON)
    // One element per invocation; the position is the workgroup's, so that it never diverges.
    xhat[xhat_index(block.z, channel, tile)] = evaluate_xhat(block.z, channel, tile);
#else
    select_bt();
    float elements[POSITIONS];
    evaluate_xhat_tile(channel, tile, elements);
    const uint first = xhat_index(0u, channel, tile);
    [[unroll]] for (uint position = 0u; position < POSITIONS; ++position) {
        xhat[first + position * XHAT_STEP] = elements[position];
    }
#endif
#endif
}
