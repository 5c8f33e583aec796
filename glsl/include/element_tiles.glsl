// All positions of one pair per invocation, since a buffer lives in its registers.
float position_sums[POSITIONS];

void add_products(uint owned, uint channel, uint filter_index, uint tile) {
#if defined(ROWS_AT_RUN_TIME)
    [[dont_unroll]] for (uint i = 0u; i < ALPHA; ++i) {
        float ghat_row[ALPHA];
        load_ghat_row(i, channel, filter_index, ghat_row);
        float xhat_row[ALPHA];
        [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
            xhat_row[j] = load_xhat(i * ALPHA + j, channel, tile);
        }
        [[unroll]] for (uint row = 0u; row < ALPHA; ++row) {
            if (row == i) {
                [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
                    const uint position = row * ALPHA + j;
                    position_sums[position] = fma(ghat_row[j], xhat_row[j], position_sums[position]);
                }
            }
        }
    }
#else
    [[unroll]] for (uint position = 0u; position < POSITIONS; ++position) {
        position_sums[position] = fma(load_ghat(position, channel, filter_index), load_xhat(position, channel, tile),
                                      position_sums[position]);
    }
#endif
}

void clear_sums() {
    [[unroll]] for (uint position = 0u; position < POSITIONS; ++position) {
        position_sums[position] = 0.0;
    }
}

#if defined(MHAT_SHARED) || defined(MHAT_REGISTER)
#include "source.glsl"
#include "consumer.glsl"

void begin_sums() {
    clear_sums();
    begin_consumer();
}
#endif

#if defined(MHAT_SHARED)
#include "element_exchange.glsl"

void finish_sums(uint owned, uint pair, bool inside, uint filter_index, uint tile) {
    [[unroll]] for (uint position = 0u; position < POSITIONS; ++position) {
        mhat_slice[position * MHAT_PAIRS + pair] = position_sums[position];
    }
    consume_exchanged();
}
#elif defined(MHAT_REGISTER)
void finish_sums(uint owned, uint pair, bool inside, uint filter_index, uint tile) {
    [[unroll]] for (uint position = 0u; position < POSITIONS; ++position) {
        held_mhat[position] = position_sums[position];
    }
    if (inside) {
        consume_tile(filter_index, tile);
    }
}
#else
#include "mhat_store.glsl"

void begin_sums() {
    clear_sums();
}

void finish_sums(uint owned, uint pair, bool inside, uint filter_index, uint tile) {
    [[unroll]] for (uint position = 0u; position < POSITIONS; ++position) {
        if (inside) {
            store_mhat(position, filter_index, tile, position_sums[position]);
        }
    }
}
#endif
