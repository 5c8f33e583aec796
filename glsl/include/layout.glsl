// Where element (position, …) of each intermediate lies. `position` is i·ALPHA + j of the α×α transformed tile.
// transform_major puts the positions outermost, tile_major innermost.
#define POSITIONS (ALPHA * ALPHA)

// From one position's element to the next one's it is so many floats: a loop over positions adds them to the first one's place, for
// compilers find that sum in none of the products below.
#if defined(XHAT_TILE_MAJOR)
#define XHAT_STEP 1u
#else
#define XHAT_STEP (IN_CHANNELS * TILE_PITCH)
#endif
#if defined(GHAT_TILE_MAJOR)
#define GHAT_STEP 1u
#else
#define GHAT_STEP (IN_CHANNELS * FILTER_PITCH)
#endif

uint xhat_index(uint position, uint channel, uint tile) {
#if defined(XHAT_TILE_MAJOR)
    return (channel * TILES + tile) * POSITIONS + position;
#else
    return (position * IN_CHANNELS + channel) * TILE_PITCH + tile;
#endif
}

// After one pass GHAT is G·g, α×3, whose element (i, s) is at `position` 3·i + s; the multiply makes U = (G·g)·Gᵀ of it.
#if defined(GHAT_PASSED_ONCE)
#define GHAT_POSITIONS (ALPHA * 3u)
#else
#define GHAT_POSITIONS POSITIONS
#endif

uint ghat_index(uint position, uint channel, uint filter_index) {
#if defined(GHAT_TILE_MAJOR)
    return (channel * OUT_CHANNELS + filter_index) * GHAT_POSITIONS + position;
#else
    return (position * IN_CHANNELS + channel) * FILTER_PITCH + filter_index;
#endif
}

// MHAT may be stored as MHAT_SPLITS sums one after the other, each of another part of the channels, which whoever reads it
// adds: so many floats lie between one sum and the next.
#if defined(MHAT_TILE_MAJOR)
#define MHAT_FLOATS (OUT_CHANNELS * TILES * POSITIONS)
#else
#define MHAT_FLOATS (POSITIONS * OUT_CHANNELS * TILE_PITCH)
#endif

uint mhat_index(uint position, uint filter_index, uint tile) {
#if defined(MHAT_TILE_MAJOR)
    return (filter_index * TILES + tile) * POSITIONS + position;
#else
    return (position * OUT_CHANNELS + filter_index) * TILE_PITCH + tile;
#endif
}
