// The buffer that a consumer reads: XHAT or MHAT, by its placement. Defines SOURCE_CHANNELS and
//     uint source_index(uint position, uint channel, uint tile)
//     float load_source(uint position, uint channel, uint tile)
//     float load_source_at(uint place)                           where it is stored in device memory, by source_index
#if defined(SOURCE_XHAT)
#include "xhat.glsl"
#define SOURCE_CHANNELS IN_CHANNELS
#define source_index xhat_index
#define load_source load_xhat
#define load_source_at(place) xhat[place]
#else
#include "mhat.glsl"
#define SOURCE_CHANNELS OUT_CHANNELS
#define source_index mhat_index
#define load_source load_mhat
#define load_source_at load_mhat_at
#endif
