// What the bandwidth kernels move.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "pattern.glsl"
#include "quads.glsl"

layout(set = 0, binding = 0, std430) writeonly buffer Source {
    vec4 source[];
};

void main() {
    [[unroll]] for (uint row = 0u; row < QUADS; ++row) {
        source[quad_index(row)] = pattern_quad(quad_index(row));
    }
}
