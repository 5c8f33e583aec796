// What a workgroup of INVOCATIONS brings into shared memory, dealt to its invocations in turn: slot `slot` is the `load`-th that
// `invocation` has. Where `slots` do not come out even, the last deal is short.
#define SLOTS_EACH(slots) (((slots) + INVOCATIONS - 1) / INVOCATIONS)
#define DEAL_SLOTS(slot, load, slots)                                                                        \
    for (uint load = 0u, slot = invocation; load < SLOTS_EACH(slots); ++load, slot += INVOCATIONS)           \
        if ((slots) % INVOCATIONS == 0 || slot < (slots))

// By way of its registers.
#define FOR_EACH_SLOT(slot, load, slots) [[unroll]] DEAL_SLOTS(slot, load, slots)
