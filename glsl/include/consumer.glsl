// What consumes whole tiles of the source, inside the kernel that makes them or in one of its own. Each defines
//     CONSUMER_PLACES                          elements of the result per tile
//     void begin_consumer()                    once per invocation, before anything else
//     void consume_tile(uint channel, uint tile)
//                                              reads a tile's positions with load_source, stores all of its places
//     void store_place(uint place, uint channel, uint tile, float value)
//                                              one element of the result
#if defined(CONSUME_FULL)
#include "consumer_full.glsl"
#elif defined(CONSUME_PARTIAL)
#include "consumer_partial.glsl"
#else
#include "consumer_output.glsl"
#endif
