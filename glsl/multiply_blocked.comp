// MHAT, as α² matrix products: M[i,j] (K×P) = U[i,j]ᵀ (K×C) · V[i,j] (C×P).
//
// A workgroup owns BLOCK_K filters × BLOCK_P tiles of one position and walks the channels BLOCK_C at a time:
// the next slices of U and V travel from device memory to registers while the present ones, in shared memory,
// are multiplied. Each invocation holds THREAD_K × THREAD_P sums in registers.
#version 450
#extension GL_GOOGLE_include_directive : require
#define VECTOR_LOADS
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/xhat.glsl"
#include "include/ghat.glsl"

// BLOCK_K, BLOCK_P, BLOCK_C, THREAD_K and THREAD_P are macros, not specialization constants: the arrays that they
// size stay in registers only if every loop over them is unrolled, and that must not be left to the driver.
#define INVOCATIONS (BLOCK_K / THREAD_K * (BLOCK_P / THREAD_P))

// Everything below counts in vec4: four neighbouring filters or tiles.
#define SLICE_K (BLOCK_K / 4)
#define SLICE_P (BLOCK_P / 4)
// How many of each slice one invocation brings in.
#define LOADS_K ((BLOCK_C * SLICE_K + INVOCATIONS - 1) / INVOCATIONS)
#define LOADS_P ((BLOCK_C * SLICE_P + INVOCATIONS - 1) / INVOCATIONS)
#define QUADS_K (THREAD_K / 4)
#define QUADS_P (THREAD_P / 4)

shared vec4 filters[2 * BLOCK_C * SLICE_K];
shared vec4 inputs[2 * BLOCK_C * SLICE_P];

#if defined(MHAT_TILE_MAJOR)
layout(set = 0, binding = BINDING_MHAT, std430) writeonly buffer Products {
    float mhat[];
};
#else
layout(set = 0, binding = BINDING_MHAT, std430) writeonly buffer Products {
    vec4 mhat4[];
};
#endif

void store_products(uint position, uint filter_index, uint tile, vec4 products) {
#if defined(MHAT_TILE_MAJOR)
    for (uint lane = 0u; lane < 4u; ++lane) {
        if (tile + lane < TILES) {
            mhat[mhat_index(position, filter_index, tile + lane)] = products[lane];
        }
    }
#else
    if (tile < TILE_PITCH) {
        mhat4[mhat_index(position, filter_index, tile) / 4u] = products;
    }
#endif
}

void main() {
    const uvec3 block = block_index();
    const uint first_tile = block.x * BLOCK_P;
    const uint first_filter = block.y * BLOCK_K;
    const uint position = block.z;
    const uint invocation = gl_LocalInvocationID.x;

    vec4 next_filters[LOADS_K];
    vec4 next_inputs[LOADS_P];

    // Slots are dealt to the invocations in turn; where they do not come out even, the last deal is short.
#define FOR_EACH_SLOT(slot, load, loads, slots)                                                              \
    [[unroll]] for (uint load = 0u, slot = invocation; load < loads; ++load, slot += INVOCATIONS)            \
        if ((slots) % INVOCATIONS == 0 || slot < (slots))

#define FETCH(first_channel)                                                                                 \
    FOR_EACH_SLOT(slot, load, LOADS_K, BLOCK_C * SLICE_K) {                                                  \
        next_filters[load] = load_ghat4(position, (first_channel) + slot / SLICE_K,                          \
                                        first_filter + slot % SLICE_K * 4u);                                 \
    }                                                                                                        \
    FOR_EACH_SLOT(slot, load, LOADS_P, BLOCK_C * SLICE_P) {                                                  \
        next_inputs[load] = load_xhat4(position, (first_channel) + slot / SLICE_P,                           \
                                       first_tile + slot % SLICE_P * 4u);                                    \
    }

#define STAGE(stage)                                                                                         \
    FOR_EACH_SLOT(slot, load, LOADS_K, BLOCK_C * SLICE_K) {                                                  \
        filters[(stage) * BLOCK_C * SLICE_K + slot] = next_filters[load];                                    \
    }                                                                                                        \
    FOR_EACH_SLOT(slot, load, LOADS_P, BLOCK_C * SLICE_P) {                                                  \
        inputs[(stage) * BLOCK_C * SLICE_P + slot] = next_inputs[load];                                      \
    }

    // An invocation's quads lie a quarter-block apart from its neighbours' by one vec4, so that the vec4 loads
    // of a subgroup fall into different banks.
    const uint threads_p = BLOCK_P / THREAD_P;
    const uint threads_k = BLOCK_K / THREAD_K;
    const uint thread_p = invocation % threads_p;
    const uint thread_k = invocation / threads_p;

    vec4 sums[THREAD_K][QUADS_P];
    [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
        [[unroll]] for (uint q = 0u; q < QUADS_P; ++q) {
            sums[k][q] = vec4(0.0);
        }
    }

    FETCH(0u)
    STAGE(0u)
    barrier();

    uint present = 0u;
    for (uint channel = 0u; channel < IN_CHANNELS; channel += BLOCK_C) {
        const bool more = channel + BLOCK_C < IN_CHANNELS;
        if (more) {
            FETCH(channel + BLOCK_C)
        }
        [[unroll]] for (uint c = 0u; c < BLOCK_C; ++c) {
            vec4 u[QUADS_K];
            vec4 v[QUADS_P];
            [[unroll]] for (uint q = 0u; q < QUADS_K; ++q) {
                u[q] = filters[(present * BLOCK_C + c) * SLICE_K + q * threads_k + thread_k];
            }
            [[unroll]] for (uint q = 0u; q < QUADS_P; ++q) {
                v[q] = inputs[(present * BLOCK_C + c) * SLICE_P + q * threads_p + thread_p];
            }
            [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
                [[unroll]] for (uint q = 0u; q < QUADS_P; ++q) {
                    sums[k][q] = fma(vec4(u[k / 4u][k % 4u]), v[q], sums[k][q]);
                }
            }
        }
        if (more) {
            STAGE(1u - present)
        }
        present = 1u - present;
        barrier();
    }

    [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
        const uint filter_index = first_filter + (k / 4u * threads_k + thread_k) * 4u + k % 4u;
        if (filter_index < OUT_CHANNELS) {
            [[unroll]] for (uint q = 0u; q < QUADS_P; ++q) {
                store_products(position, filter_index, first_tile + (q * threads_p + thread_p) * 4u, sums[k][q]);
            }
        }
    }
}
