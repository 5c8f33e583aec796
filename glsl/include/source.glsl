// The buffer that a consumer reads: XHAT by its placement, or MHAT. Defines SOURCE_CHANNELS and
//     uint source_index(uint position, uint channel, uint tile)
//     float load_source(uint position, uint channel, uint tile)
//     float load_source_linear(uint element)      where the buffer is stored
#if defined(SOURCE_XHAT)
#include "xhat.glsl"
#define SOURCE_CHANNELS IN_CHANNELS
#define source_index xhat_index
#define load_source load_xhat
#if !defined(XHAT_INLINE)
float load_source_linear(uint element) {
    return xhat[element];
}
#endif
#else
#include "mhat_global.glsl"
#define SOURCE_CHANNELS OUT_CHANNELS
#define source_index mhat_index
#define load_source load_mhat
float load_source_linear(uint element) {
    return mhat[element];
}
#endif
