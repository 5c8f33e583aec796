// XHAT never stored: every use evaluates its element again from the input.
#include "xhat_evaluate.glsl"

void fetch_xhat(uint first_channel, uint first_tile) {}
void begin_xhat() {}
void fill_xhat(uint first_channel, uint first_tile, uint position) {}
void hold_xhat(uint channel, uint tile) {}

float load_xhat(uint position, uint channel, uint tile) {
    return evaluate_xhat(position, channel, tile);
}
