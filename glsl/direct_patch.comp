// The baseline: direct convolution, y[b][k][i][j] = Σ_c Σ_r Σ_s w[k][c][r][s] · x[b][c][i+r−p][j+s−p].
//
// A workgroup owns BLOCK_K filters × (BLOCK_ROWS × BLOCK_COLUMNS) outputs of one image and walks the channels
// BLOCK_C at a time: the next input patch, with its one-pixel rim, and the next filters travel from device memory to
// registers while the present ones, in shared memory, are multiplied. Each invocation holds THREAD_K filters × THREAD_P
// outputs of one row in registers, and reads each input of that row once for all three taps.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/x.glsl"
#include "include/w.glsl"
#include "include/slots.glsl"

// The block's and the invocation's sizes are macros: what they size stays in registers only if it is unrolled.
#define TAPS 9
#define PATCH_ROWS (BLOCK_ROWS + 2)
#define PATCH_COLUMNS (BLOCK_COLUMNS + 2)
// In vec4: an invocation reads its outputs' inputs four at a time, from a multiple of four.
#define PATCH_QUADS ((PATCH_COLUMNS + 3) / 4)
// One vec4 more than the filters need per tap: the staging below writes down a column of this array, and with
// the padding its writes fall into eight banks rather than one.
#define FILTER_STRIDE (BLOCK_K / 4 + 1)
#define INVOCATIONS (BLOCK_K / THREAD_K * BLOCK_ROWS * (BLOCK_COLUMNS / THREAD_P))
#define PATCH_SLOTS (BLOCK_C * PATCH_ROWS * PATCH_COLUMNS)
#define FILTER_SLOTS (BLOCK_K * BLOCK_C * TAPS)
// How much of each one invocation brings in at most.
#define PATCH_LOADS SLOTS_EACH(PATCH_SLOTS)
#define FILTER_LOADS SLOTS_EACH(FILTER_SLOTS)
const uint BLOCKS_DOWN = (OUT_HEIGHT + BLOCK_ROWS - 1u) / BLOCK_ROWS;
const uint BLOCKS_ACROSS = (OUT_WIDTH + BLOCK_COLUMNS - 1u) / BLOCK_COLUMNS;

shared vec4 patches[BLOCK_C * PATCH_ROWS * PATCH_QUADS];
shared vec4 filters[BLOCK_C * TAPS * FILTER_STRIDE];

layout(set = 0, binding = BINDING_Y, std430) writeonly buffer OutputTensor {
    float y[];
};

// The THREAD_P + 2 inputs that reach THREAD_P neighbouring outputs, from column `column` of a row of the patch.
void load_inputs(const uint patch_row, const uint column, out float inputs[THREAD_P + 2]) {
#if THREAD_P % 4 == 0
    vec4 quads[THREAD_P / 4 + 1];
    [[unroll]] for (uint quad = 0u; quad < THREAD_P / 4 + 1; ++quad) {
        quads[quad] = patches[patch_row * PATCH_QUADS + column / 4u + quad];
    }
    [[unroll]] for (uint p = 0u; p < THREAD_P + 2; ++p) {
        inputs[p] = quads[p / 4u][p % 4u];
    }
#else
    [[unroll]] for (uint p = 0u; p < THREAD_P + 2; ++p) {
        inputs[p] = patches[patch_row * PATCH_QUADS + (column + p) / 4u][(column + p) % 4u];
    }
#endif
}

void main() {
    const uvec3 block = block_index();
    const uint image = block.x / (BLOCKS_DOWN * BLOCKS_ACROSS);
    const uint within = block.x % (BLOCKS_DOWN * BLOCKS_ACROSS);
    const uint first_row = within / BLOCKS_ACROSS * BLOCK_ROWS;
    const uint first_column = within % BLOCKS_ACROSS * BLOCK_COLUMNS;
    const uint first_filter = block.y * BLOCK_K;
    const uint invocation = gl_LocalInvocationID.x;

    const uint segments = BLOCK_COLUMNS / THREAD_P; // of THREAD_P outputs in a row of the block
    const uint thread_p = invocation % (BLOCK_ROWS * segments);
    const uint thread_k = invocation / (BLOCK_ROWS * segments);
    const uint row = thread_p / segments;
    const uint column = thread_p % segments * THREAD_P;

    float sums[THREAD_K][THREAD_P];
    [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
        [[unroll]] for (uint p = 0u; p < THREAD_P; ++p) {
            sums[k][p] = 0.0;
        }
    }

    float next_inputs[PATCH_LOADS];
    float next_taps[FILTER_LOADS];

    // A patch's slots are [BLOCK_C][PATCH_ROWS][PATCH_COLUMNS]. Neighbouring invocations read neighbouring taps and
    // channels of one filter: contiguous in w.
#define FETCH(first_channel)                                                                                 \
    FOR_EACH_SLOT(slot, load, PATCH_SLOTS) {                                                                 \
        const uint line = slot / PATCH_COLUMNS;                                                              \
        const uint channel = (first_channel) + line / PATCH_ROWS;                                            \
        const int in_row = int(first_row + line % PATCH_ROWS) - int(PADDING);                                \
        const int in_column = int(first_column + slot % PATCH_COLUMNS) - int(PADDING);                       \
        next_inputs[load] = channel < IN_CHANNELS ? load_x(image, channel, in_row, in_column) : 0.0;         \
    }                                                                                                        \
    FOR_EACH_SLOT(slot, load, FILTER_SLOTS) {                                                                \
        const uint k = slot / (BLOCK_C * TAPS);                                                              \
        const uint tap = slot % (BLOCK_C * TAPS);                                                            \
        const bool inside = first_filter + k < OUT_CHANNELS && (first_channel) + tap / TAPS < IN_CHANNELS;   \
        next_taps[load] =                                                                                    \
            inside ? w[((first_filter + k) * IN_CHANNELS + (first_channel)) * TAPS + tap] : 0.0;             \
    }

    FETCH(0u)
    for (uint first_channel = 0u; first_channel < IN_CHANNELS; first_channel += BLOCK_C) {
        FOR_EACH_SLOT(slot, load, PATCH_SLOTS) {
            const uint across = slot % PATCH_COLUMNS;
            patches[slot / PATCH_COLUMNS * PATCH_QUADS + across / 4u][across % 4u] = next_inputs[load];
        }
        FOR_EACH_SLOT(slot, load, FILTER_SLOTS) {
            const uint k = slot / (BLOCK_C * TAPS);
            filters[slot % (BLOCK_C * TAPS) * FILTER_STRIDE + k / 4u][k % 4u] = next_taps[load];
        }
        barrier();
        if (first_channel + BLOCK_C < IN_CHANNELS) {
            FETCH(first_channel + BLOCK_C)
        }
        // Nine taps' worth is long enough a body; more of it only strains the driver's register allocation.
        [[dont_unroll]] for (uint c = 0u; c < BLOCK_C; ++c) {
            [[unroll]] for (uint r = 0u; r < 3u; ++r) {
                float inputs[THREAD_P + 2];
                load_inputs(c * PATCH_ROWS + row + r, column, inputs);
                [[unroll]] for (uint s = 0u; s < 3u; ++s) {
                    [[unroll]] for (uint quad = 0u; quad < THREAD_K / 4; ++quad) {
                        const vec4 taps = filters[(c * TAPS + r * 3u + s) * FILTER_STRIDE
                                                  + thread_k * (THREAD_K / 4) + quad];
                        [[unroll]] for (uint k = 0u; k < 4u; ++k) {
                            [[unroll]] for (uint p = 0u; p < THREAD_P; ++p) {
                                sums[quad * 4u + k][p] = fma(taps[k], inputs[p + s], sums[quad * 4u + k][p]);
                            }
                        }
                    }
                }
            }
        }
        barrier();
    }

    const uint out_row = first_row + row;
    [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {
        const uint filter_index = first_filter + thread_k * THREAD_K + k;
        [[unroll]] for (uint p = 0u; p < THREAD_P; ++p) {
            const uint out_column = first_column + column + p;
            if (filter_index < OUT_CHANNELS && out_row < OUT_HEIGHT && out_column < OUT_WIDTH) {
                y[((image * OUT_CHANNELS + filter_index) * OUT_HEIGHT + out_row) * OUT_WIDTH + out_column] =
                    sums[k][p];
            }
        }
    }
}
