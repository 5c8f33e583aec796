//! The transform matrices of F(m, 3), built exactly from their interpolation points.
//!
//! The construction is Cook–Toom interpolation at α − 1 finite points and infinity, transposed into a filtering
//! algorithm: S. Winograd, *Arithmetic Complexity of Computations* (SIAM, 1980), chapter III, in the form of
//! A. Lavin and S. Gray, *Fast Algorithms for Convolutional Neural Networks* (CVPR 2016), equation 12:
//! `y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A`.

use super::{FILTER, Matrix};

/// An exact rational number.
pub type Rational = num_rational::Ratio<i64>;

/// The three matrices of F(m, 3).
#[derive(Clone, Debug, PartialEq)]
pub struct Transforms {
    /// Bᵀ, α×α: the input transform V = Bᵀ d B.
    pub bt: Matrix<Rational>,
    /// G, α×3: the filter transform U = G g Gᵀ.
    pub g: Matrix<Rational>,
    /// Aᵀ, m×α: the output transform y = Aᵀ M A.
    pub at: Matrix<Rational>,
}

/// The first `count` of 0, 1, −1, 2, −2, 1/2, −1/2: small, in pairs of opposite sign, which is what keeps the
/// matrices' entries small.
///
/// # Panics
/// If `count` is over 7, which no tile of [`Transforms::cook_toom`] with kernels asks for.
pub fn integer_points(count: usize) -> Vec<Rational> {
    const POINTS: [(i64, i64); 7] = [(0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2)];
    POINTS[..count].iter().map(|&(numerator, denominator)| Rational::new(numerator, denominator)).collect()
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
    pub fn cook_toom(m: usize, points: &[Rational]) -> Self {
        let taps = FILTER as usize;
        let alpha = m + taps - 1;
        assert_eq!(points.len(), alpha - 1, "F({m}, {taps}) takes {} finite points", alpha - 1);
        let zero = Rational::from(0);
        let one = Rational::from(1);
        let infinity = alpha - 1;

        let others = |i: usize| points.iter().enumerate().filter(move |&(j, _)| j != i).map(|(_, &a)| a);
        let bt_rows: Vec<Vec<Rational>> = (0..alpha).map(|i| polynomial_with_roots(others(i))).collect();
        let bt = Matrix::from_fn(alpha, alpha, |i, u| bt_rows[i].get(u).copied().unwrap_or(zero));
        let g = Matrix::from_fn(alpha, taps, |i, k| {
            if i == infinity {
                return if k == taps - 1 { one } else { zero };
            }
            let scale: Rational = others(i).map(|a| points[i] - a).product();
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
}

/// Coefficients, constant first, of the monic polynomial with these roots.
fn polynomial_with_roots(roots: impl Iterator<Item = Rational>) -> Vec<Rational> {
    let mut coefficients = vec![Rational::from(1)];
    for root in roots {
        let shifted = std::iter::once(Rational::from(0)).chain(coefficients.iter().copied());
        let scaled = coefficients.iter().map(|c| c * root).chain(std::iter::once(Rational::from(0)));
        coefficients = shifted.zip(scaled).map(|(a, b)| a - b).collect();
    }
    coefficients
}

/// aᵏ, with 0⁰ = 1.
fn power(a: Rational, k: usize) -> Rational {
    std::iter::repeat_n(a, k).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[&[(i64, i64)]]) -> Matrix<Rational> {
        Matrix::from_fn(rows.len(), rows[0].len(), |i, j| Rational::new(rows[i][j].0, rows[i][j].1))
    }

    fn integers<const N: usize>(rows: &[[i64; N]]) -> Matrix<Rational> {
        Matrix::from_fn(rows.len(), N, |i, j| Rational::from(rows[i][j]))
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

    /// Σᵢ Aᵀ[o][i]·G[i][r]·Bᵀ[i][u] must be 1 where u = o + r and 0 elsewhere: correlation itself, exactly.
    #[test]
    fn every_tile_is_exactly_a_correlation() {
        for m in [2, 4, 6] {
            let Transforms { bt, g, at } = Transforms::cook_toom(m, &integer_points(m + 1));
            for o in 0..m {
                for r in 0..3 {
                    for u in 0..m + 2 {
                        let sum: Rational = (0..m + 2).map(|i| at[(o, i)] * g[(i, r)] * bt[(i, u)]).sum();
                        let expected = Rational::from(i64::from(u == o + r));
                        assert_eq!(sum, expected, "F({m}, 3) at output {o}, tap {r}, input {u}");
                    }
                }
            }
        }
    }
}
