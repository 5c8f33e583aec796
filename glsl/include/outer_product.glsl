// Every pack of an invocation's sums.
#define FOR_EACH_SUM(k, q)                                                                                   \
    [[unroll]] for (uint k = 0u; k < THREAD_K; ++k)                                                          \
        [[unroll]] for (uint q = 0u; q < PACKS_P; ++q)

// sums[k][p] += u[k] · v[p] for THREAD_K × THREAD_P sums, u, v and the rows of sums in packs. Float by float, although a
// pack would do several at once: the drivers' compilers make other schedules of it, quicker by some 3 % on an NVIDIA H200.
#define ADD_OUTER_PRODUCT(sums, u, v)                                                                        \
    [[unroll]] for (uint k = 0u; k < THREAD_K; ++k) {                                                        \
        [[unroll]] for (uint p = 0u; p < THREAD_P; ++p) {                                                    \
            PART(sums[k][p / VECTOR], p % VECTOR) =                                                          \
                fma(PART(u[k / VECTOR], k % VECTOR), PART(v[p / VECTOR], p % VECTOR),                        \
                    PART(sums[k][p / VECTOR], p % VECTOR));                                                  \
        }                                                                                                    \
    }
