// The baseline as a matrix product, an implicit GEMM: Y (K×N) = W (K×9C) · X (9C×N). A column of X is an output of the
// batch, a row one tap of one channel: X[(c,r,s)][(b,i,j)] = x[b][c][i+r−p][j+s−p]. It is never stored as a whole.
//
// A workgroup owns BLOCK_K filters × BLOCK_P outputs in reading order, rows and images alike, so that no image's edge
// leaves it short, and walks the channels BLOCK_C at a time: the next slices of W and X travel from device memory to
// registers while the present ones, in shared memory, are multiplied. Each invocation holds THREAD_K × THREAD_P sums in
// registers. Of several TEAMS, of INVOCATIONS each, every one does so for the same outputs over channels of its own, and in the
// end their sums are added: subgroups enough to hide one another's latencies where outputs are few.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/w.glsl"
#include "include/slots.glsl"

// The sizes are macros: what they size stays in registers only if every loop over it is unrolled.
#define INVOCATIONS (BLOCK_K / THREAD_K * (BLOCK_P / THREAD_P))
#define TAPS 9
// Rows of a slice.
#define DEPTH (BLOCK_C * TAPS)
// In vec4. One more than the filters need per row: staging writes down a column of the slice, and with the padding its
// writes fall into eight banks rather than one.
#define ROW_K (BLOCK_K / VECTOR + 1)
#define ROW_P (BLOCK_P / VECTOR)
#define PACKS_K (THREAD_K / VECTOR)
#define PACKS_P (THREAD_P / VECTOR)
// How many filters' taps, and how many outputs' inputs in one channel, one invocation brings in at most.
#define LOADS_K SLOTS_EACH(BLOCK_K * DEPTH)
#define LOADS_P SLOTS_EACH(BLOCK_P * BLOCK_C)
// What the teams do not share: their place among the invocations, their channels, which are neighbours, for the taps of such
// share lines of memory, and their slices, which lie in one pool with the sums that are added in the end.
#if TEAMS > 1
#define TEAM (gl_LocalInvocationID.x / INVOCATIONS)
#define OWN_INVOCATION (gl_LocalInvocationID.x % INVOCATIONS)
#define OWN_CHANNEL(channel) (TEAM * BLOCK_C + (channel))
#define SLICES_K (2 * DEPTH * ROW_K)
#define SLICES (SLICES_K + 2 * DEPTH * ROW_P)
#define SUM_PACKS (INVOCATIONS * THREAD_K * PACKS_P)
shared PACK pool[max(TEAMS * SLICES, TEAMS / 2 * SUM_PACKS)];
#define FILTERS(place) pool[TEAM * SLICES + (place)]
#define INPUTS(place) pool[TEAM * SLICES + SLICES_K + (place)]
#else
#define OWN_CHANNEL(channel) (channel)
shared PACK filters[2 * DEPTH * ROW_K];
shared PACK inputs[2 * DEPTH * ROW_P];
#define FILTERS(place) filters[place]
#define INPUTS(place) inputs[place]
#endif
const uint IMAGE_OUTPUTS = OUT_HEIGHT * OUT_WIDTH;
const uint OUTPUTS = BATCH * IMAGE_OUTPUTS;

#include "include/lanes.glsl"
#include "include/outer_product.glsl"

// Unlike x.glsl it has no bounds: whether a tap of an output lies inside its image holds for every channel.
layout(set = 0, binding = BINDING_X, std430) readonly buffer InputTensor {
    float x[];
};

// Y_VECTOR neighbouring outputs are of one image.
#if Y_VECTOR == VECTOR
#define OUTPUT_PACK PACK
#else
#define OUTPUT_PACK float
#endif
layout(set = 0, binding = BINDING_Y, std430) writeonly buffer OutputTensor {
    OUTPUT_PACK y[];
};

// Where the input under an output's first tap is, in the first channel of its slice; and bit r·3 + s says whether tap
// (r, s) lies inside the image.
struct Window {
    int origin;
    uint inside;
};

Window window_of(uint channel, uint output_index) {
    const uint image = output_index / IMAGE_OUTPUTS;
    const int row = int(output_index % IMAGE_OUTPUTS / OUT_WIDTH) - int(PADDING);
    const int column = int(output_index % OUT_WIDTH) - int(PADDING);
    Window window;
    window.origin = (int(image * IN_CHANNELS + channel) * int(HEIGHT) + row) * int(WIDTH) + column;
    window.inside = 0u;
    [[unroll]] for (uint tap = 0u; tap < TAPS; ++tap) {
        const bool inside = uint(row + int(tap / 3u)) < HEIGHT && uint(column + int(tap % 3u)) < WIDTH;
        window.inside |= uint(inside && output_index < OUTPUTS) << tap;
    }
    return window;
}

void main() {
    const uvec3 block = block_index();
    const uint first_output = block.x * BLOCK_P;
    const uint first_filter = block.y * BLOCK_K;
    const uint invocation = OWN_INVOCATION;

    // Slots of inputs are [BLOCK_C][BLOCK_P]: neighbouring invocations read neighbouring inputs. Those of filters are
    // [BLOCK_K][BLOCK_C][TAPS]: contiguous in w.
    Window windows[LOADS_P];
    FOR_EACH_SLOT(slot, load, BLOCK_P * BLOCK_C) {
        windows[load] = window_of(OWN_CHANNEL(slot / BLOCK_P), first_output + slot % BLOCK_P);
    }
    float next_inputs[LOADS_P][TAPS];
    float next_taps[LOADS_K];

    // Past the last filter it is the last one's taps again, whose products are not stored.
#define FETCH(first_channel)                                                                                 \
    FOR_EACH_SLOT(slot, load, BLOCK_K * DEPTH) {                                                             \
        const uint filter_index = min(first_filter + slot / DEPTH, OUT_CHANNELS - 1u);                       \
        const bool inside = OWN_CHANNEL(first_channel) + slot % DEPTH / TAPS < IN_CHANNELS;                  \
        const uint element = (filter_index * IN_CHANNELS + OWN_CHANNEL(first_channel)) * TAPS + slot % DEPTH; \
        next_taps[load] = inside ? w[element] : 0.0;                                                         \
    }                                                                                                        \
    FOR_EACH_SLOT(slot, load, BLOCK_P * BLOCK_C) {                                                           \
        const int origin = windows[load].origin + int((first_channel) * (HEIGHT * WIDTH));                   \
        const uint inside = OWN_CHANNEL(first_channel) + slot / BLOCK_P < IN_CHANNELS ? windows[load].inside : 0u; \
        [[unroll]] for (uint tap = 0u; tap < TAPS; ++tap) {                                                  \
            next_inputs[load][tap] =                                                                         \
                (inside >> tap & 1u) != 0u ? x[origin + int(tap / 3u * WIDTH + tap % 3u)] : 0.0;             \
        }                                                                                                    \
    }

#define STAGE(stage)                                                                                         \
    FOR_EACH_SLOT(slot, load, BLOCK_K * DEPTH) {                                                             \
        const uint k = slot / DEPTH;                                                                         \
        PART(FILTERS(((stage) * DEPTH + slot % DEPTH) * ROW_K + k / VECTOR), k % VECTOR) = next_taps[load];  \
    }                                                                                                        \
    FOR_EACH_SLOT(slot, load, BLOCK_P * BLOCK_C) {                                                           \
        const uint p = slot % BLOCK_P;                                                                       \
        const uint line = ((stage) * BLOCK_C + slot / BLOCK_P) * TAPS;                                       \
        [[unroll]] for (uint tap = 0u; tap < TAPS; ++tap) {                                                  \
            PART(INPUTS((line + tap) * ROW_P + p / VECTOR), p % VECTOR) = next_inputs[load][tap];            \
        }                                                                                                    \
    }

    PACK sums[THREAD_K][PACKS_P];
    FOR_EACH_SUM(k, q) {
        sums[k][q] = PACK(0.0);
    }

    FETCH(0u)
    STAGE(0u)
    barrier();
    uint present = 0u;
    for (uint channel = 0u; channel < IN_CHANNELS; channel += TEAMS * BLOCK_C) {
        const bool more = channel + TEAMS * BLOCK_C < IN_CHANNELS;
        if (more) {
            FETCH(channel + TEAMS * BLOCK_C)
        }
        [[unroll]] for (uint d = 0u; d < DEPTH; ++d) {
            PACK taps[PACKS_K];
            PACK columns[PACKS_P];
            [[unroll]] for (uint q = 0u; q < PACKS_K; ++q) {
                taps[q] = FILTERS((present * DEPTH + d) * ROW_K + pack_k(q));
            }
            [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {
                columns[q] = INPUTS((present * DEPTH + d) * ROW_P + pack_p(q));
            }
            ADD_OUTER_PRODUCT(sums, taps, columns)
        }
        if (more) {
            STAGE(1u - present)
        }
        present = 1u - present;
        barrier();
    }

#if TEAMS > 1
    // The upper half of the teams that are left leaves its sums to the lower half, until one is left.
    [[unroll]] for (uint left = TEAMS; left > 1u; left = (left + 1u) / 2u) {
        const uint half_of_them = (left + 1u) / 2u;
        if (TEAM >= half_of_them && TEAM < left) {
            FOR_EACH_SUM(k, q) {
                pool[(TEAM - half_of_them) * SUM_PACKS + (k * PACKS_P + q) * INVOCATIONS + invocation] = sums[k][q];
            }
        }
        barrier();
        if (TEAM < left - half_of_them) {
            FOR_EACH_SUM(k, q) {
                sums[k][q] += pool[TEAM * SUM_PACKS + (k * PACKS_P + q) * INVOCATIONS + invocation];
            }
        }
        barrier();
    }
    if (TEAM > 0u) {
        return;
    }
#endif

    const float one = ONE_AT_RUN_TIME;
    [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
        const uint filter_index = first_filter + pack_k(k / VECTOR) * VECTOR + k % VECTOR;
        [[unroll]] for (uint q = 0u; q < PACKS_P; ++q) {
            [[unroll]] for (uint lane = 0u; lane < VECTOR; lane += Y_VECTOR) {
                const uint output_index = first_output + pack_p(q) * VECTOR + lane;
                if (filter_index < OUT_CHANNELS && output_index < OUTPUTS) {
                    const uint image = output_index / IMAGE_OUTPUTS;
                    const uint element =
                        (image * OUT_CHANNELS + filter_index) * IMAGE_OUTPUTS + output_index % IMAGE_OUTPUTS;
#if Y_VECTOR == VECTOR
                    y[element / VECTOR] = sums[k][q] * one;
#else
                    y[element] = PART(sums[k][q], lane);
#endif
                }
            }
        }
    }
}
