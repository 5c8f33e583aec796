// XHAT as a consumer sees it, by its placement. Each defines
//     float load_xhat(uint position, uint channel, uint tile)
// for tile < TILES and channel < IN_CHANNELS.
#if defined(XHAT_INLINE)
#include "xhat_inline.glsl"
#else
#include "xhat_global.glsl"
#endif
