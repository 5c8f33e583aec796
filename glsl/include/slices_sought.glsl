// Both operands' slices in any layout, each slot found by itself.
uint slice_position;
uint slice_channel;
uint slice_filter;
uint slice_tile;

void begin_slices(uint position, uint first_filter, uint first_tile) {
    slice_position = position;
    slice_channel = FIRST_CHANNEL;
    begin_second_pass(position);
    slice_filter = first_filter;
    slice_tile = first_tile;
}

void next_slices() {
    slice_channel += BLOCK_C;
}

PACK fetch_filters(uint slot, uint load) {
    return load_ghat_pack(slice_position, slice_channel + slot / SLICE_K, slice_filter + slot % SLICE_K * VECTOR);
}

PACK fetch_inputs(uint slot, uint load) {
    return load_xhat_pack(slice_position, slice_channel + slot / SLICE_P, slice_tile + slot % SLICE_P * VECTOR);
}

uint first_slot_k() {
    return 0u;
}

uint first_slot_p() {
    return 0u;
}

#define BELOW_FIRST_K(slot, load) ((slot) / SLICE_K * ROW_K + (slot) % SLICE_K)
#define BELOW_FIRST_P(slot, load) ((slot) / SLICE_P * ROW_P + (slot) % SLICE_P)
