// XHAT materialised in device memory by its own dispatch.
#if defined(VECTOR_LOADS) && !defined(XHAT_TILE_MAJOR)
layout(set = 0, binding = BINDING_XHAT, std430) readonly buffer TransformedInput {
    vec4 xhat4[];
};

// Four neighbouring tiles from `tile`, a multiple of four. Past the last channel or the row's end it is those at the
// end again, without a branch: the filters are zero past the last channel, and products past the end are not stored.
vec4 load_xhat4(uint position, uint channel, uint tile) {
    return xhat4[xhat_index(position, min(channel, IN_CHANNELS - 1u), min(tile, TILE_PITCH - 4u)) / 4u];
}
#else
layout(set = 0, binding = BINDING_XHAT, std430) readonly buffer TransformedInput {
    float xhat[];
};

float load_xhat(uint position, uint channel, uint tile) {
    return xhat[xhat_index(position, channel, tile)];
}

vec4 load_xhat4(uint position, uint channel, uint tile) {
    vec4 four = vec4(0.0);
    for (uint lane = 0u; lane < 4u; ++lane) {
        if (channel < IN_CHANNELS && tile + lane < TILES) {
            four[lane] = load_xhat(position, channel, tile + lane);
        }
    }
    return four;
}
#endif
