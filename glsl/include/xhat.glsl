// XHAT as the kernel that uses it sees it, by its placement. Each placement defines
//     void begin_xhat()                                         once per invocation, before anything else
//     void fetch_xhat(uint first_channel, uint first_tile)      before the slice that begins there is filled, where
//                                                               something of it is worth bringing in early
//     void fill_xhat(uint first_channel, uint first_tile, uint position)
//                                                               by the whole workgroup, between two barriers, before
//                                                               channels from first_channel on are used
//     void hold_xhat(uint channel, uint tile)                   by each invocation, before it uses this tile
//     float load_xhat(uint position, uint channel, uint tile)   one element, channel < IN_CHANNELS, tile < TILES
// and, for the kernels that own whole tiles and work in packs (TILED),
//     PACK operand_xhat(uint position, uint c, uint q)          pack q of the invocation's tiles, channel c of the slice
// What a placement does not need is empty.
#if defined(XHAT_INLINE)
#include "xhat_inline.glsl"
#elif defined(XHAT_REGISTER)
#include "xhat_register.glsl"
#elif defined(XHAT_SHARED)
#include "xhat_shared.glsl"
#else
#include "xhat_global.glsl"
#endif
