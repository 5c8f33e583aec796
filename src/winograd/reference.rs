//! The f64 twin of each phase, on the CPU, in a fixed logical order that no kernel's layout changes.
//!
//! Orders: `x[b][c][h][w]`, `w[k][c][3][3]`, XHAT `[α²][c][p]`, GHAT `[α²][c][k]`, MHAT `[α²][k][p]`,
//! `y[b][k][h'][w']`. Every function splits its outermost independent axis over the machine's cores.

use std::ops::Range;

use super::{FILTER, Matrix, Problem, Tiling};
use crate::parallel;

/// Filters whose sums are made together: each input is then read once for all of them.
const TOGETHER: usize = 4;

/// How many of `filters` are made together, so that none are left over.
fn together(filters: usize) -> usize {
    (1..=TOGETHER).rev().find(|count| filters.is_multiple_of(*count)).unwrap_or(1)
}

/// Row `row` of `x[b][c]` with its padding, where rows count from the padding's first: `padding` zeros, the row, and zeros up to the
/// end of `padded`. `None` where all of it is padding.
fn padded_row<'a>(
    x: &[f32],
    problem: &Problem,
    [b, c]: [usize; 2],
    row: usize,
    padded: &'a mut [f64],
) -> Option<&'a [f64]> {
    let (height, width, padding) =
        (problem.height as usize, problem.width as usize, problem.padding as usize);
    let h = row.checked_sub(padding).filter(|&h| h < height)?;
    let start = ((b * problem.in_channels as usize + c) * height + h) * width;
    // What lies right of the last output's inputs is not wanted, nor what was there before.
    for (padded, x) in padded[padding..].iter_mut().zip(&x[start..][..width]) {
        *padded = f64::from(*x);
    }
    Some(padded)
}

/// Direct convolution: `y[b][k][i][j] = Σ_c Σ_r Σ_s w[k][c][r][s]·x[b][c][i+r−p][j+s−p]`.
///
/// `x` and `w` are as in [`Problem`]; a problem without output gives an empty result.
pub fn direct(problem: &Problem, x: &[f32], w: &[f32]) -> Vec<f64> {
    let (Some(rows), Some(columns)) = (problem.out_height(), problem.out_width()) else { return Vec::new() };
    let (rows, columns, taps) = (rows as usize, columns as usize, FILTER as usize);
    let (channels, filters) = (problem.in_channels as usize, problem.out_channels as usize);
    let plane = rows * columns;
    let mut y = vec![0.0; problem.batch as usize * filters * plane];
    let together = together(filters);
    spread(&mut y, together * plane, |group, planes| {
        let (b, first) = (group * together / filters, group * together % filters);
        let mut padded = vec![0.0; columns + taps - 1];
        for i in 0..rows {
            for (c, r) in (0..channels).flat_map(|c| (0..taps).map(move |r| (c, r))) {
                let Some(inputs) = padded_row(x, problem, [b, c], i + r, &mut padded) else { continue };
                for (k, plane) in planes.chunks_mut(plane).enumerate() {
                    let tap = |s| f64::from(w[(((first + k) * channels + c) * taps + r) * taps + s]);
                    let taps = [tap(0), tap(1), tap(2)];
                    for (y, inputs) in plane[i * columns..][..columns].iter_mut().zip(inputs.windows(3)) {
                        *y += taps[0] * inputs[0] + taps[1] * inputs[1] + taps[2] * inputs[2];
                    }
                }
            }
        }
    });
    y
}

/// XHAT `[α²][c][p]`: V = Bᵀ d B for each input channel and tile.
pub fn input_transform(problem: &Problem, tiling: &Tiling, bt: &Matrix<f64>, x: &[f32]) -> Vec<f64> {
    let (alpha, m) = (tiling.alpha() as usize, tiling.m as usize);
    let (channels, tiles) = (problem.in_channels as usize, tiling.count as usize);
    let (tile_rows, tile_columns) = (tiling.rows as usize, tiling.columns as usize);
    let columns = tile_columns * m + alpha - m;
    let mut xhat = vec![0.0; alpha * alpha * channels * tiles];
    spread(&mut xhat, tiles, |plane, elements| {
        let (position, c) = (plane / channels, plane % channels);
        let (down, along) = (bt.row(position / alpha), bt.row(position % alpha));
        let mut padded = vec![0.0; columns];
        let mut passed = vec![0.0; columns];
        for (row, elements) in elements.chunks_mut(tile_columns).enumerate() {
            let (b, corner) = (row / tile_rows, row % tile_rows * m);
            // Row i of Bᵀ over all columns of a row of tiles, then row j over the columns of each.
            passed.fill(0.0);
            for (u, &factor) in down.iter().enumerate().filter(|&(_, &factor)| factor != 0.0) {
                let Some(inputs) = padded_row(x, problem, [b, c], corner + u, &mut padded) else { continue };
                for (passed, input) in passed.iter_mut().zip(inputs) {
                    *passed += factor * input;
                }
            }
            for (element, passed) in elements.iter_mut().zip(passed.windows(alpha).step_by(m)) {
                *element = along.iter().zip(passed).map(|(factor, passed)| factor * passed).sum();
            }
        }
    });
    xhat
}

/// L g Rᵀ, `[rows of L · rows of R][c][k]`, for each filter and input channel: with G twice it is GHAT, U = G g Gᵀ, and with R the
/// identity G g, which the first pass of that leaves.
pub fn filter_transform(problem: &Problem, [left, right]: [&Matrix<f64>; 2], w: &[f32]) -> Vec<f64> {
    let taps = FILTER as usize;
    let (channels, filters) = (problem.in_channels as usize, problem.out_channels as usize);
    let mut ghat = vec![0.0; left.rows() * right.rows() * channels * filters];
    spread(&mut ghat, channels * filters, |position, plane| {
        let (i, j) = (position / right.rows(), position % right.rows());
        for (index, element) in plane.iter_mut().enumerate() {
            let (c, k) = (index / filters, index % filters);
            let tap = |r: usize, s: usize| f64::from(w[((k * channels + c) * taps + r) * taps + s]);
            *element = sandwich(left.row(i), right.row(j), tap);
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
    /// Tiles whose sums stay in the first-level cache.
    const CHUNK: usize = 256;
    let positions = (tiling.alpha() * tiling.alpha()) as usize;
    let (channels, filters) = (problem.in_channels as usize, problem.out_channels as usize);
    let tiles = tiling.count as usize;
    let mut mhat = vec![0.0; positions * filters * tiles];
    let together = together(filters);
    spread(&mut mhat, together * tiles, |group, planes| {
        let (position, first) = (group * together / filters, group * together % filters);
        for start in (0..tiles).step_by(CHUNK) {
            let end = tiles.min(start + CHUNK);
            for c in summed.clone() {
                let v = &xhat[(position * channels + c) * tiles..][start..end];
                let u = &ghat[(position * channels + c) * filters + first..][..together];
                for (plane, u) in planes.chunks_mut(tiles).zip(u) {
                    for (sum, v) in plane[start..end].iter_mut().zip(v) {
                        *sum += u * v;
                    }
                }
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

    /// Awkward shapes: batch, in_channels, out_channels, height, width, padding.
    const SHAPES: [[u32; 6]; 5] = [
        [1, 1, 1, 1, 1, 1],
        [1, 1, 1, 3, 3, 0],
        [3, 5, 2, 7, 9, 0],
        [2, 3, 4, 13, 29, 1],
        [1, 2, 7, 5, 4, 1],
    ];

    /// Problems of these shapes with an input and filters each.
    fn problems() -> impl Iterator<Item = (Problem, Vec<f32>, Vec<f32>)> {
        SHAPES.into_iter().map(|[batch, in_channels, out_channels, height, width, padding]| {
            let value =
                |seed: usize| move |i: usize| ((i * 7919 + seed * 104_729) % 1013) as f32 / 506.0 - 1.0;
            let x = (0..(batch * in_channels * height * width) as usize).map(value(1)).collect();
            let w = (0..(out_channels * in_channels * 9) as usize).map(value(2)).collect();
            (Problem { batch, in_channels, out_channels, height, width, padding }, x, w)
        })
    }

    fn assert_close(values: &[f64], expected: &[f64], of: &str) {
        assert_eq!(values.len(), expected.len(), "{of}");
        for (value, expected) in values.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-11, "{of}: {value} against {expected}");
        }
    }

    /// Each output by its formula alone, without what makes it quick.
    #[test]
    fn direct_convolution_is_its_formula() {
        for (problem, x, w) in problems() {
            let Problem { in_channels, out_channels, height, width, padding, .. } = problem;
            let (rows, columns) = (problem.out_height().unwrap(), problem.out_width().unwrap());
            let input = |b: u32, c: u32, row: u32, column: u32| {
                let (row, column) = (row.wrapping_sub(padding), column.wrapping_sub(padding));
                if row >= height || column >= width {
                    return 0.0;
                }
                f64::from(x[(((b * in_channels + c) * height + row) * width + column) as usize])
            };
            let output = |index: u32| {
                let (b, k) =
                    (index / (out_channels * rows * columns), index / (rows * columns) % out_channels);
                let (i, j) = (index / columns % rows, index % columns);
                let taps = (0..in_channels * 9).map(|tap| (tap / 9, tap / 3 % 3, tap % 3));
                let products = taps.map(|(c, r, s)| {
                    f64::from(w[(((k * in_channels + c) * 3 + r) * 3 + s) as usize])
                        * input(b, c, i + r, j + s)
                });
                products.sum::<f64>()
            };
            let expected: Vec<f64> = (0..problem.batch * out_channels * rows * columns).map(output).collect();
            assert_close(&direct(&problem, &x, &w), &expected, &format!("{problem:?}"));
        }
    }

    /// What one pass leaves is G g, and G over its rows is GHAT.
    #[test]
    fn the_second_pass_completes_the_first() {
        for (problem, _, w) in problems() {
            let g = to_f64(&Transforms::cook_toom(4, &integer_points(5)).g);
            let identity = Matrix::from_fn(3, 3, |row, column| f64::from(row == column));
            let whole = filter_transform(&problem, [&g, &g], &w);
            let passed = filter_transform(&problem, [&g, &identity], &w);
            let plane = (problem.in_channels * problem.out_channels) as usize;
            let completed: Vec<f64> = (0..g.rows() * g.rows())
                .flat_map(|position| (0..plane).map(move |index| (position / 6, position % 6, index)))
                .map(|(i, j, index)| (0..3).map(|s| g[(j, s)] * passed[(i * 3 + s) * plane + index]).sum())
                .collect();
            assert_close(&completed, &whole, &format!("{problem:?}"));
        }
    }

    /// The four phases in f64 are direct convolution, on awkward shapes and every tile.
    #[test]
    fn the_phases_compose_to_direct_convolution() {
        for (problem, x, w) in problems() {
            let channels = problem.in_channels as usize;
            let expected = direct(&problem, &x, &w);
            for m in 2..=7 {
                let tiling = Tiling::new(&problem, m).unwrap();
                let transforms = Transforms::cook_toom(m as usize, &integer_points(m as usize + 1));
                let xhat = input_transform(&problem, &tiling, &to_f64(&transforms.bt), &x);
                let g = to_f64(&transforms.g);
                let ghat = filter_transform(&problem, [&g, &g], &w);
                let mhat = multiply_reduce(&problem, &tiling, [&xhat, &ghat], 0..channels);
                let y = output_transform(&problem, &tiling, &to_f64(&transforms.at), &mhat);
                assert_close(&y, &expected, &format!("{problem:?} m={m}"));
                let parts = [0..channels / 2, channels / 2..channels]
                    .map(|part| multiply_reduce(&problem, &tiling, [&xhat, &ghat], part));
                let sum: Vec<f64> = parts[0].iter().zip(&parts[1]).map(|(one, other)| one + other).collect();
                assert_close(&sum, &mhat, &format!("{problem:?} m={m} in parts"));
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
