// A consumer that reads the upper left M×M of each ALPHA×ALPHA tile into a tensor of y's shape, an invocation per
// pixel, so that the writes are contiguous.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/source.glsl"
#include "include/consumer_partial.glsl"

void main() {
    const uvec3 block = block_index();
    const uint pixel = block.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    const uint channel = block.y;
    const uint image = block.z;
    if (pixel >= OUT_HEIGHT * OUT_WIDTH) {
        return;
    }
    const uint row = pixel / OUT_WIDTH;
    const uint column = pixel % OUT_WIDTH;
    const uint place = row % M * M + column % M;
    const uint tile = tile_of(image, row, column);
    tensor[(image * SOURCE_CHANNELS + channel) * OUT_HEIGHT * OUT_WIDTH + pixel] =
        load_source(position_of_place(place), channel, tile);
}
