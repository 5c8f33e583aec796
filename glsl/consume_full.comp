// A consumer that reads every element of a buffer once and writes it to a tensor of the same layout.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/kernel.glsl"
#include "include/winograd.glsl"
#include "include/source.glsl"
#include "include/consumer_full.glsl"

void main() {
    const uvec3 block = block_index();
    const uint element = block.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
#if defined(SOURCE_XHAT) && defined(XHAT_INLINE)
    // Nothing is stored: the element is a tile, the channel and the position are the workgroup's.
    if (element < TILES) {
        store_place(block.z, block.y, element, load_source(block.z, block.y, element));
    }
#else
    // Stored: whatever its layout, the buffer is read from end to end.
    if (element < tensor.length()) {
        tensor[element] = load_source_at(element);
    }
#endif
}
