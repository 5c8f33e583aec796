// XHAT from x: V = Bᵀ d B (Lavin and Gray 2016, equation 12), one element or a whole tile.
#include "x.glsl"

float evaluate_xhat(uint position, uint channel, uint tile) {
    const Tile corner = tile_at(tile);
    const int row = int(corner.row) - int(PADDING);
    const int column = int(corner.column) - int(PADDING);
#define INPUT_AT(u, v) load_x(corner.image, channel, row + int(u), column + int(v))
#if defined(EVALUATION_KRON)
    float sum;
    KRON_BT(position, INPUT_AT, sum)
    return sum;
#else
    // First pass: row i of Bᵀ over each column of d. Second pass: row j of Bᵀ over what that gave.
    float passed[ALPHA];
    [[unroll]] for (uint v = 0u; v < ALPHA; ++v) {
        float d[ALPHA];
        [[unroll]] for (uint u = 0u; u < ALPHA; ++u) {
            d[u] = INPUT_AT(u, v);
        }
        passed[v] = row_bt(position / ALPHA, d);
    }
    return row_bt(position % ALPHA, passed);
#endif
#undef INPUT_AT
}

// The input under a tile.
void load_xhat_tile(uint channel, uint tile, out float d[ALPHA][ALPHA]) {
    const Tile corner = tile_at(tile);
    const int row = int(corner.row) - int(PADDING);
    const int column = int(corner.column) - int(PADDING);
    const uint first = x_index(corner.image, channel, row, column);
    [[unroll]] for (uint u = 0u; u < ALPHA; ++u) {
        [[unroll]] for (uint v = 0u; v < ALPHA; ++v) {
            d[u][v] = load_x_at(first + u * WIDTH + v, row + int(u), column + int(v));
        }
    }
}

// After select_bt().
void evaluate_xhat_tile(uint channel, uint tile, out float elements[POSITIONS]) {
    float d[ALPHA][ALPHA];
    load_xhat_tile(channel, tile, d);
    transform_bt(d, elements);
}
