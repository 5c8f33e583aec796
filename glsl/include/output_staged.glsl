// y through shared memory, where no vector holds a tile's row: neighbouring invocations then store neighbouring outputs,
// whatever the tile and however wide y is. A workgroup's BLOCK_P tiles lie side by side, [M][BLOCK_P · M].
//
// Each of the workgroup's ALPHA × BLOCK_P invocations transforms one column of a tile, then one row: its registers and its
// code are those of a vector, where a whole tile of F(7×7, 3×3) takes 155 registers and as much code as the instruction
// cache holds.
#define STAGED_PITCH (BLOCK_P * M)

// Aᵀ over the columns of M, [M][ALPHA][BLOCK_P].
shared float staged_columns[M * ALPHA * BLOCK_P];
shared float staged_outputs[M * STAGED_PITCH];

// Column `line` of M of a tile. Tiles past the last are the last again, without a branch: their outputs are not stored.
void load_column(uint filter_index, uint tile, uint line, out float column[ALPHA]) {
    [[unroll]] for (uint i = 0u; i < ALPHA; ++i) {
        column[i] = load_source(i * ALPHA + line, filter_index, min(tile, TILES - 1u));
    }
}

// By the whole workgroup: STAGED_TURNS times BLOCK_P tiles, the next ones' columns on their way while the present ones are
// exchanged.
void consume_tiles(uint filter_index, uint first_tile) {
    const uint invocation = gl_LocalInvocationID.x;
    const uint lane = invocation % BLOCK_P;
    const uint line = invocation / BLOCK_P; // a column of the tile, then a row
    const uint past = min(first_tile + STAGED_TURNS * BLOCK_P, TILES);
    float column[ALPHA];
    load_column(filter_index, first_tile + lane, line, column);
    for (uint turns_tile = first_tile; turns_tile < past; turns_tile += BLOCK_P) {
        const float down[M] = apply_at(column);
        if (turns_tile + BLOCK_P < past) {
            load_column(filter_index, turns_tile + BLOCK_P + lane, line, column);
        }
        [[unroll]] for (uint o = 0u; o < M; ++o) {
            staged_columns[(o * ALPHA + line) * BLOCK_P + lane] = down[o];
        }
        barrier();
        if (line < M) {
            float row[ALPHA];
            [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
                row[j] = staged_columns[(line * ALPHA + j) * BLOCK_P + lane];
            }
            const float outputs[M] = apply_at(row);
            [[unroll]] for (uint o = 0u; o < M; ++o) {
                staged_outputs[line * STAGED_PITCH + lane * M + o] = outputs[o];
            }
        }
        barrier();
        const uint tile = turns_tile + invocation / M;
        const Tile corner = tile_at(tile);
        const uint out_column = corner.column + invocation % M;
        const uint start =
            ((corner.image * OUT_CHANNELS + filter_index) * OUT_HEIGHT + corner.row) * OUT_WIDTH + out_column;
        if (invocation < STAGED_PITCH && tile < TILES && (OUT_WIDTH % M == 0u || out_column < OUT_WIDTH)) {
            // All loads before the first store: behind a condition of its own each would wait for the one before.
            float outputs[M];
            [[unroll]] for (uint row = 0u; row < M; ++row) {
                outputs[row] = staged_outputs[row * STAGED_PITCH + invocation];
            }
            [[unroll]] for (uint row = 0u; row < M; ++row) {
                if (OUT_HEIGHT % M == 0u || corner.row + row < OUT_HEIGHT) {
                    y[start + row * OUT_WIDTH] = outputs[row];
                }
            }
        }
    }
}
