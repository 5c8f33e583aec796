// XHAT never stored: every use evaluates V[i,j] = (Bᵀ d B)[i,j] again from the input.
#include "x.glsl"

float load_xhat(uint position, uint channel, uint tile) {
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
