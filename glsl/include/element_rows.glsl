// Rows of positions one after the other at run time, where every element of XHAT is evaluated at its use: unrolled, the
// 36 evaluations of F(4×4, 3×3) are code that compilers need minutes for.

// Row i of GHAT's tile. Registers are named when the kernel is compiled: the other rows pass by.
void load_ghat_row(uint i, uint channel, uint filter_index, out float elements[ALPHA]) {
#if defined(GHAT_REGISTER)
    [[unroll]] for (uint row = 0u; row < ALPHA; ++row) {
        if (row == i) {
            [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
                elements[j] = load_ghat(row * ALPHA + j, channel, filter_index);
            }
        }
    }
#else
    [[unroll]] for (uint j = 0u; j < ALPHA; ++j) {
        elements[j] = load_ghat(i * ALPHA + j, channel, filter_index);
    }
#endif
}
