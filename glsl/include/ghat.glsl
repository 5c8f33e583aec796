// GHAT as the kernel that uses it sees it, by its placement. Each placement defines
//     void begin_ghat()                                         once per invocation, before anything else
//     void fill_ghat(uint first_channel, uint first_filter, uint position)
//                                                               by the whole workgroup, between two barriers, before
//                                                               channels from first_channel on are used
//     void hold_ghat(uint channel, uint filter_index)                   by each invocation, before it uses this filter
//     float load_ghat(uint position, uint channel, uint filter_index)   one element, channel < IN_CHANNELS, filter_index < OUT_CHANNELS
// and, for the kernels that own whole tiles and work in packs (TILED),
//     PACK operand_ghat(uint position, uint c, uint q)          pack q of the invocation's filters, channel c of the slice
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
