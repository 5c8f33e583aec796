// How a buffer of vec4 is shared out: a workgroup has QUADS rows of neighbours, and an invocation one of each row, so
// that accesses are contiguous and QUADS of them are on their way at once. QUADS is a macro: its loop is unrolled.
layout(local_size_x_id = 0) in;

uint quad_index(uint row) {
    return (gl_WorkGroupID.x * QUADS + row) * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
}
