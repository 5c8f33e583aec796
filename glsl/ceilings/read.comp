// Read bandwidth: every vec4 is read once, into a sum for each invocation that no compiler can know.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "quads.glsl"

layout(set = 0, binding = 0, std430) readonly buffer Source {
    vec4 source[];
};
layout(set = 0, binding = 1, std430) writeonly buffer Sums {
    float sums[];
};

void main() {
    vec4 sum = vec4(0.0);
    [[unroll]] for (uint row = 0u; row < QUADS; ++row) {
        sum += source[quad_index(row)];
    }
    sums[gl_GlobalInvocationID.x] = sum.x + sum.y + sum.z + sum.w;
}
