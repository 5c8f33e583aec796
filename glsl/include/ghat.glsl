// GHAT as the kernel that uses it sees it, by its placement. Each placement defines
//     void begin_ghat()
//         once per invocation, before anything else
//     void hold_ghat(uint channel, uint filter_index)
//         by each invocation, before it uses this filter
// for the kernels that take elements one by one
//     void fill_ghat(uint first_channel, uint first_filter, uint position)
//         by the whole workgroup, between two barriers, before channels from first_channel on are used
//     float load_ghat(uint position, uint channel, uint filter_index)
//         one element inside
// and for the kernel of one position per workgroup, where GHAT is stored in packs
//     void begin_second_pass(uint position)
//         before elements at a position are loaded
//     uint ghat_pack_index(uint position, uint channel, uint filter_index)
//         where a pack begins, from one channel to the next GHAT_ROW_PACKS further
//     PACK load_ghat_at(uint place, uint channel)
//         the pack there
// and for the kernel that owns whole tiles and works in packs (TILED)
//     void fetch_ghat(uint first_channel, uint first_filter)
//         before the slice that begins there is staged: what of it is worth bringing in early
//     void stage_ghat(uint stage, uint first_channel, uint first_filter)
//         by the whole workgroup, before the barrier before that slice is used
//     PACK operand_ghat(uint stage, uint position, uint c, uint q)
//         pack q of the invocation's filters, channel c of the slice
// What a placement does not need is empty.
#if defined(GHAT_INLINE)
#include "ghat_inline.glsl"
#elif defined(GHAT_REGISTER)
#include "ghat_register.glsl"
#elif defined(GHAT_SHARED)
#include "ghat_shared.glsl"
#else
#include "ghat_global.glsl"
#endif
