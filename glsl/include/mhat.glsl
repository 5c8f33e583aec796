// MHAT as the kernel that consumes it sees it, by its placement. Each placement that stores it defines
//     float load_mhat(uint position, uint filter_index, uint tile)
// for filter_index < OUT_CHANNELS and tile < TILES; `inline` has nothing to load.
#if defined(MHAT_REGISTER)
#include "mhat_register.glsl"
#elif defined(MHAT_SHARED)
#include "mhat_shared.glsl"
#elif !defined(MHAT_INLINE)
#include "mhat_global.glsl"
#endif
