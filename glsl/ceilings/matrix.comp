// Cooperative-matrix rate: CHAINS independent sums of products of f16 matrices in each subgroup, summed in f32. Every
// element of the M×K matrix is a and of the K×N matrix b, so that each step adds K·a·b; only the host knows a = b = 1.
//
// One kernel for both extensions: DIALECT_NV is for compilers and drivers of before GL_KHR_cooperative_matrix.
#version 450
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#if defined(DIALECT_NV)
#extension GL_NV_cooperative_matrix : require
#define LEFT fcoopmatNV<16, gl_ScopeSubgroup, M, K>
#define RIGHT fcoopmatNV<16, gl_ScopeSubgroup, K, N>
#define SUM fcoopmatNV<32, gl_ScopeSubgroup, M, N>
#define MULTIPLY_ADD coopMatMulAddNV
#define STORE(sum, first) coopMatStoreNV(sum, sums, first, N, false)
#else
#extension GL_KHR_cooperative_matrix : require
#define LEFT coopmat<float16_t, gl_ScopeSubgroup, M, K, gl_MatrixUseA>
#define RIGHT coopmat<float16_t, gl_ScopeSubgroup, K, N, gl_MatrixUseB>
#define SUM coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>
#define MULTIPLY_ADD coopMatMulAdd
#define STORE(sum, first) coopMatStore(sum, sums, first, N, gl_CooperativeMatrixLayoutRowMajor)
#endif

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    float a;
    float b;
};
layout(set = 0, binding = 0, std430) writeonly buffer Sums {
    float sums[];
};

void main() {
    const LEFT left = LEFT(float16_t(a));
    const RIGHT right = RIGHT(float16_t(b));
    SUM chains[CHAINS];
    [[unroll]] for (uint chain = 0u; chain < CHAINS; ++chain) {
        // Chains that differ: equal ones could be computed as one.
        chains[chain] = SUM(float(chain));
    }
    for (uint step = 0u; step < STEPS; ++step) {
        [[unroll]] for (uint chain = 0u; chain < CHAINS; ++chain) {
            chains[chain] = MULTIPLY_ADD(left, right, chains[chain]);
        }
    }
    // Each for itself: SPIRV-Tools of 2023 end with a segmentation fault where whole matrices are added.
    const uint subgroup = gl_WorkGroupID.x * gl_NumSubgroups + gl_SubgroupID;
    [[unroll]] for (uint chain = 0u; chain < CHAINS; ++chain) {
        STORE(chains[chain], (subgroup * CHAINS + chain) * M * N);
    }
}
