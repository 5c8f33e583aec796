// The upper left M×M of each ALPHA×ALPHA tile, into a tensor of y's shape:
// tensor[b][c][oy][ox] = source[oy % M, ox % M] of tile (oy / M, ox / M), as the seed's NEW does in phases 1 and 2.
#define CONSUMER_PLACES (M * M)

layout(set = 0, binding = BINDING_TENSOR, std430) writeonly buffer Tensor {
    float tensor[];
};

void begin_consumer() {}

uint position_of_place(uint place) {
    return place / M * ALPHA + place % M;
}

void store_place(uint place, uint channel, uint tile, float value) {
    const Tile corner = tile_at(tile);
    const uint row = corner.row + place / M;
    const uint column = corner.column + place % M;
    if (row < OUT_HEIGHT && column < OUT_WIDTH) {
        tensor[((corner.image * SOURCE_CHANNELS + channel) * OUT_HEIGHT + row) * OUT_WIDTH + column] = value;
    }
}

#include "consume_places.glsl"
