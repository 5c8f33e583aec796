// One position of one pair per invocation.
float position_sum = 0.0;

void add_products(uint position, uint channel, uint filter_index, uint tile) {
    position_sum = fma(load_ghat(position, channel, filter_index), load_xhat(position, channel, tile), position_sum);
}

#if defined(MHAT_SHARED)
#include "source.glsl"
#include "consumer.glsl"
#include "element_exchange.glsl"

void begin_sums() {
    begin_consumer();
}

void finish_sums(uint position, uint pair, bool inside, uint filter_index, uint tile) {
    mhat_slice[position * MHAT_PAIRS + pair] = position_sum;
    consume_exchanged();
}
#else
#include "mhat_store.glsl"

void begin_sums() {}

void finish_sums(uint position, uint pair, bool inside, uint filter_index, uint tile) {
    if (inside) {
        store_mhat(position, filter_index, tile, position_sum);
    }
}
#endif
