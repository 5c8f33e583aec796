// GHAT: U = G g Gᵀ for each filter and input channel, or the first pass of it, G g.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/ghat_evaluate.glsl"

layout(set = 0, binding = BINDING_GHAT, std430) writeonly buffer TransformedFilters {
    float ghat[];
};

#if !defined(EVALUATION_KRON)
// After select_g().
void transform_filter(uint channel, uint filter_index) {
    if (filter_index < OUT_CHANNELS && channel < IN_CHANNELS) {
        float elements[GHAT_POSITIONS];
#if defined(GHAT_PASSED_ONCE)
        evaluate_ghat_first_pass(channel, filter_index, elements);
#else
        evaluate_ghat_tile(channel, filter_index, elements);
#endif
        const uint first = ghat_index(0u, channel, filter_index);
        [[unroll]] for (uint position = 0u; position < GHAT_POSITIONS; ++position) {
            ghat[first + position * GHAT_STEP] = elements[position];
        }
    }
}
#endif

void main() {
    const uvec3 block = block_index();
#if defined(W_STAGED)
    const uint first_filter = block.x * BLOCK_K;
    const uint first_channel = block.y * BLOCK_C;
    stage_w(first_filter, first_channel);
    select_g();
    const uint pair = gl_LocalInvocationID.x;
    transform_filter(first_channel + pair / BLOCK_K, first_filter + pair % BLOCK_K);
#else
    const uint filter_index = block.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
#if defined(EVALUATION_KRON)
    // One element per invocation; the position is the workgroup's, so that it never diverges.
    if (filter_index < OUT_CHANNELS) {
        ghat[ghat_index(block.z, block.y, filter_index)] = evaluate_ghat(block.z, block.y, filter_index);
    }
#else
    select_g();
    transform_filter(block.y, filter_index);
#endif
#endif
}
