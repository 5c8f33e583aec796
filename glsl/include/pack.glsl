// VECTOR neighbouring floats, loaded, stored and multiplied as one: 1, 2 or 4.
#ifndef VECTOR
#define VECTOR 1
#endif
#if VECTOR == 4
#define PACK vec4
#elif VECTOR == 2
#define PACK vec2
#else
#define PACK float
#endif
// One float of a pack, to read or to assign.
#if VECTOR == 1
#define PART(pack, lane) (pack)
#else
#define PART(pack, lane) (pack)[lane]
#endif
