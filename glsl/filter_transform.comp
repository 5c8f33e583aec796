// GHAT: U = G g Gᵀ for each filter and input channel (Lavin and Gray 2016, equation 12).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/w.glsl"

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
#define TAP_AT(r, s) load_w(filter_index, channel, r, s)

#if defined(EVALUATION_KRON)
    const uint position = block.z;
    float sum;
    KRON_G(position, TAP_AT, sum)
    ghat[ghat_index(position, channel, filter_index)] = sum;
#else
    select_g();
    float columns[3][ALPHA]; // [s][i]
    [[unroll]] for (uint s = 0u; s < 3u; ++s) {
        float g[3];
        [[unroll]] for (uint r = 0u; r < 3u; ++r) {
            g[r] = TAP_AT(r, s);
        }
        columns[s] = apply_g(g);
    }
    [[unroll]] for (uint i = 0u; i < ALPHA; ++i) {
        const float g[3] = float[3](columns[0][i], columns[1][i], columns[2][i]);
        const float transformed[ALPHA] = apply_g(g);
        [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
            ghat[ghat_index(i * ALPHA + j, channel, filter_index)] = transformed[j];
        }
    }
#endif
}
