// What one invocation of the element mapping sums, by where MHAT lives. Each defines
//     void begin_sums()
//     void add_products(uint owned, uint channel, uint filter_index, uint tile)      one channel's
//     void finish_sums(uint owned, uint pair, bool inside, uint filter_index, uint tile)
//                                            stores or consumes them; by all invocations of the workgroup
#if defined(ROWS_AT_RUN_TIME)
#include "element_rows.glsl"
#endif
#if defined(MHAT_INLINE)
#include "element_places.glsl"
#else
#if defined(OWNS_TILES)
#include "element_tiles.glsl"
#else
#include "element_positions.glsl"
#endif
#endif
