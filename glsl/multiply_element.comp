// MHAT, one invocation per element: M[i,j][k][p] = Σ_c U[i,j][c][k] · V[i,j][c][p].
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/xhat.glsl"
#include "include/ghat.glsl"

layout(set = 0, binding = BINDING_MHAT, std430) writeonly buffer Products {
    float mhat[];
};

void main() {
    const uvec3 block = block_index();
    const uint tile = block.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    const uint filter_index = block.y;
    const uint position = block.z;
    if (tile >= TILES) {
        return;
    }
    float sum = 0.0;
    for (uint channel = 0u; channel < IN_CHANNELS; ++channel) {
        sum = fma(load_ghat(position, channel, filter_index), load_xhat(position, channel, tile), sum);
    }
    mhat[mhat_index(position, filter_index, tile)] = sum;
}
