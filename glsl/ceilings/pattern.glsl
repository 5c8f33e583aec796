// Whole numbers from 0 to 255 that look random (Knuth's multiplicative hash): their sums are exact in any order.
float pattern(uint index) {
    return float(index * 2654435761u >> 24);
}

vec4 pattern_quad(uint quad) {
    return vec4(pattern(4u * quad), pattern(4u * quad + 1u), pattern(4u * quad + 2u), pattern(4u * quad + 3u));
}
