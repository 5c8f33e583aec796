// MHAT, or what becomes of it, with whole tiles in a workgroup: BLOCK_K filters × BLOCK_P tiles at all positions.
//
// The workgroup walks the channels BLOCK_C at a time. Slices of stored operands lie in shared memory; an operand in
// registers is evaluated by each invocation. An invocation holds THREAD_POSITIONS × THREAD_K × THREAD_P sums. Since
// all positions of a tile meet in one workgroup, MHAT need not go through device memory: the sums are consumed in
// place, or exchanged through shared memory.
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
#define MHAT_PAIRS (THREADS_K * BLOCK_P)

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

#include "include/xhat.glsl"
#include "include/ghat.glsl"
#if defined(MHAT_REGISTER) || defined(MHAT_SHARED)
#include "include/source.glsl"
#include "include/consumer.glsl"
#else
#include "include/mhat_store.glsl"
void begin_consumer() {}
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
// In rounds of one filter per invocation: all pairs at once would not fit. Only what names registers is unrolled.
void finish_sums(uint first_filter, uint first_tile) {
    [[dont_unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
        [[unroll]] for (uint own = 0u; own < THREAD_K; ++own) {
            if (own != k) {
                continue;
            }
            [[unroll]] for (uint n = 0u; n < THREAD_POSITIONS; ++n) {
                [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {
                    const uint row = ((thread_position + n) * THREADS_K + thread_k) * MHAT_PITCH;
                    mhat_slice[(row + tile_of_thread(0u, q * VECTOR)) / VECTOR] = sums[n][own][q];
                }
            }
        }
        barrier();
        for (uint pair = gl_LocalInvocationID.x; pair < MHAT_PAIRS; pair += gl_WorkGroupSize.x) {
            const uint filter_index = first_filter + (k / VECTOR * THREADS_K + pair / BLOCK_P) * VECTOR + k % VECTOR;
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
    fetch_xhat(0u, first_tile);
    for (uint first_channel = 0u; first_channel < IN_CHANNELS; first_channel += BLOCK_C) {
        barrier();
        fill_ghat(first_channel, first_filter, 0u);
        fill_xhat(first_channel, first_tile, 0u);
        barrier();
        if (first_channel + BLOCK_C < IN_CHANNELS) {
            fetch_xhat(first_channel + BLOCK_C, first_tile);
        }
        [[dont_unroll]] for (uint c = 0u; c < BLOCK_C; ++c) {
            hold_xhat(first_channel + c, first_tile);
            hold_ghat(first_channel + c, first_filter);
            [[unroll]] for (uint n = 0u; n < THREAD_POSITIONS; ++n) {
                PACK u[PACKS_K];
                PACK v[PACKS_P];
                [[unroll]] for (uint q = 0u; q < PACKS_K; ++q) {
                    u[q] = operand_ghat(thread_position + n, c, q);
                }
                [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {
                    v[q] = operand_xhat(thread_position + n, c, q);
                }
                [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
                    [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {
                        sums[n][k][q] = fma(PACK(PART(u[k / VECTOR], k % VECTOR)), v[q], sums[n][k][q]);
                    }
                }
            }
        }
    }
#if defined(MHAT_SHARED)
    barrier();
#endif
    finish_sums(first_filter, first_tile);
}
