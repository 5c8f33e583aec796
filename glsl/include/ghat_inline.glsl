// GHAT never stored: every use evaluates its element again from the filters.
#include "ghat_evaluate.glsl"

void begin_ghat() {}
void fill_ghat(uint first_channel, uint first_filter, uint position) {}
void hold_ghat(uint channel, uint filter_index) {}

float load_ghat(uint position, uint channel, uint filter_index) {
    return evaluate_ghat(position, channel, filter_index);
}
