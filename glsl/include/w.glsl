// The filters w[K][C][3][3].
layout(set = 0, binding = BINDING_W, std430) readonly buffer Filters {
    float w[];
};

float load_w(uint filter_index, uint channel, uint row, uint column) {
    return w[((filter_index * IN_CHANNELS + channel) * 3u + row) * 3u + column];
}
