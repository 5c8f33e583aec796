// GHAT as a consumer sees it, by its placement. Each defines
//     float load_ghat(uint position, uint channel, uint filter_index)
// for channel < IN_CHANNELS and filter_index < OUT_CHANNELS.
#if defined(GHAT_INLINE)
#include "ghat_inline.glsl"
#else
#include "ghat_global.glsl"
#endif
