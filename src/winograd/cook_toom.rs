//! The transform matrices of F(m, 3), built exactly from their interpolation points.
//!
//! The construction is Cook–Toom interpolation at α − 1 finite points and infinity, transposed into a filtering
//! algorithm: S. Winograd, *Arithmetic Complexity of Computations* (SIAM, 1980), chapter III, in the form of
//! A. Lavin and S. Gray, *Fast Algorithms for Convolutional Neural Networks* (CVPR 2016), equation 12:
//! `y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A`.

use super::{FILTER, Matrix, Surd};

/// The three matrices of F(m, 3).
#[derive(Clone, Debug, PartialEq)]
pub struct Transforms {
    /// Bᵀ, α×α: the input transform V = Bᵀ d B.
    pub bt: Matrix<Surd>,
    /// G, α×3: the filter transform U = G g Gᵀ.
    pub g: Matrix<Surd>,
    /// Aᵀ, m×α: the output transform y = Aᵀ M A.
    pub at: Matrix<Surd>,
}

impl Transforms {
    /// F(m, 3) from its m + 1 distinct finite points and infinity.
    ///
    /// With M(x) = ∏(x − aᵢ) and fᵢ = ∏_{j≠i}(aᵢ − aⱼ), row i of each matrix belongs to point aᵢ and the last
    /// row (column, of Aᵀ) to infinity:
    /// Bᵀ has the coefficients of M(x)/(x − aᵢ), and last of M(x); G has aᵢᵏ/fᵢ, and last (0, 0, 1); Aᵀ has
    /// aᵢᵏ in column i, and last (0, …, 0, 1)ᵀ.
    ///
    /// # Panics
    /// If there are not m + 1 points.
    pub fn cook_toom(m: usize, points: &[Surd]) -> Self {
        let taps = FILTER as usize;
        let alpha = m + taps - 1;
        assert_eq!(points.len(), alpha - 1, "F({m}, {taps}) takes {} finite points", alpha - 1);
        let zero = Surd::from(0);
        let one = Surd::from(1);
        let infinity = alpha - 1;

        let others = |i: usize| points.iter().enumerate().filter(move |&(j, _)| j != i).map(|(_, &a)| a);
        let bt_rows: Vec<Vec<Surd>> = (0..alpha).map(|i| polynomial_with_roots(others(i))).collect();
        let bt = Matrix::from_fn(alpha, alpha, |i, u| bt_rows[i].get(u).copied().unwrap_or(zero));
        let g = Matrix::from_fn(alpha, taps, |i, k| {
            if i == infinity {
                return if k == taps - 1 { one } else { zero };
            }
            let scale: Surd = others(i).map(|a| points[i] - a).product();
            power(points[i], k) / scale
        });
        let at = Matrix::from_fn(m, alpha, |k, i| {
            if i == infinity {
                return if k == m - 1 { one } else { zero };
            }
            power(points[i], k)
        });
        Self { bt, g, at }
    }

    /// How many times the relative error of MHAT the output has, for inputs and filters that are uncorrelated noise and
    /// errors that are in proportion to each position's magnitude and independent of one another.
    ///
    /// Position (i, j) of MHAT then has the variance βᵢγᵢβⱼγⱼ, βᵢ and γᵢ being Σ of the squares of row i of Bᵀ and of G;
    /// output k of an axis has Σᵢ Aᵀ\[k\]\[i\]²·βᵢγᵢ of it where the convolution itself has 3, and the two axes
    /// multiply: (1/m)·Σₖ Σᵢ Aᵀ\[k\]\[i\]²·βᵢγᵢ / 3 is the square root of both.
    pub fn amplification(&self) -> f64 {
        let Self { bt, g, at } = self;
        let squares = |row: &[Surd]| row.iter().map(|c| c.to_f64().powi(2)).sum::<f64>();
        let of_output = |k: usize| -> f64 {
            at.row(k)
                .iter()
                .enumerate()
                .map(|(i, a)| a.to_f64().powi(2) * squares(bt.row(i)) * squares(g.row(i)))
                .sum()
        };
        (0..at.rows()).map(of_output).sum::<f64>() / (at.rows() * g.columns()) as f64
    }
}

/// Coefficients, constant first, of the monic polynomial with these roots.
fn polynomial_with_roots(roots: impl Iterator<Item = Surd>) -> Vec<Surd> {
    let mut coefficients = vec![Surd::from(1)];
    for root in roots {
        let shifted = std::iter::once(Surd::from(0)).chain(coefficients.iter().copied());
        let scaled = coefficients.iter().map(|&c| c * root).chain(std::iter::once(Surd::from(0)));
        coefficients = shifted.zip(scaled).map(|(a, b)| a - b).collect();
    }
    coefficients
}

/// aᵏ, with 0⁰ = 1.
fn power(a: Surd, k: usize) -> Surd {
    std::iter::repeat_n(a, k).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::winograd::points::tests::SETS;
    use crate::winograd::{Rational, balanced_points, integer_points, sqrt2_points};

    fn matrix(rows: &[&[(i128, i128)]]) -> Matrix<Surd> {
        Matrix::from_fn(rows.len(), rows[0].len(), |i, j| Rational::new(rows[i][j].0, rows[i][j].1).into())
    }

    fn integers<const N: usize>(rows: &[[i64; N]]) -> Matrix<Surd> {
        Matrix::from_fn(rows.len(), N, |i, j| rows[i][j].into())
    }

    /// The matrices that the seed names winograd_G, winograd_Bt and winograd_At follow from 0, ±1, ±2.
    #[test]
    fn the_seeds_matrices_follow_from_its_points() {
        let transforms = Transforms::cook_toom(4, &integer_points(5));
        let bt = integers(&[
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ]);
        let at =
            integers(&[[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]);
        let g = matrix(&[
            &[(1, 4), (0, 1), (0, 1)],
            &[(-1, 6), (-1, 6), (-1, 6)],
            &[(-1, 6), (1, 6), (-1, 6)],
            &[(1, 24), (1, 12), (1, 6)],
            &[(1, 24), (-1, 12), (1, 6)],
            &[(0, 1), (0, 1), (1, 1)],
        ]);
        assert_eq!(transforms, Transforms { bt, g, at });
    }

    /// Worked out by hand from M(x) = x(x² − 1/2)(x² − 2) = x⁵ − 5/2·x³ + x; entries are (rational, factor of √2).
    #[test]
    fn the_matrices_of_the_points_with_root_two() {
        let pair = |rational: (i128, i128), radical: (i128, i128)| {
            Surd::from(Rational::new(rational.0, rational.1))
                + Surd::from(Rational::new(radical.0, radical.1)) * Surd::SQRT_2
        };
        let q = |numerator, denominator| pair((numerator, denominator), (0, 1));
        let s = |numerator, denominator| pair((0, 1), (numerator, denominator));
        let [o, i] = [q(0, 1), q(1, 1)];
        let of =
            |rows: &[&[Surd]]| Matrix::from_fn(rows.len(), rows[0].len(), |row, column| rows[row][column]);
        let bt = of(&[
            &[i, o, q(-5, 2), o, i, o],
            &[o, s(-1, 1), q(-2, 1), s(1, 2), i, o],
            &[o, s(1, 1), q(-2, 1), s(-1, 2), i, o],
            &[o, s(-1, 2), q(-1, 2), s(1, 1), i, o],
            &[o, s(1, 2), q(-1, 2), s(-1, 1), i, o],
            &[o, i, o, q(-5, 2), o, i],
        ]);
        let g = of(&[
            &[i, o, o],
            &[q(-2, 3), s(-1, 3), q(-1, 3)],
            &[q(-2, 3), s(1, 3), q(-1, 3)],
            &[q(1, 6), s(1, 6), q(1, 3)],
            &[q(1, 6), s(-1, 6), q(1, 3)],
            &[o, o, i],
        ]);
        let at = of(&[
            &[i, i, i, i, i, o],
            &[o, s(1, 2), s(-1, 2), s(1, 1), s(-1, 1), o],
            &[o, q(1, 2), q(1, 2), q(2, 1), q(2, 1), o],
            &[o, s(1, 4), s(-1, 4), s(2, 1), s(-2, 1), i],
        ]);
        assert_eq!(Transforms::cook_toom(4, &sqrt2_points(5)), Transforms { bt, g, at });
    }

    /// Σᵢ Aᵀ[o][i]·G[i][r]·Bᵀ[i][u] must be 1 where u = o + r and 0 elsewhere: correlation itself, exactly.
    #[test]
    fn every_tile_and_point_set_is_exactly_a_correlation() {
        for (m, points) in (2..=7).flat_map(|m| SETS.map(|set| (m, set(m + 1)))) {
            let Transforms { bt, g, at } = Transforms::cook_toom(m, &points);
            for o in 0..m {
                for r in 0..3 {
                    for u in 0..m + 2 {
                        let sum: Surd = (0..m + 2).map(|i| at[(o, i)] * g[(i, r)] * bt[(i, u)]).sum();
                        let expected = Surd::from(i64::from(u == o + r));
                        assert_eq!(sum, expected, "F({m}, 3) at {points:?}: output {o}, tap {r}, input {u}");
                    }
                }
            }
        }
    }

    /// By hand for F(2, 3) at 0, ±1: β = 2, 2, 2, 2; γ = 1, 3/4, 3/4, 1; (2 + 3/2 + 3/2) + (3/2 + 3/2 + 2) over 2·3.
    #[test]
    fn amplification_is_small_where_the_points_suit_the_tile() {
        let of = |m, points: fn(usize) -> Vec<Surd>| Transforms::cook_toom(m, &points(m + 1)).amplification();
        assert!((of(2, integer_points) - 10.0 / 6.0).abs() < 1e-12);
        assert!(of(4, sqrt2_points) < 0.5 * of(4, integer_points));
        assert!(of(6, sqrt2_points) > 3.0 * of(6, integer_points));
        for m in 2..=7 {
            let of = |points: fn(usize) -> Vec<Surd>| of(m, points) + 1e-12;
            assert!(of(balanced_points) <= of(integer_points).min(of(sqrt2_points)) + 2e-12, "F({m}, 3)");
        }
    }
}
