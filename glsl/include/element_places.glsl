// One element of the consumer's result per invocation, since MHAT is inline: each of its uses evaluates its products
// again. The sum over channels is the outermost, so that no element of MHAT is ever whole.
#include "source.glsl"
#include "consumer.glsl"

float place_sum = 0.0;

void begin_sums() {
    begin_consumer();
}

float product(uint position, uint channel, uint filter_index, uint tile) {
    return load_ghat(position, channel, filter_index) * load_xhat(position, channel, tile);
}

// What lies in registers must be indexed by constants; what is evaluated at each use would only make the code long.
#if defined(XHAT_REGISTER) || defined(GHAT_REGISTER)
#define POSITION_LOOP [[unroll]]
#else
#define POSITION_LOOP [[dont_unroll]]
#endif

void add_products(uint place, uint channel, uint filter_index, uint tile) {
#if defined(CONSUME_FULL) || defined(CONSUME_PARTIAL)
    place_sum += product(position_of_place(place), channel, filter_index, tile);
#elif defined(ROWS_AT_RUN_TIME)
    [[dont_unroll]] for (uint i = 0u; i < ALPHA; ++i) {
        const float down = element_at(place / M, i);
        if (down == 0.0) {
            continue;
        }
        float ghat_row[ALPHA];
        load_ghat_row(i, channel, filter_index, ghat_row);
        [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
            const float share = down * element_at(place % M, j);
            if (share != 0.0) {
                place_sum = fma(share, ghat_row[j] * load_xhat(i * ALPHA + j, channel, tile), place_sum);
            }
        }
    }
#elif defined(EVALUATION_KRON)
    POSITION_LOOP for (uint position = 0u; position < POSITIONS; ++position) {
        const float share = element_at(place / M, position / ALPHA) * element_at(place % M, position % ALPHA);
        if (share != 0.0) {
            place_sum = fma(share, product(position, channel, filter_index, tile), place_sum);
        }
    }
#else
    POSITION_LOOP for (uint j = 0u; j < ALPHA; ++j) {
        const float across = element_at(place % M, j);
        float passed = 0.0;
        POSITION_LOOP for (uint i = 0u; i < ALPHA; ++i) {
            const float down = element_at(place / M, i);
            if (across != 0.0 && down != 0.0) {
                passed = fma(down, product(i * ALPHA + j, channel, filter_index, tile), passed);
            }
        }
        place_sum = fma(across, passed, place_sum);
    }
#endif
}

void finish_sums(uint place, uint pair, bool inside, uint filter_index, uint tile) {
    if (inside) {
        store_place(place, filter_index, tile, place_sum);
    }
}
