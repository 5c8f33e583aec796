//! The f64 twin of each phase, on the CPU, in a fixed logical order that no kernel's layout changes.
//!
//! Orders: `x[b][c][h][w]`, `w[k][c][3][3]`, XHAT `[α²][c][p]`, GHAT `[α²][c][k]`, MHAT `[α²][k][p]`,
//! `y[b][k][h'][w']`. Every function splits its outermost independent axis over the machine's cores.

use std::ops::Range;

use super::{FILTER, Matrix, Problem, Tiling};
use crate::parallel;

/// Reads `x[b][c][row][column]` where row and column count from the padded corner; zero outside the image.
fn padded(x: &[f32], problem: &Problem, b: usize, c: usize, row: usize, column: usize) -> f64 {
    let (height, width, padding) =
        (problem.height as usize, problem.width as usize, problem.padding as usize);
    match (row.checked_sub(padding), column.checked_sub(padding)) {
        (Some(h), Some(w)) if h < height && w < width => {
            f64::from(x[((b * problem.in_channels as usize + c) * height + h) * width + w])
        }
        _ => 0.0,
    }
}

/// Direct convolution: `y[b][k][i][j] = Σ_c Σ_r Σ_s w[k][c][r][s]·x[b][c][i+r−p][j+s−p]`.
///
/// `x` and `w` are as in [`Problem`]; a problem without output gives an empty result.
pub fn direct(problem: &Problem, x: &[f32], w: &[f32]) -> Vec<f64> {
    let (Some(rows), Some(columns)) = (problem.out_height(), problem.out_width()) else { return Vec::new() };
    let (rows, columns, taps) = (rows as usize, columns as usize, FILTER as usize);
    let (channels, filters) = (problem.in_channels as usize, problem.out_channels as usize);
    let mut y = vec![0.0; problem.batch as usize * filters * rows * columns];
    spread(&mut y, rows * columns, |plane, y| {
        let (b, k) = (plane / filters, plane % filters);
        for c in 0..channels {
            for r in 0..taps {
                for s in 0..taps {
                    let weight = f64::from(w[((k * channels + c) * taps + r) * taps + s]);
                    for i in 0..rows {
                        for (j, y) in y[i * columns..][..columns].iter_mut().enumerate() {
                            *y += weight * padded(x, problem, b, c, i + r, j + s);
                        }
                    }
                }
            }
        }
    });
    y
}

/// XHAT `[α²][c][p]`: V = Bᵀ d B for each input channel and tile.
pub fn input_transform(problem: &Problem, tiling: &Tiling, bt: &Matrix<f64>, x: &[f32]) -> Vec<f64> {
    let alpha = tiling.alpha() as usize;
    let (channels, tiles) = (problem.in_channels as usize, tiling.count as usize);
    let mut xhat = vec![0.0; alpha * alpha * channels * tiles];
    spread(&mut xhat, channels * tiles, |position, plane| {
        let (i, j) = (position / alpha, position % alpha);
        for (index, element) in plane.iter_mut().enumerate() {
            let (b, row, column) = tiling.origin(index % tiles);
            let d = |u: usize, v: usize| padded(x, problem, b, index / tiles, row + u, column + v);
            *element = sandwich(bt.row(i), bt.row(j), d);
        }
    });
    xhat
}

/// GHAT `[α²][c][k]`: U = G g Gᵀ for each filter and input channel.
pub fn filter_transform(problem: &Problem, tiling: &Tiling, g: &Matrix<f64>, w: &[f32]) -> Vec<f64> {
    let (alpha, taps) = (tiling.alpha() as usize, FILTER as usize);
    let (channels, filters) = (problem.in_channels as usize, problem.out_channels as usize);
    let mut ghat = vec![0.0; alpha * alpha * channels * filters];
    spread(&mut ghat, channels * filters, |position, plane| {
        let (i, j) = (position / alpha, position % alpha);
        for (index, element) in plane.iter_mut().enumerate() {
            let (c, k) = (index / filters, index % filters);
            let tap = |r: usize, s: usize| f64::from(w[((k * channels + c) * taps + r) * taps + s]);
            *element = sandwich(g.row(i), g.row(j), tap);
        }
    });
    ghat
}

/// MHAT `[α²][k][p]`: `M[i,j][k][p] = Σ_c U[i,j][c][k]·V[i,j][c][p]` over some of the channels.
pub fn multiply_reduce(
    problem: &Problem,
    tiling: &Tiling,
    [xhat, ghat]: [&[f64]; 2],
    summed: Range<usize>,
) -> Vec<f64> {
    let positions = (tiling.alpha() * tiling.alpha()) as usize;
    let (channels, filters) = (problem.in_channels as usize, problem.out_channels as usize);
    let tiles = tiling.count as usize;
    let mut mhat = vec![0.0; positions * filters * tiles];
    spread(&mut mhat, tiles, |plane, sums| {
        let (position, k) = (plane / filters, plane % filters);
        for c in summed.clone() {
            let u = ghat[(position * channels + c) * filters + k];
            let v = &xhat[(position * channels + c) * tiles..][..tiles];
            for (sum, v) in sums.iter_mut().zip(v) {
                *sum += u * v;
            }
        }
    });
    mhat
}

/// `y[b][k][h'][w']`: Aᵀ M A for each filter and tile, clipped to the output.
pub fn output_transform(problem: &Problem, tiling: &Tiling, at: &Matrix<f64>, mhat: &[f64]) -> Vec<f64> {
    let (Some(rows), Some(columns)) = (problem.out_height(), problem.out_width()) else { return Vec::new() };
    let (rows, columns, m) = (rows as usize, columns as usize, tiling.m as usize);
    let (alpha, filters) = (tiling.alpha() as usize, problem.out_channels as usize);
    let (tiles, tile_rows, tile_columns) =
        (tiling.count as usize, tiling.rows as usize, tiling.columns as usize);
    let mut y = vec![0.0; problem.batch as usize * filters * rows * columns];
    spread(&mut y, rows * columns, |plane, y| {
        let (b, k) = (plane / filters, plane % filters);
        for (index, y) in y.iter_mut().enumerate() {
            let (row, column) = (index / columns, index % columns);
            let tile = (b * tile_rows + row / m) * tile_columns + column / m;
            let product = |i: usize, j: usize| mhat[((i * alpha + j) * filters + k) * tiles + tile];
            *y = sandwich(at.row(row % m), at.row(column % m), product);
        }
    });
    y
}

/// Σᵤ Σᵥ left[u]·inner(u, v)·right[v]: one element of L·inner·Rᵀ.
fn sandwich(left: &[f64], right: &[f64], inner: impl Fn(usize, usize) -> f64) -> f64 {
    let mut sum = 0.0;
    for (u, &l) in left.iter().enumerate().filter(|&(_, &l)| l != 0.0) {
        for (v, &r) in right.iter().enumerate().filter(|&(_, &r)| r != 0.0) {
            sum += l * r * inner(u, v);
        }
    }
    sum
}

/// Calls `fill(index, chunk)` for every `length`-element chunk of `values`, spread over the cores.
fn spread(values: &mut [f64], length: usize, fill: impl Fn(usize, &mut [f64]) + Sync) {
    parallel::chunks(values, length, values.len(), fill);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::winograd::{Surd, Transforms, integer_points};

    fn to_f64(matrix: &Matrix<Surd>) -> Matrix<f64> {
        matrix.map(|c| c.to_f64())
    }

    /// The four phases in f64 are direct convolution, on awkward shapes and every tile.
    #[test]
    fn the_phases_compose_to_direct_convolution() {
        let shapes = [(1, 1, 1, 1, 1, 1), (1, 1, 1, 3, 3, 0), (3, 5, 2, 7, 9, 0), (2, 3, 4, 13, 29, 1)];
        for (batch, in_channels, out_channels, height, width, padding) in shapes {
            let problem = Problem { batch, in_channels, out_channels, height, width, padding };
            let value =
                |seed: usize| move |i: usize| ((i * 7919 + seed * 104_729) % 1013) as f32 / 506.0 - 1.0;
            let x: Vec<f32> = (0..(batch * in_channels * height * width) as usize).map(value(1)).collect();
            let w: Vec<f32> = (0..(out_channels * in_channels * 9) as usize).map(value(2)).collect();
            let expected = direct(&problem, &x, &w);
            for m in 2..=7 {
                let tiling = Tiling::new(&problem, m).unwrap();
                let transforms = Transforms::cook_toom(m as usize, &integer_points(m as usize + 1));
                let xhat = input_transform(&problem, &tiling, &to_f64(&transforms.bt), &x);
                let ghat = filter_transform(&problem, &tiling, &to_f64(&transforms.g), &w);
                let mhat = multiply_reduce(&problem, &tiling, [&xhat, &ghat], 0..in_channels as usize);
                let y = output_transform(&problem, &tiling, &to_f64(&transforms.at), &mhat);
                assert_eq!(y.len(), expected.len());
                for (y, expected) in y.iter().zip(&expected) {
                    assert!((y - expected).abs() < 1e-11, "{problem:?} m={m}: {y} against {expected}");
                }
            }
        }
    }

    #[test]
    fn direct_convolution_of_one_pixel_is_the_filters_centre() {
        let problem = Problem { batch: 1, in_channels: 1, out_channels: 1, height: 1, width: 1, padding: 1 };
        let w: Vec<f32> = (1..=9).map(|tap| tap as f32).collect();
        assert_eq!(direct(&problem, &[2.0], &w), [10.0]);
    }
}
