// GHAT from w: U = G g Gᵀ (Lavin and Gray 2016, equation 12), one element or a whole tile.
#if defined(W_STAGED)
#include "w_staged.glsl"
#else
#include "w.glsl"
#endif

float evaluate_ghat(uint position, uint channel, uint filter_index) {
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

void load_w_taps(uint filter_index, uint channel, out float g[3][3]) {
    [[unroll]] for (uint r = 0u; r < 3u; ++r) {
        [[unroll]] for (uint s = 0u; s < 3u; ++s) {
            g[r][s] = load_w(filter_index, channel, r, s);
        }
    }
}

// The first pass alone, G·g: after select_g().
void evaluate_ghat_first_pass(uint channel, uint filter_index, out float elements[ALPHA * 3u]) {
    float g[3][3];
    load_w_taps(filter_index, channel, g);
    [[unroll]] for (uint s = 0u; s < 3u; ++s) {
        const float passed[ALPHA] = apply_g(float[3](g[0][s], g[1][s], g[2][s]));
        [[unroll]] for (uint i = 0u; i < ALPHA; ++i) {
            elements[i * 3u + s] = passed[i];
        }
    }
}

// After select_g().
void evaluate_ghat_tile(uint channel, uint filter_index, out float elements[POSITIONS]) {
    float g[3][3];
    load_w_taps(filter_index, channel, g);
    transform_g(g, elements);
}
