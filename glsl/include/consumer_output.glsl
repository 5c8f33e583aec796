// The output transform: y = Aᵀ M A for each filter and tile, clipped to the output (Lavin and Gray 2016, equation 12).
#define CONSUMER_PLACES (M * M)

layout(set = 0, binding = BINDING_Y, std430) writeonly buffer OutputTensor {
    float y[];
};

void begin_consumer() {
    select_at();
}

void store_place(uint place, uint filter_index, uint tile, float value) {
    const Tile corner = tile_at(tile);
    const uint row = corner.row + place / M;
    const uint column = corner.column + place % M;
    if (row < OUT_HEIGHT && column < OUT_WIDTH) {
        y[((corner.image * OUT_CHANNELS + filter_index) * OUT_HEIGHT + row) * OUT_WIDTH + column] = value;
    }
}

#if !defined(MHAT_INLINE)
void consume_tile(uint filter_index, uint tile) {
    float products[ALPHA][ALPHA];
    [[unroll]] for (uint i = 0u; i < ALPHA; ++i) {
        [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
            products[i][j] = load_source(i * ALPHA + j, filter_index, tile);
        }
    }
    float outputs[M * M];
    transform_at(products, outputs);
    [[unroll]] for (uint place = 0u; place < M * M; ++place) {
        store_place(place, filter_index, tile, outputs[place]);
    }
}
#endif
