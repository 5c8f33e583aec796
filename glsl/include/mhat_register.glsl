// MHAT private to the invocation that consumes it: all positions of one filter and tile.
float held_mhat[POSITIONS];

float load_mhat(uint position, uint filter_index, uint tile) {
    return held_mhat[position];
}
