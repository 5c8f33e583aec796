// Tiles of M×M outputs, numbered image by image, row by row.
struct Tile {
    uint image;
    uint row;    // of the upper left output
    uint column;
};

Tile tile_at(uint tile) {
    const uint per_image = TILE_ROWS * TILE_COLUMNS;
    const uint within = tile % per_image;
    return Tile(tile / per_image, within / TILE_COLUMNS * M, within % TILE_COLUMNS * M);
}

uint tile_of(uint image, uint out_row, uint out_column) {
    return (image * TILE_ROWS + out_row / M) * TILE_COLUMNS + out_column / M;
}
