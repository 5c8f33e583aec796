// Every element once, into a tensor of the source's layout.
#define CONSUMER_PLACES POSITIONS

layout(set = 0, binding = BINDING_TENSOR, std430) writeonly buffer Tensor {
    float tensor[];
};

void begin_consumer() {}

uint position_of_place(uint place) {
    return place;
}

void store_place(uint place, uint channel, uint tile, float value) {
    tensor[source_index(place, channel, tile)] = value;
}

#include "consume_places.glsl"
