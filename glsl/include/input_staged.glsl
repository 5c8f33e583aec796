// XHAT through shared memory. Each of the workgroup's ALPHA × BLOCK_P invocations transforms one column of a tile's input, then
// one row of what that gave: it has ALPHA loads on their way in place of ALPHA², ALPHA times as many invocations have them, and
// neighbours load neighbouring columns, whatever the tile, and store neighbouring tiles.
//
// Rows are odd, so that neighbouring tiles' elements are in different banks.
#define STAGED_PITCH (ALPHA | 1)

// Bᵀ over the columns of d, [ALPHA][BLOCK_P][STAGED_PITCH].
shared float staged_columns[ALPHA * BLOCK_P * STAGED_PITCH];

// Column `line` of the input under a tile. Past the last tile it is the last one's again, without a branch: it is not stored.
void load_column(uint channel, uint tile, uint line, out float column[ALPHA]) {
    const Tile corner = tile_at(min(tile, TILES - 1u));
    const int first_row = int(corner.row) - int(PADDING);
    const int x_column = int(corner.column + line) - int(PADDING);
    const uint first = x_index(corner.image, channel, first_row, x_column);
    [[unroll]] for (uint u = 0u; u < ALPHA; ++u) {
        column[u] = load_x_at(first + u * WIDTH, first_row + int(u), x_column);
    }
}

// By the whole workgroup, after select_bt().
void transform_tiles(uint channel, uint first_tile) {
    const uint invocation = gl_LocalInvocationID.x;
    {
        const uint line = invocation % ALPHA;
        const uint p = invocation / ALPHA;
        float column[ALPHA];
        load_column(channel, first_tile + p, line, column);
        const float down[ALPHA] = apply_bt(column);
        [[unroll]] for (uint i = 0u; i < ALPHA; ++i) {
            staged_columns[(i * BLOCK_P + p) * STAGED_PITCH + line] = down[i];
        }
    }
    barrier();
    const uint line = invocation / BLOCK_P;
    const uint p = invocation % BLOCK_P;
    float row[ALPHA];
    [[unroll]] for (uint v = 0u; v < ALPHA; ++v) {
        row[v] = staged_columns[(line * BLOCK_P + p) * STAGED_PITCH + v];
    }
    const float along[ALPHA] = apply_bt(row);
    if (first_tile + p < TILES) {
        const uint first = xhat_index(line * ALPHA, channel, first_tile + p);
        [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
            xhat[first + j * XHAT_STEP] = along[j];
        }
    }
}
