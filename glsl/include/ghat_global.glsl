// GHAT materialised in device memory by its own dispatch.
#if defined(VECTOR_LOADS) && !defined(GHAT_TILE_MAJOR)
layout(set = 0, binding = BINDING_GHAT, std430) readonly buffer TransformedFilters {
    vec4 ghat4[];
};

// Four neighbouring filters from `filter_index`, a multiple of four; zero past the last channel. Past the row's end
// it is those at the end again, whose products are not stored.
vec4 load_ghat4(uint position, uint channel, uint filter_index) {
    const uint last = IN_CHANNELS - 1u;
    const vec4 four = ghat4[ghat_index(position, min(channel, last), min(filter_index, FILTER_PITCH - 4u)) / 4u];
    return channel <= last ? four : vec4(0.0);
}
#else
layout(set = 0, binding = BINDING_GHAT, std430) readonly buffer TransformedFilters {
    float ghat[];
};

float load_ghat(uint position, uint channel, uint filter_index) {
    return ghat[ghat_index(position, channel, filter_index)];
}

vec4 load_ghat4(uint position, uint channel, uint filter_index) {
    vec4 four = vec4(0.0);
    for (uint lane = 0u; lane < 4u; ++lane) {
        if (channel < IN_CHANNELS && filter_index + lane < OUT_CHANNELS) {
            four[lane] = load_ghat(position, channel, filter_index + lane);
        }
    }
    return four;
}
#endif
