// XHAT as the kernel that uses it sees it, by its placement. Each placement defines
//     void begin_xhat()
//         once per invocation, before anything else
//     void hold_xhat(uint channel, uint tile)
//         by each invocation, before it uses this tile
// for the kernels that take elements one by one
//     void fill_xhat(uint first_channel, uint first_tile, uint position)
//         by the whole workgroup, between two barriers, before channels from first_channel on are used
//     float load_xhat(uint position, uint channel, uint tile)
//         one element inside
// and for the kernel that owns whole tiles and works in packs (TILED)
//     void fetch_xhat(uint first_channel, uint first_tile)
//         before the slice that begins there is staged: what of it is worth bringing in early
//     void stage_xhat(uint stage, uint first_channel, uint first_tile)
//         by the whole workgroup, before the barrier before that slice is used
//     PACK operand_xhat(uint stage, uint position, uint c, uint q)
//         pack q of the invocation's tiles, channel c of the slice
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
