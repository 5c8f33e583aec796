// y through shared memory, where no vector holds a tile's row: neighbouring invocations then store neighbouring outputs,
// whatever the tile and however wide y is. A workgroup's BLOCK_P tiles lie side by side, [M][BLOCK_P · M].
//
// An invocation transforms one column of a tile, then one row: its registers and its code are those of a vector, where a
// whole tile of F(7×7, 3×3) takes 155 registers and as much code as the instruction cache holds.
#define STAGED_PITCH (BLOCK_P * M)

// Aᵀ over the columns of M, [M][ALPHA][BLOCK_P].
shared float staged_columns[M * ALPHA * BLOCK_P];
shared float staged_outputs[M * STAGED_PITCH];

// Columns that an invocation transforms at most.
#define COLUMNS_EACH ((ALPHA * BLOCK_P + INVOCATIONS - 1) / INVOCATIONS)

// `item` counts to `items` by as many as the workgroup has invocations.
#define FOR_EACH_ITEM(item, items) \
    for (uint item = gl_LocalInvocationID.x; item < (items); item += INVOCATIONS)

// By the whole workgroup.
void consume_tiles(uint filter_index, uint first_tile) {
    // Columns of tiles past the last are those of the last again, without a branch: their outputs are not stored.
    float columns[COLUMNS_EACH][ALPHA];
    [[unroll]] for (uint turn = 0u, item = gl_LocalInvocationID.x; turn < COLUMNS_EACH; ++turn, item += INVOCATIONS) {
        const uint j = min(item / BLOCK_P, ALPHA - 1u);
        const uint tile = min(first_tile + item % BLOCK_P, TILES - 1u);
        [[unroll]] for (uint i = 0u; i < ALPHA; ++i) {
            columns[turn][i] = load_source(i * ALPHA + j, filter_index, tile);
        }
    }
    [[unroll]] for (uint turn = 0u, item = gl_LocalInvocationID.x; turn < COLUMNS_EACH; ++turn, item += INVOCATIONS) {
        const float transformed[M] = apply_at(columns[turn]);
        if ((ALPHA * BLOCK_P) % INVOCATIONS == 0 || item < ALPHA * BLOCK_P) {
            [[unroll]] for (uint o = 0u; o < M; ++o) {
                staged_columns[o * (ALPHA * BLOCK_P) + item] = transformed[o];
            }
        }
    }
    barrier();
    FOR_EACH_ITEM(item, M * BLOCK_P) {
        const uint lane = item % BLOCK_P;
        const uint o = item / BLOCK_P;
        float row[ALPHA];
        [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
            row[j] = staged_columns[(o * ALPHA + j) * BLOCK_P + lane];
        }
        const float transformed[M] = apply_at(row);
        [[unroll]] for (uint q = 0u; q < M; ++q) {
            staged_outputs[o * STAGED_PITCH + lane * M + q] = transformed[q];
        }
    }
    barrier();
    FOR_EACH_ITEM(at, STAGED_PITCH) {
        const uint tile = first_tile + at / M;
        const Tile corner = tile_at(tile);
        const uint column = corner.column + at % M;
        const uint start =
            ((corner.image * OUT_CHANNELS + filter_index) * OUT_HEIGHT + corner.row) * OUT_WIDTH + column;
        if (tile < TILES && column < OUT_WIDTH) {
            [[unroll]] for (uint row = 0u; row < M; ++row) {
                if (corner.row + row < OUT_HEIGHT) {
                    y[start + row * OUT_WIDTH] = staged_outputs[row * STAGED_PITCH + at];
                }
            }
        }
    }
}
