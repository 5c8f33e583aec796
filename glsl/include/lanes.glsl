// Which packs of the workgroup's BLOCK_K filters × BLOCK_P tiles each invocation multiplies: pack q of its PACKS_K packs of
// filters, of its PACKS_P packs of tiles. Neighbours' packs are neighbours, so that what a subgroup loads at once from
// shared memory falls into different banks. From one pack to the next it is STEP_K, STEP_P packs.
#if !defined(OWN_INVOCATION)
#define OWN_INVOCATION gl_LocalInvocationID.x
#endif
#define THREADS_K (BLOCK_K / THREAD_K)
#define THREADS_P (BLOCK_P / THREAD_P)
#define LANES_K 4u
#define LANES_P 8u

#if THREADS_K % 4 == 0 && THREADS_P % 8 == 0
// Patches of 32 invocations, 4 along the filters × 8 along the tiles: a subgroup of 32 loads 12 different packs for each
// q, where a row of 32 would load 33. Lanes 2i and 2i + 1 want the same tiles, which the hardware serves as one.
#define STEP_K LANES_K
#define STEP_P LANES_P
uint pack_k(uint q) {
    const uint lane = OWN_INVOCATION % 32u;
    const uint patch_k = OWN_INVOCATION / 32u / (THREADS_P / LANES_P);
    return (patch_k * PACKS_K + q) * LANES_K + (lane & 1u) + (lane >> 4) * 2u;
}

uint pack_p(uint q) {
    const uint lane = OWN_INVOCATION % 32u;
    const uint patch_p = OWN_INVOCATION / 32u % (THREADS_P / LANES_P);
    return (patch_p * PACKS_P + q) * LANES_P + (lane >> 1) % LANES_P;
}
#else
#define STEP_K THREADS_K
#define STEP_P THREADS_P
uint pack_k(uint q) {
    return q * THREADS_K + OWN_INVOCATION / THREADS_P;
}

uint pack_p(uint q) {
    return q * THREADS_P + OWN_INVOCATION % THREADS_P;
}
#endif
