// Arithmetic rate: CHAINS independent chains of y ← y·a + b in each invocation, in f32, or with HALF in packed pairs of
// f16. Only the host knows that a = 1 and b = 1, so nothing folds; b changes its sign after every round, and an odd
// number of rounds leaves each y at STEPS more than it began with, a whole number that either format holds exactly.
#version 450
#extension GL_EXT_control_flow_attributes : require
#if defined(HALF)
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#define NUMBER f16vec2
#else
#define NUMBER float
#endif

layout(local_size_x_id = 0) in;

#define UNROLLED 8

layout(push_constant) uniform Push {
    float a;
    float b;
};
layout(set = 0, binding = 0, std430) writeonly buffer Sums {
    float sums[];
};

NUMBER number(uint value) {
#if defined(HALF)
    // Two chains that differ: equal ones could be computed as one.
    return f16vec2(float16_t(value), float16_t(value + 1u));
#else
    return float(value);
#endif
}

float total(NUMBER y) {
#if defined(HALF)
    return float(y.x) + float(y.y);
#else
    return y;
#endif
}

void main() {
    NUMBER y[CHAINS];
    [[unroll]] for (uint chain = 0u; chain < CHAINS; ++chain) {
        y[chain] = number(gl_LocalInvocationID.x % 64u + chain);
    }
    const NUMBER factor = NUMBER(a);
    NUMBER term = NUMBER(b);
    for (uint round = 0u; round < ROUNDS; ++round) {
        for (uint first = 0u; first < STEPS; first += UNROLLED) {
            [[unroll]] for (uint next = 0u; next < UNROLLED; ++next) {
                [[unroll]] for (uint chain = 0u; chain < CHAINS; ++chain) {
                    y[chain] = fma(y[chain], factor, term);
                }
            }
        }
        term = -term;
    }
    float sum = 0.0;
    [[unroll]] for (uint chain = 0u; chain < CHAINS; ++chain) {
        sum += total(y[chain]);
    }
    sums[gl_GlobalInvocationID.x] = sum;
}
