// MHAT, or what becomes of it, with whole tiles in a workgroup: BLOCK_K filters × BLOCK_P tiles at all positions.
//
// The workgroup walks the channels BLOCK_C at a time. Slices of operands that are stored or shared lie in shared memory; what
// the next ones are made of travels to registers while the present ones are multiplied, and with two STAGES they are filled
// beside them. An operand in registers is evaluated by each invocation, which holds THREAD_POSITIONS × THREAD_K × THREAD_P
// sums. Since all positions of a tile meet in one workgroup, MHAT need not go through device memory: the sums are consumed
// in place, or exchanged through shared memory.
#version 450
#extension GL_GOOGLE_include_directive : require
#define TILED
#define WHOLE_TILES
#include "include/kernel.glsl"
#include "include/winograd.glsl"

// Macros, not specialization constants: the arrays that they size stay in registers only if every loop over them is
// unrolled, and that must not be left to the driver.
#define THREADS_K (BLOCK_K / THREAD_K)
#define THREADS_P (BLOCK_P / THREAD_P)
#define PACKS_K (THREAD_K / VECTOR)
#define PACKS_P (THREAD_P / VECTOR)
#define INVOCATIONS (THREADS_K * THREADS_P * (POSITIONS / THREAD_POSITIONS))

// Which of the workgroup's filters and tiles are this invocation's: VECTOR neighbours at a time, dealt in turn.
uint thread_k;
uint thread_p;
// The first of its positions.
uint thread_position;

uint filter_of_thread(uint first_filter, uint k) {
    return first_filter + (k / VECTOR * THREADS_K + thread_k) * VECTOR + k % VECTOR;
}

uint tile_of_thread(uint first_tile, uint p) {
    return first_tile + (p / VECTOR * THREADS_P + thread_p) * VECTOR + p % VECTOR;
}

#include "include/slots.glsl"
#include "include/tiled_pool.glsl"
#include "include/xhat.glsl"
#include "include/ghat.glsl"
#if defined(MHAT_REGISTER) || defined(MHAT_SHARED)
#include "include/source.glsl"
#include "include/consumer.glsl"
#else
#include "include/mhat_store.glsl"
void begin_consumer() {}
#endif

#include "include/outer_product.glsl"

// Where the code of a slice's channels stays small. With a buffer in registers it is large for each channel alone.
#if THREAD_POSITIONS * THREAD_K * THREAD_P * BLOCK_C <= 256 && !defined(XHAT_REGISTER) && !defined(GHAT_REGISTER) && !defined(MHAT_REGISTER)
#define UNROLL_CHANNELS [[unroll]]
#else
#define UNROLL_CHANNELS [[dont_unroll]]
#endif

PACK sums[THREAD_POSITIONS][THREAD_K][PACKS_P];

#if defined(MHAT_REGISTER)
void finish_sums(uint first_filter, uint first_tile) {
    [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
        [[unroll]] for (uint p = 0u; p < THREAD_P; ++p) {
            [[unroll]] for (uint n = 0u; n < THREAD_POSITIONS; ++n) {
                held_mhat[n] = PART(sums[n][k][p / VECTOR], p % VECTOR);
            }
            const uint filter_index = filter_of_thread(first_filter, k);
            const uint tile = tile_of_thread(first_tile, p);
            if (filter_index < OUT_CHANNELS && tile < TILES) {
                consume_tile(filter_index, tile);
            }
        }
    }
}
#elif defined(MHAT_SHARED)
// In rounds of MHAT_ROUND filters per invocation: all at once may not fit. Only what names registers is unrolled.
void finish_sums(uint first_filter, uint first_tile) {
    [[dont_unroll]] for (uint first = 0u; first < THREAD_K; first += MHAT_ROUND) {
        [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
            if (k / MHAT_ROUND * MHAT_ROUND != first) {
                continue;
            }
            [[unroll]] for (uint n = 0u; n < THREAD_POSITIONS; ++n) {
                [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {
                    const uint place = mhat_place(thread_position + n, k % MHAT_ROUND * THREADS_K + thread_k);
                    pool[place + q * THREADS_P + thread_p] = sums[n][k][q];
                }
            }
        }
        barrier();
        for (uint pair = gl_LocalInvocationID.x; pair < ROUND_K * BLOCK_P; pair += INVOCATIONS) {
            const uint k = first + pair / BLOCK_P / THREADS_K;
            const uint own = pair / BLOCK_P % THREADS_K;
            const uint filter_index = first_filter + (k / VECTOR * THREADS_K + own) * VECTOR + k % VECTOR;
            const uint tile = first_tile + pair % BLOCK_P;
            mhat_pair = pair;
            if (filter_index < OUT_CHANNELS && tile < TILES) {
                consume_tile(filter_index, tile);
            }
        }
        barrier();
    }
}
#else
void finish_sums(uint first_filter, uint first_tile) {
    [[unroll]] for (uint n = 0u; n < THREAD_POSITIONS; ++n) {
        [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
            [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {
                store_mhat(thread_position + n, filter_of_thread(first_filter, k), tile_of_thread(first_tile, q * VECTOR),
                           sums[n][k][q]);
            }
        }
    }
}
#endif

void multiply_slice(uint stage, uint first_channel, uint first_filter, uint first_tile) {
    UNROLL_CHANNELS for (uint c = 0u; c < BLOCK_C; ++c) {
        hold_xhat(first_channel + c, first_tile);
        hold_ghat(first_channel + c, first_filter);
        [[unroll]] for (uint n = 0u; n < THREAD_POSITIONS; ++n) {
            PACK u[PACKS_K];
            PACK v[PACKS_P];
            [[unroll]] for (uint q = 0u; q < PACKS_K; ++q) {
                u[q] = operand_ghat(stage, thread_position + n, c, q);
            }
            [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {
                v[q] = operand_xhat(stage, thread_position + n, c, q);
            }
            ADD_OUTER_PRODUCT(sums[n], u, v)
        }
    }
}

void main() {
    const uvec3 block = block_index();
    const uint first_tile = block.x * BLOCK_P;
    const uint first_filter = block.y * BLOCK_K;
    thread_p = gl_LocalInvocationID.x % THREADS_P;
    thread_k = gl_LocalInvocationID.x / THREADS_P % THREADS_K;
    thread_position = gl_LocalInvocationID.x / (THREADS_P * THREADS_K) * THREAD_POSITIONS;

    begin_xhat();
    begin_ghat();
    begin_consumer();
    [[unroll]] for (uint n = 0u; n < THREAD_POSITIONS; ++n) {
        [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
            [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {
                sums[n][k][q] = PACK(0.0);
            }
        }
    }
    // A slice is fetched while the one before it is multiplied, which the first has not, and staged beside it.
    uint present = STAGES - 1u;
    for (uint next_channel = 0u; next_channel < IN_CHANNELS + BLOCK_C; next_channel += BLOCK_C) {
        const bool more = next_channel < IN_CHANNELS;
        if (more) {
            fetch_ghat(next_channel, first_filter);
            fetch_xhat(next_channel, first_tile);
        }
        if (next_channel > 0u) {
            multiply_slice(present, next_channel - BLOCK_C, first_filter, first_tile);
        }
#if STAGES == 1
        barrier();
#endif
        if (more) {
            present = STAGES - 1u - present;
            stage_ghat(present, next_channel, first_filter);
            stage_xhat(present, next_channel, first_tile);
        }
        barrier();
    }
    finish_sums(first_filter, first_tile);
}
