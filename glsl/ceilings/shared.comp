// Shared-memory bandwidth: each invocation reads READS vec4, its neighbours theirs beside them, so that no two meet in
// a bank. READS is no multiple of PLACES: each invocation has a sum of its own.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "pattern.glsl"

layout(local_size_x_id = 0) in;

#define UNROLLED 8
shared vec4 quads[PLACES];

layout(set = 0, binding = 0, std430) writeonly buffer Sums {
    float sums[];
};

void main() {
    const uint invocation = gl_LocalInvocationID.x;
    for (uint place = invocation; place < PLACES; place += gl_WorkGroupSize.x) {
        quads[place] = pattern_quad(place);
    }
    barrier();
    vec4 sum = vec4(0.0);
    for (uint first = 0u; first < READS; first += UNROLLED) {
        [[unroll]] for (uint next = 0u; next < UNROLLED; ++next) {
            sum += quads[(invocation + first + next) % PLACES];
        }
    }
    sums[gl_GlobalInvocationID.x] = sum.x + sum.y + sum.z + sum.w;
}
