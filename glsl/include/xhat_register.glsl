// XHAT private to the invocation that uses it: each evaluates the tiles it owns, a channel at a time.
#include "xhat_evaluate.glsl"

#if defined(TILED)
#define HELD_TILES THREAD_P
#else
#define HELD_TILES 1
#endif
float held_xhat[HELD_TILES][POSITIONS];

void begin_xhat() {
    select_bt();
}

#if defined(TILED)
void fetch_xhat(uint first_channel, uint first_tile) {}
void stage_xhat(uint stage, uint first_channel, uint first_tile) {}
#else
void fill_xhat(uint first_channel, uint first_tile, uint position) {}
#endif

void hold_xhat(uint channel, uint tile) {
#if defined(TILED)
    [[unroll]] for (uint p = 0u; p < THREAD_P; ++p) {
        const uint owned = tile_of_thread(tile, p);
        evaluate_xhat_tile(min(channel, IN_CHANNELS - 1u), min(owned, TILES - 1u), held_xhat[p]);
    }
#else
    evaluate_xhat_tile(channel, tile, held_xhat[0]);
#endif
}

#if defined(TILED)
PACK operand_xhat(uint stage, uint position, uint c, uint q) {
    PACK elements;
    [[unroll]] for (uint lane = 0u; lane < VECTOR; ++lane) {
        PART(elements, lane) = held_xhat[q * VECTOR + lane][position];
    }
    return elements;
}
#else
float load_xhat(uint position, uint channel, uint tile) {
    return held_xhat[0][position];
}
#endif
