// All slices of a block, where another block follows: each slice is fetched while the one before it is multiplied, and the
// first of the block that follows, at `next_tile`, during the last. Since its place in device memory is another, that one is
// apart, once more in code: a loop without a branch is one schedule. What the last block fetches in vain lies in the rows.
#define MULTIPLY_AND_FETCH                                                                                   \
    FETCH(next_filters, next_inputs)                                                                         \
    MULTIPLY_AND_STORE(next_filters, next_inputs)

#define MULTIPLY_ALL_SLICES(position, first_filter, next_tile)                                               \
    for (uint channel = BLOCK_C; channel < OWN_CHANNELS; channel += BLOCK_C) {                               \
        next_slices();                                                                                       \
        MULTIPLY_AND_FETCH                                                                                   \
        ADD_PARTIAL_SUMS(channel)                                                                            \
    }                                                                                                        \
    begin_slices(position, first_filter, next_tile);                                                         \
    MULTIPLY_AND_FETCH
