// Both operands' slices where they are rows of packs and each invocation's slots in a slice lie one below the other. Then a
// place per operand, which moves down from slice to slice, is all that has to be known: every slot is a constant number of
// packs below it, in device memory and in shared memory. That leaves few instructions beside the multiply-adds.
#define ROWS_K (INVOCATIONS / SLICE_K)
#define ROWS_P (INVOCATIONS / SLICE_P)

uint slice_channel;
uint filters_place;
uint inputs_place;

void begin_slices(uint position, uint first_filter, uint first_tile) {
    const uint invocation = gl_LocalInvocationID.x;
    slice_channel = FIRST_CHANNEL;
    begin_second_pass(position);
    filters_place = ghat_pack_index(position, FIRST_CHANNEL + invocation / SLICE_K, first_filter + invocation % SLICE_K * VECTOR);
    inputs_place = xhat_pack_index(position, FIRST_CHANNEL + invocation / SLICE_P, first_tile + invocation % SLICE_P * VECTOR);
}

void next_slices() {
    slice_channel += BLOCK_C;
    filters_place += BLOCK_C * GHAT_ROW_PACKS;
    inputs_place += BLOCK_C * XHAT_ROW_PACKS;
}

PACK fetch_filters(uint slot, uint load) {
    return load_ghat_at(filters_place + load * ROWS_K * GHAT_ROW_PACKS, slice_channel + slot / SLICE_K);
}

PACK fetch_inputs(uint slot, uint load) {
    return load_xhat_at(inputs_place + load * ROWS_P * XHAT_ROW_PACKS, slice_channel + slot / SLICE_P);
}

uint first_slot_k() {
    return gl_LocalInvocationID.x / SLICE_K * ROW_K + gl_LocalInvocationID.x % SLICE_K;
}

uint first_slot_p() {
    return gl_LocalInvocationID.x / SLICE_P * ROW_P + gl_LocalInvocationID.x % SLICE_P;
}

#define BELOW_FIRST_K(slot, load) ((load) * ROWS_K * ROW_K)
#define BELOW_FIRST_P(slot, load) ((load) * ROWS_P * ROW_P)
