// GHAT never stored: every use evaluates U[i,j] = (G g Gᵀ)[i,j] again from the filters.
#include "w.glsl"

float load_ghat(uint position, uint channel, uint filter_index) {
#define TAP_AT(r, s) load_w(filter_index, channel, r, s)
#if defined(EVALUATION_KRON)
    float sum;
    KRON_G(position, TAP_AT, sum)
    return sum;
#else
    float passed[3];
    [[unroll]] for (uint s = 0u; s < 3u; ++s) {
        float g[3];
        [[unroll]] for (uint r = 0u; r < 3u; ++r) {
            g[r] = TAP_AT(r, s);
        }
        passed[s] = row_g(position / ALPHA, g);
    }
    return row_g(position % ALPHA, passed);
#endif
#undef TAP_AT
}
