// Which workgroup this is: x counts along tiles or pixels, y along channels or filters, z along positions or
// images. The hardware walks gl_WorkGroupID.x fastest; the grid order decides which axis that is.
uvec3 block_index() {
#if defined(GRID_CHANNEL_FIRST)
    return gl_WorkGroupID.yxz;
#else
    return gl_WorkGroupID;
#endif
}
