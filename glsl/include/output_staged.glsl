// y through shared memory, where no vector holds a tile's row: neighbouring invocations then store neighbouring outputs,
// whatever the tile and however wide y is. A workgroup's BLOCK_P tiles lie side by side, [M][BLOCK_P · M].
#define STAGED_PITCH (BLOCK_P * M)

shared float staged_outputs[M * STAGED_PITCH];

// By the whole workgroup.
void consume_tiles(uint filter_index, uint first_tile) {
    const uint lane = gl_LocalInvocationID.x;
    if (first_tile + lane < TILES) {
        float outputs[M * M];
        transform_tile(filter_index, first_tile + lane, outputs);
        [[unroll]] for (uint place = 0u; place < M * M; ++place) {
            staged_outputs[place / M * STAGED_PITCH + lane * M + place % M] = outputs[place];
        }
    }
    barrier();
    [[unroll]] for (uint turn = 0u; turn < M; ++turn) {
        const uint at = turn * BLOCK_P + lane;
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
