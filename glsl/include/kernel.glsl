// What every kernel begins with.
#extension GL_EXT_control_flow_attributes : require
#include "sizes.glsl"
#include "grid.glsl"
#include "pack.glsl"
// Invocations per workgroup.
layout(local_size_x_id = 13) in;
