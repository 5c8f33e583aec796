// All slices of the only block: each is fetched while the two before it are multiplied. A device's memory answers later than
// one slice is multiplied where its multiprocessors have few subgroups each.
//
// What is on its way must not be moved from register to register, which waits for it: the loop has two slices, whose
// registers take turns, and where their number is odd one more follows. The last slices, after which nothing is fetched, are
// apart, once more in code: a loop without a branch is one schedule.
#if TURNS > 1
#error "what follows the last slice is not known two slices before"
#endif

// A barrier of the subgroup after loads: NVIDIA's compiler moves none past it towards the store of what it brings, which would save
// registers, and wait.
#if defined(HOLD_LOADS)
#define LOADS_HELD subgroupBarrier();
#else
#define LOADS_HELD
#endif

#define FETCH_AND_MULTIPLY(far_filters, far_inputs, next_filters, next_inputs)                               \
    {                                                                                                        \
        next_slices();                                                                                       \
        FETCH(filters, inputs)                                                                               \
        far_filters = filters;                                                                               \
        far_inputs = inputs;                                                                                 \
        LOADS_HELD                                                                                           \
        MULTIPLY_AND_STORE(next_filters, next_inputs)                                                        \
    }

#define SLICES ((OWN_CHANNELS + BLOCK_C - 1u) / BLOCK_C)

// ODD_SLICES says that there may be one: compilers take a second for each copy of a slice.
#if defined(ODD_SLICES)
#define MULTIPLY_ONE_MORE_SLICE                                                                              \
    if (SLICES % 2u == 1u) {                                                                                 \
        FETCH_AND_MULTIPLY(far_filters, far_inputs, next_filters, next_inputs)                               \
        ADD_PARTIAL_SUMS((SLICES - 2u) * BLOCK_C)                                                            \
        next_filters = far_filters;                                                                          \
        next_inputs = far_inputs;                                                                            \
    }
#else
#define MULTIPLY_ONE_MORE_SLICE
#endif

#define MULTIPLY_ALL_SLICES(position, first_filter, next_tile)                                               \
    if (SLICES > 1u) {                                                                                       \
        next_slices();                                                                                       \
        FETCH(next_filters, next_inputs)                                                                     \
        PACK far_filters[LOADS_K];                                                                           \
        PACK far_inputs[LOADS_P];                                                                            \
        for (uint slice = 2u; slice + 1u < SLICES; slice += 2u) {                                            \
            FETCH_AND_MULTIPLY(far_filters, far_inputs, next_filters, next_inputs)                           \
            ADD_PARTIAL_SUMS((slice - 1u) * BLOCK_C)                                                         \
            FETCH_AND_MULTIPLY(next_filters, next_inputs, far_filters, far_inputs)                           \
            ADD_PARTIAL_SUMS(slice * BLOCK_C)                                                                \
        }                                                                                                    \
        MULTIPLY_ONE_MORE_SLICE                                                                              \
        MULTIPLY_AND_STORE(next_filters, next_inputs)                                                        \
        ADD_PARTIAL_SUMS((SLICES - 1u) * BLOCK_C)                                                            \
    }                                                                                                        \
    MULTIPLY_THE_LAST_SLICE
