// The output transform: y = Aᵀ M A for each filter and tile, clipped to the output (Lavin and Gray 2016, equation 12).
#define CONSUMER_PLACES (M * M)

// Y_VECTOR neighbouring outputs are stored at once: it divides the rows of y and of the tile, so that a vector is inside
// or outside as a whole. One float at a time, a subgroup's stores would fill a quarter of each sector that they touch.
#if Y_VECTOR == 4
#define Y_PACK vec4
#elif Y_VECTOR == 2
#define Y_PACK vec2
#else
#define Y_PACK float
#endif
#if Y_VECTOR == 1
#define Y_PART(pack, lane) (pack)
#else
#define Y_PART(pack, lane) (pack)[lane]
#endif

layout(set = 0, binding = BINDING_Y, std430) writeonly buffer OutputTensor {
    Y_PACK y[];
};

void begin_consumer() {
    select_at();
}

// `place` and those right of it.
void store_places(uint place, uint filter_index, uint tile, Y_PACK values) {
    const Tile corner = tile_at(tile);
    const uint row = corner.row + place / M;
    const uint column = corner.column + place % M;
    if (row < OUT_HEIGHT && column < OUT_WIDTH) {
        const uint at = ((corner.image * OUT_CHANNELS + filter_index) * OUT_HEIGHT + row) * OUT_WIDTH + column;
        y[at / Y_VECTOR] = values;
    }
}

#if Y_VECTOR == 1
#define store_place store_places
#endif

#if !defined(MHAT_INLINE)
void transform_tile(uint filter_index, uint tile, out float outputs[M * M]) {
    float products[ALPHA][ALPHA];
    [[unroll]] for (uint i = 0u; i < ALPHA; ++i) {
        [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
            products[i][j] = load_source(i * ALPHA + j, filter_index, tile);
        }
    }
    transform_at(products, outputs);
}

void consume_tile(uint filter_index, uint tile) {
    float outputs[M * M];
    transform_tile(filter_index, tile, outputs);
    [[unroll]] for (uint place = 0u; place < M * M; place += Y_VECTOR) {
        Y_PACK values;
        [[unroll]] for (uint lane = 0u; lane < Y_VECTOR; ++lane) {
            Y_PART(values, lane) = outputs[place + lane];
        }
        store_places(place, filter_index, tile, values);
    }
}
#endif
