// What every kernel of F(M×M, 3×3) shares: tiles, layouts, and the transform matrices. transforms.glsl is
// generated from the exact matrices for each experiment; it defines, for each matrix T in {bt, g, at},
//     void select_T()                            finds T's elements, before the first apply_T or transform_T
//     float element_T(uint i, uint u)            T[i][u], i and u known only at run time
//     float[ROWS] apply_T(float d[COLUMNS])      T·d
//     float row_T(uint i, float d[COLUMNS])      (T·d)[i], i known only at run time
//     void transform_T(float d[COLUMNS][COLUMNS], out float r[ROWS * ROWS])
//                                                r[i * ROWS + j] = (T·d·Tᵀ)[i][j], in the evaluation configured
//     KRON_T(position, AT, sum)                  sum = Σ_u Σ_v T[i][u]·T[j][v]·AT(u, v), i and j from position
#include "tiles.glsl"
#include "layout.glsl"
#include "splits.glsl"
#include "transforms.glsl"
