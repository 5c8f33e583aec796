// Copy bandwidth: every vec4 is read once and written once.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "quads.glsl"

layout(set = 0, binding = 0, std430) readonly buffer Source {
    vec4 source[];
};
layout(set = 0, binding = 1, std430) writeonly buffer Target {
    vec4 target[];
};

void main() {
    vec4 quads[QUADS];
    [[unroll]] for (uint row = 0u; row < QUADS; ++row) {
        quads[row] = source[quad_index(row)];
    }
    [[unroll]] for (uint row = 0u; row < QUADS; ++row) {
        target[quad_index(row)] = quads[row];
    }
}
