// What a workgroup of INVOCATIONS brings into shared memory, dealt to its invocations in turn, by way of their registers:
// slot `slot` is the `load`-th that `invocation` has. Where `slots` do not come out even, the last deal is short.
#define SLOTS_EACH(slots) (((slots) + INVOCATIONS - 1) / INVOCATIONS)
#define FOR_EACH_SLOT(slot, load, slots)                                                                     \
    [[unroll]] for (uint load = 0u, slot = invocation; load < SLOTS_EACH(slots); ++load, slot += INVOCATIONS) \
        if ((slots) % INVOCATIONS == 0 || slot < (slots))
