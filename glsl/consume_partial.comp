// A consumer that reads the upper left M×M of each ALPHA×ALPHA tile into a tensor of y's shape,
// tensor[b][c][oy][ox] = source[oy % M, ox % M] of tile (oy / M, ox / M), as the seed's NEW does in phases 1 and 2.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/source.glsl"

layout(set = 0, binding = BINDING_TENSOR, std430) writeonly buffer Tensor {
    float tensor[];
};

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
    const uint position = row % M * ALPHA + column % M;
    tensor[(image * SOURCE_CHANNELS + channel) * OUT_HEIGHT * OUT_WIDTH + pixel] =
        load_source(position, channel, tile_of(image, row, column));
}
