// BLOCK_K filters × BLOCK_C channels of w[K][C][3][3] through shared memory: neighbouring invocations load neighbouring taps,
// VECTOR at once, although they transform neighbouring filters, which lie a whole C·9 apart. BLOCK_C divides the channels, and VECTOR
// the taps of BLOCK_C channels.
//
// All of an invocation's loads are on their way before it stores what the first one brought: a loop of loads and stores waits
// for each in turn.
layout(set = 0, binding = BINDING_W, std430) readonly buffer Filters {
    PACK w_packs[];
};

// An invocation for each filter and channel.
#define INVOCATIONS (BLOCK_K * BLOCK_C)
#include "slots.glsl"

#define STAGED_TAPS (BLOCK_C * 9u)
// Odd, so that the same tap of neighbouring filters is in different banks.
#define STAGED_PITCH (STAGED_TAPS | 1u)
#define STAGED_PACKS (STAGED_TAPS / VECTOR)
#define STAGED_SLOTS (BLOCK_K * STAGED_PACKS)

shared float staged_taps[BLOCK_K * STAGED_PITCH];
// Where the slice begins.
uint staged_filter;
uint staged_channel;

// By the whole workgroup, before any tap is used.
void stage_w(uint first_filter, uint first_channel) {
    staged_filter = first_filter;
    staged_channel = first_channel;
    const uint invocation = gl_LocalInvocationID.x;
    PACK packs[SLOTS_EACH(STAGED_SLOTS)];
    FOR_EACH_SLOT(slot, load, STAGED_SLOTS) {
        const uint filter_index = first_filter + slot / STAGED_PACKS;
        // What is past the last filter is never used. A condition that always holds, which the sizes tell, is none.
        if (OUT_CHANNELS % BLOCK_K == 0u || filter_index < OUT_CHANNELS) {
            packs[load] = w_packs[(filter_index * IN_CHANNELS + first_channel) * 9u / VECTOR + slot % STAGED_PACKS];
        }
    }
    FOR_EACH_SLOT(slot, load, STAGED_SLOTS) {
        const uint place = slot / STAGED_PACKS * STAGED_PITCH + slot % STAGED_PACKS * VECTOR;
        [[unroll]] for (uint lane = 0u; lane < VECTOR; ++lane) {
            staged_taps[place + lane] = PART(packs[load], lane);
        }
    }
    barrier();
}

float load_staged_w(uint filter_index, uint channel, uint row, uint column) {
    const uint tap = ((channel - staged_channel) * 3u + row) * 3u + column;
    return staged_taps[(filter_index - staged_filter) * STAGED_PITCH + tap];
}
#define load_w load_staged_w
