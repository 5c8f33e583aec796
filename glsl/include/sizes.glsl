// The problem's sizes. Specialization constants: one SPIR-V serves every size, and the driver still folds the
// divisions by them.
layout(constant_id = 0) const uint BATCH = 1u;
layout(constant_id = 1) const uint IN_CHANNELS = 1u;
layout(constant_id = 2) const uint OUT_CHANNELS = 1u;
layout(constant_id = 3) const uint HEIGHT = 1u;
layout(constant_id = 4) const uint WIDTH = 1u;
layout(constant_id = 5) const uint PADDING = 1u;
layout(constant_id = 6) const uint OUT_HEIGHT = 1u;
layout(constant_id = 7) const uint OUT_WIDTH = 1u;
layout(constant_id = 8) const uint TILE_ROWS = 1u;
layout(constant_id = 9) const uint TILE_COLUMNS = 1u;
layout(constant_id = 10) const uint TILES = 1u;
// Rows of tiles and of filters start with a sector of memory or a line of the cache where they are contiguous, at multiples of
// eight floats at least; what lies between a row's end and the next start is never used.
layout(constant_id = 11) const uint TILE_PITCH = 8u;
layout(constant_id = 12) const uint FILTER_PITCH = 8u;
