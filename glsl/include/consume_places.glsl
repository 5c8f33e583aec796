// A consumer that takes elements as they are: one position each.
#if !defined(MHAT_INLINE) || defined(SOURCE_XHAT)
void consume_tile(uint channel, uint tile) {
    [[unroll]] for (uint place = 0u; place < CONSUMER_PLACES; ++place) {
        store_place(place, channel, tile, load_source(position_of_place(place), channel, tile));
    }
}
#endif
