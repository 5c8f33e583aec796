// BLOCK_K filters × BLOCK_C channels of w[K][C][3][3] through shared memory: neighbouring invocations load neighbouring taps,
// although they transform neighbouring filters, which lie a whole C·9 apart.
#include "w.glsl"
#define STAGED_TAPS (BLOCK_C * 9u)
// One float more than a filter has taps here, so that the same tap of neighbouring filters is in different banks.
#define STAGED_PITCH (STAGED_TAPS + 1u)

shared float staged_taps[BLOCK_K * STAGED_PITCH];
// Where the slice begins.
uint staged_filter;
uint staged_channel;

// By the whole workgroup, before any tap is used.
void stage_w(uint first_filter, uint first_channel) {
    staged_filter = first_filter;
    staged_channel = first_channel;
    for (uint slot = gl_LocalInvocationID.x; slot < BLOCK_K * STAGED_TAPS; slot += gl_WorkGroupSize.x) {
        const uint filter_index = first_filter + slot / STAGED_TAPS;
        const uint tap = slot % STAGED_TAPS;
        if (filter_index < OUT_CHANNELS && first_channel + tap / 9u < IN_CHANNELS) {
            staged_taps[slot / STAGED_TAPS * STAGED_PITCH + tap] =
                w[(filter_index * IN_CHANNELS + first_channel) * 9u + tap];
        }
    }
    barrier();
}

float load_staged_w(uint filter_index, uint channel, uint row, uint column) {
    const uint tap = ((channel - staged_channel) * 3u + row) * 3u + column;
    return staged_taps[(filter_index - staged_filter) * STAGED_PITCH + tap];
}
#define load_w load_staged_w
