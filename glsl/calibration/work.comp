// Work of a known amount: every invocation counts FMAS · rounds steps, one fused multiply-add after another.
//
// v ← v · factor + term counts where factor = 1 and term = 1. From whole numbers below 2²⁴ every step is exact in f32,
// so that one step too few or too many is a wrong result. The compiler cannot count instead: both are push constants.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef BINDING_TIMES
#extension GL_EXT_shader_realtime_clock : require
#endif

// Invocations per workgroup.
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Amount {
    uint elements;
    uint rounds;
    float factor;
    float term;
};

layout(set = 0, binding = BINDING_FROM, std430) readonly buffer From {
    float from[];
};

layout(set = 0, binding = BINDING_TO, std430) writeonly buffer To {
    float to[];
};

#ifdef BINDING_TIMES
// When each workgroup began and when it ended, in ticks of the device's own clock: low and high word of each.
layout(set = 0, binding = BINDING_TIMES, std430) writeonly buffer Times {
    uvec4 times[];
};
#endif

void main() {
#ifdef BINDING_TIMES
    const uvec2 begun = clockRealtime2x32EXT();
#endif
    const uint element = gl_GlobalInvocationID.x;
    if (element < elements) {
        float value = from[element];
        for (uint round = 0u; round < rounds; ++round) {
            [[unroll]] for (uint step = 0u; step < FMAS; ++step) {
                value = fma(value, factor, term);
            }
        }
        to[element] = value;
    }
#ifdef BINDING_TIMES
    // The workgroup ends when all its invocations have.
    barrier();
    const uvec2 ended = clockRealtime2x32EXT();
    if (gl_LocalInvocationID.x == 0u) {
        times[gl_WorkGroupID.x] = uvec4(begun, ended);
    }
#endif
}
