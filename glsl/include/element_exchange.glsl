// Consumes the pairs of a workgroup of the element mapping once MHAT's slice is complete.
void consume_exchanged() {
    barrier();
    const uvec3 block = block_index();
    for (uint pair = gl_LocalInvocationID.x; pair < MHAT_PAIRS; pair += gl_WorkGroupSize.x) {
        const uint filter_index = block.y * BLOCK_K + pair / BLOCK_P;
        const uint tile = block.x * BLOCK_P + pair % BLOCK_P;
        mhat_pair = pair;
        if (filter_index < OUT_CHANNELS && tile < TILES) {
            consume_tile(filter_index, tile);
        }
    }
}
