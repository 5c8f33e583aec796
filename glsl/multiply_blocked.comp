// MHAT, as α² matrix products: M[i,j] (K×P) = U[i,j]ᵀ (K×C) · V[i,j] (C×P).
//
// A workgroup makes TURNS blocks of BLOCK_K filters × BLOCK_P tiles of one position, one after the other, and walks the
// channels of each BLOCK_C at a time: the next SLICES_AHEAD slices of U and V travel from device memory to registers while
// the present ones, in shared memory, are multiplied; where GHAT is G·g, U is made of it on the way. With one ahead, the
// slice after a block's last is the next block's first. Likewise the next channel's operands travel from shared memory
// while the present channel's are multiplied, also past the barrier between two slices. Each invocation holds THREAD_K ×
// THREAD_P sums in registers. With PARTIAL_CHANNELS it sums so many channels apart and adds their sum to the others': an
// error of rounding then grows with the root of PARTIAL_CHANNELS and of their number in place of that of all channels.
// With MHAT_SPLITS so many workgroups have a part of the channels each, and store sums of their own.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_basic : require
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

#if defined(XHAT_ROW_PACKS) && defined(GHAT_ROW_PACKS) && INVOCATIONS % SLICE_K == 0 && INVOCATIONS % SLICE_P == 0
#include "include/slices_walked.glsl"
#else
#include "include/slices_sought.glsl"
#endif

// Two stages of both operands' slices, filters first.
#define STAGE_K (BLOCK_C * ROW_K)
#define STAGE (STAGE_K + BLOCK_C * ROW_P)
shared PACK pool[2 * STAGE];

// The present slices' filters and inputs of one channel, from where this invocation reads.
#define READ(u, v, c)                                                                                        \
    [[unroll]] for (uint q = 0u; q < PACKS_K; ++q) {                                                         \
        u[q] = pool[read_k + (c) * ROW_K + q * STEP_K];                                                      \
    }                                                                                                        \
    [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {                                                         \
        v[q] = pool[read_p + (c) * ROW_P + q * STEP_P];                                                      \
    }

// All of the present slices' channels but the last, whose operands are left in u and v.
#define MULTIPLY_ALL_BUT_THE_LAST                                                                            \
    [[unroll]] for (uint c = 0u; c < BLOCK_C - 1u; ++c) {                                                    \
        PACK next_u[PACKS_K];                                                                                \
        PACK next_v[PACKS_P];                                                                                \
        READ(next_u, next_v, c + 1u)                                                                         \
        ADD_OUTER_PRODUCT(sums, u, v)                                                                        \
        u = next_u;                                                                                          \
        v = next_v;                                                                                          \
    }

#define FETCH(next_filters, next_inputs)                                                                     \
    PACK next_filters[LOADS_K];                                                                              \
    PACK next_inputs[LOADS_P];                                                                               \
    FOR_EACH_SLOT(slot, load, BLOCK_C * SLICE_K) {                                                           \
        next_filters[load] = fetch_filters(slot, load);                                                      \
    }                                                                                                        \
    FOR_EACH_SLOT(slot, load, BLOCK_C * SLICE_P) {                                                           \
        next_inputs[load] = fetch_inputs(slot, load);                                                        \
    }

#define STORE(next_filters, next_inputs)                                                                     \
    FOR_EACH_SLOT(slot, load, BLOCK_C * SLICE_K) {                                                           \
        pool[write_k + BELOW_FIRST_K(slot, load)] = next_filters[load];                                      \
    }                                                                                                        \
    FOR_EACH_SLOT(slot, load, BLOCK_C * SLICE_P) {                                                           \
        pool[write_p + BELOW_FIRST_P(slot, load)] = next_inputs[load];                                       \
    }

// The last of a block, after which there is none.
#define MULTIPLY_THE_LAST_SLICE                                                                              \
    MULTIPLY_ALL_BUT_THE_LAST                                                                                \
    ADD_OUTER_PRODUCT(sums, u, v)

// The present slices; the next ones, which are given, are stored in the other stage meanwhile and made the present ones.
#define MULTIPLY_AND_STORE(next_filters, next_inputs)                                                        \
    MULTIPLY_ALL_BUT_THE_LAST                                                                                \
    STORE(next_filters, next_inputs)                                                                         \
    read_k += other_stage;                                                                                   \
    read_p += other_stage;                                                                                   \
    other_stage = -other_stage;                                                                              \
    write_k += other_stage;                                                                                  \
    write_p += other_stage;                                                                                  \
    barrier();                                                                                               \
    PACK first_u[PACKS_K];                                                                                   \
    PACK first_v[PACKS_P];                                                                                   \
    READ(first_u, first_v, 0u)                                                                               \
    ADD_OUTER_PRODUCT(sums, u, v)                                                                            \
    u = first_u;                                                                                             \
    v = first_v;

// What so many channels have summed apart is added to the totals.
#if defined(PARTIAL_CHANNELS)
#define ADD_PARTIAL_SUMS(channels)                                                                           \
    if ((channels) % PARTIAL_CHANNELS == 0u) {                                                               \
        FOR_EACH_SUM(k, q) {                                                                                 \
            totals[k][q] += sums[k][q];                                                                      \
            sums[k][q] = PACK(0.0);                                                                          \
        }                                                                                                    \
    }
#else
#define ADD_PARTIAL_SUMS(channels)
#endif

#if SLICES_AHEAD == 2
#include "include/slices_two_ahead.glsl"
#else
#include "include/slices_one_ahead.glsl"
#endif

void main() {
    const uvec3 block = block_index();
    const uint first_tile = block.x * (TURNS * BLOCK_P);
    const uint first_filter = block.y * BLOCK_K;
    const uint position = block.z % POSITIONS;
    const uint split = block.z / POSITIONS;
    const uint invocation = gl_LocalInvocationID.x;

    uint write_k = first_slot_k();
    uint write_p = STAGE_K + first_slot_p();
    uint read_k = pack_k(0u);
    uint read_p = STAGE_K + pack_p(0u);
    // What it is to the other stage, there and back.
    uint other_stage = STAGE;

    begin_split(split);
    begin_slices(position, first_filter, first_tile);
    {
        FETCH(first_filters, first_inputs)
        STORE(first_filters, first_inputs)
    }
    write_k += other_stage;
    write_p += other_stage;
    barrier();
    PACK u[PACKS_K];
    PACK v[PACKS_P];
    READ(u, v, 0u)

    // Turns that are known to be one cost no registers.
#if TURNS > 1
    const uint past = min(first_tile + TURNS * BLOCK_P, TILES);
#endif
    uint turns_tile = first_tile;
    do {
        PACK sums[THREAD_K][PACKS_P];
        FOR_EACH_SUM(k, q) {
            sums[k][q] = PACK(0.0);
        }
#if defined(PARTIAL_CHANNELS)
        PACK totals[THREAD_K][PACKS_P] = sums;
#endif

        MULTIPLY_ALL_SLICES(position, first_filter, turns_tile + BLOCK_P)
#if defined(PARTIAL_CHANNELS)
        FOR_EACH_SUM(k, q) {
            totals[k][q] += sums[k][q];
        }
#endif

        const float one = ONE_AT_RUN_TIME;
        FOR_EACH_SUM(k, q) {
            const uint filter_index = first_filter + pack_k(k / VECTOR) * VECTOR + k % VECTOR;
            store_mhat(position, filter_index, turns_tile + pack_p(q) * VECTOR, SUMS[k][q] * one);
        }
        turns_tile += BLOCK_P;
#if TURNS > 1
    } while (turns_tile < past);
#else
    } while (false);
#endif
}
