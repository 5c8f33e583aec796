// GHAT: U = G g Gᵀ for each filter and input channel.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/ghat_evaluate.glsl"

layout(set = 0, binding = BINDING_GHAT, std430) writeonly buffer TransformedFilters {
    float ghat[];
};

void main() {
    const uvec3 block = block_index();
    const uint filter_index = block.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    const uint channel = block.y;
    if (filter_index >= OUT_CHANNELS) {
        return;
    }
#if defined(EVALUATION_KRON)
    // One element per invocation; the position is the workgroup's, so that it never diverges.
    ghat[ghat_index(block.z, channel, filter_index)] = evaluate_ghat(block.z, channel, filter_index);
#else
    select_g();
    float elements[POSITIONS];
    evaluate_ghat_tile(channel, filter_index, elements);
    [[unroll]] for (uint position = 0u; position < POSITIONS; ++position) {
        ghat[ghat_index(position, channel, filter_index)] = elements[position];
    }
#endif
}
