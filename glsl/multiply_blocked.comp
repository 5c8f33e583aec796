// MHAT, as α² matrix products: M[i,j] (K×P) = U[i,j]ᵀ (K×C) · V[i,j] (C×P).
//
// A workgroup makes TURNS blocks of BLOCK_K filters × BLOCK_P tiles of one position, one after the other, and walks the
// channels of each BLOCK_C at a time: the next slices of U and V, be they the next block's, travel from device memory to
// registers while the present ones, in shared memory, are multiplied. Each invocation holds THREAD_K × THREAD_P sums in
// registers. With PARTIAL_CHANNELS it sums so many channels apart and adds their sum to the others': an error of rounding
// then grows with the root of PARTIAL_CHANNELS and of their number in place of that of all channels.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/xhat.glsl"
#include "include/ghat.glsl"
#include "include/mhat_store.glsl"
#include "include/slots.glsl"

// BLOCK_K, BLOCK_P, BLOCK_C, THREAD_K and THREAD_P are macros, not specialization constants: the arrays that they
// size stay in registers only if every loop over them is unrolled, and that must not be left to the driver.
#define INVOCATIONS (BLOCK_K / THREAD_K * (BLOCK_P / THREAD_P))

// Everything below counts in packs of VECTOR neighbouring filters or tiles. Rows in shared memory are SLICE_PADDING
// floats longer than they need, against bank conflicts.
#define SLICE_K (BLOCK_K / VECTOR)
#define SLICE_P (BLOCK_P / VECTOR)
#define ROW_K (SLICE_K + SLICE_PADDING / VECTOR)
#define ROW_P (SLICE_P + SLICE_PADDING / VECTOR)
// How many of each slice one invocation brings in.
#define LOADS_K SLOTS_EACH(BLOCK_C * SLICE_K)
#define LOADS_P SLOTS_EACH(BLOCK_C * SLICE_P)
#define PACKS_K (THREAD_K / VECTOR)
#define PACKS_P (THREAD_P / VECTOR)

// What is stored in the end.
#if defined(PARTIAL_CHANNELS)
#define SUMS totals
#else
#define SUMS sums
#endif

#include "include/lanes.glsl"
#include "include/outer_product.glsl"

shared PACK filters[2 * BLOCK_C * ROW_K];
shared PACK inputs[2 * BLOCK_C * ROW_P];

void main() {
    const uvec3 block = block_index();
    const uint first_tile = block.x * (TURNS * BLOCK_P);
    const uint first_filter = block.y * BLOCK_K;
    const uint position = block.z;
    const uint invocation = gl_LocalInvocationID.x;

    PACK next_filters[LOADS_K];
    PACK next_inputs[LOADS_P];

#define FETCH(tile, first_channel)                                                                           \
    FOR_EACH_SLOT(slot, load, BLOCK_C * SLICE_K) {                                                           \
        next_filters[load] = load_ghat_pack(position, (first_channel) + slot / SLICE_K,                      \
                                            first_filter + slot % SLICE_K * VECTOR);                         \
    }                                                                                                        \
    FOR_EACH_SLOT(slot, load, BLOCK_C * SLICE_P) {                                                           \
        next_inputs[load] = load_xhat_pack(position, (first_channel) + slot / SLICE_P,                       \
                                           (tile) + slot % SLICE_P * VECTOR);                                \
    }

#define STAGE(stage)                                                                                         \
    FOR_EACH_SLOT(slot, load, BLOCK_C * SLICE_K) {                                                           \
        filters[((stage) * BLOCK_C + slot / SLICE_K) * ROW_K + slot % SLICE_K] = next_filters[load];         \
    }                                                                                                        \
    FOR_EACH_SLOT(slot, load, BLOCK_C * SLICE_P) {                                                           \
        inputs[((stage) * BLOCK_C + slot / SLICE_P) * ROW_P + slot % SLICE_P] = next_inputs[load];           \
    }

    FETCH(first_tile, 0u)
    STAGE(0u)
    barrier();

    // Turns that are known to be one cost no registers.
#if TURNS == 1
    const uint past = first_tile + BLOCK_P;
#define NEXT_TILE(last_slice) first_tile
#define NEXT_CHANNEL(last_slice) (channel + BLOCK_C)
#else
    const uint past = min(first_tile + TURNS * BLOCK_P, TILES);
#define NEXT_TILE(last_slice) ((last_slice) ? turns_tile + BLOCK_P : turns_tile)
#define NEXT_CHANNEL(last_slice) ((last_slice) ? 0u : channel + BLOCK_C)
#endif
    uint present = 0u;
    uint turns_tile = first_tile;
    do {
        const bool last_turn = TURNS == 1 || turns_tile + BLOCK_P >= past;

        PACK sums[THREAD_K][PACKS_P];
        FOR_EACH_SUM(k, q) {
            sums[k][q] = PACK(0.0);
        }
#if defined(PARTIAL_CHANNELS)
        PACK totals[THREAD_K][PACKS_P] = sums;
#endif

        for (uint channel = 0u; channel < IN_CHANNELS; channel += BLOCK_C) {
            const bool last_slice = channel + BLOCK_C >= IN_CHANNELS;
            const bool more = !(last_slice && last_turn);
            if (more) {
                FETCH(NEXT_TILE(last_slice), NEXT_CHANNEL(last_slice))
            }
            [[unroll]] for (uint c = 0u; c < BLOCK_C; ++c) {
                PACK u[PACKS_K];
                PACK v[PACKS_P];
                [[unroll]] for (uint q = 0u; q < PACKS_K; ++q) {
                    u[q] = filters[(present * BLOCK_C + c) * ROW_K + pack_k(q)];
                }
                [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {
                    v[q] = inputs[(present * BLOCK_C + c) * ROW_P + pack_p(q)];
                }
                ADD_OUTER_PRODUCT(sums, u, v)
            }
#if defined(PARTIAL_CHANNELS)
            if (last_slice || (channel + BLOCK_C) % PARTIAL_CHANNELS == 0u) {
                FOR_EACH_SUM(k, q) {
                    totals[k][q] += sums[k][q];
                    sums[k][q] = PACK(0.0);
                }
            }
#endif
            if (more) {
                STAGE(1u - present)
            }
            present = 1u - present;
            barrier();
        }

        FOR_EACH_SUM(k, q) {
            const uint filter_index = first_filter + pack_k(k / VECTOR) * VECTOR + k % VECTOR;
            store_mhat(position, filter_index, turns_tile + pack_p(q) * VECTOR, SUMS[k][q]);
        }
        turns_tile += BLOCK_P;
    } while (TURNS > 1 && turns_tile < past);
}
