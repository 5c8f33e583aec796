//! How a transform matrix is applied to a vector, step by step, and what that costs.

use super::{Matrix, Surd};

/// One term coefficient·input[column].
pub type Term = (usize, Surd);

/// One step of a matrix–vector product.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `out[row] = Σ terms`.
    Row {
        /// The row computed.
        row: usize,
        /// Its non-zero terms.
        terms: Vec<Term>,
    },
    /// Two rows that share the magnitude of every coefficient, as the rows of points a and −a do:
    /// `out[plus] = same + opposite`, `out[minus] = same − opposite`, each sum computed once.
    Pair {
        /// The row that gets the sum.
        plus: usize,
        /// The row that gets the difference.
        minus: usize,
        /// The terms with the same sign in both rows.
        same: Vec<Term>,
        /// The terms with opposite signs, as in row `plus`.
        opposite: Vec<Term>,
    },
}

/// The straight-line program for T·d.
pub fn program(matrix: &Matrix<Surd>) -> Vec<Step> {
    let mut taken = vec![false; matrix.rows()];
    let mut steps = Vec::new();
    for row in 0..matrix.rows() {
        if std::mem::replace(&mut taken[row], true) {
            continue;
        }
        match (row + 1..matrix.rows()).find(|&other| !taken[other] && mirrored(matrix, row, other)) {
            Some(minus) => {
                taken[minus] = true;
                let (same, opposite) =
                    terms(matrix.row(row)).partition(|&(column, c)| matrix[(minus, column)] == c);
                steps.push(Step::Pair { plus: row, minus, same, opposite });
            }
            None => steps.push(Step::Row { row, terms: terms(matrix.row(row)).collect() }),
        }
    }
    steps
}

/// Whether pairing two rows saves anything: equal magnitudes, some signs equal, some opposite.
fn mirrored(matrix: &Matrix<Surd>, a: usize, b: usize) -> bool {
    let pairs = || matrix.row(a).iter().zip(matrix.row(b)).filter(|(a, _)| **a != Surd::from(0));
    matrix.row(a).iter().zip(matrix.row(b)).all(|(a, b)| a == b || *a == -*b)
        && pairs().any(|(a, b)| a == b)
        && pairs().any(|(a, b)| *a == -*b)
}

/// The non-zero terms of one row.
pub fn terms(row: &[Surd]) -> impl Iterator<Item = Term> {
    row.iter().copied().enumerate().filter(|(_, c)| *c != Surd::from(0))
}

/// The non-zero terms of element (i, j) of T·D·Tᵀ: for each (u, v) the product T\[i\]\[u\]·T\[j\]\[v\].
pub fn kron_terms(matrix: &Matrix<Surd>, i: usize, j: usize) -> impl Iterator<Item = ((usize, usize), Surd)> {
    terms(matrix.row(i)).flat_map(move |(u, a)| terms(matrix.row(j)).map(move |(v, b)| ((u, v), a * b)))
}

/// Floating-point operations of a sum of terms: a multiplication for each coefficient but ±1, an addition
/// between terms.
pub fn sum_flops(coefficients: impl Iterator<Item = Surd>) -> u64 {
    let (mut multiplications, mut count) = (0, 0u64);
    for c in coefficients {
        multiplications += u64::from(c != Surd::from(1) && c != Surd::from(-1));
        count += 1;
    }
    multiplications + count.saturating_sub(1)
}

/// Floating-point operations of [`program`].
pub fn program_flops(matrix: &Matrix<Surd>) -> u64 {
    let of = |terms: &[Term]| sum_flops(terms.iter().map(|&(_, c)| c));
    program(matrix)
        .iter()
        .map(|step| match step {
            Step::Row { terms, .. } => of(terms),
            Step::Pair { same, opposite, .. } => of(same) + of(opposite) + 2,
        })
        .sum()
}

/// Floating-point operations of T·D·Tᵀ over one tile by two passes: the columns of D, then the rows of T·D.
pub fn separable_flops(matrix: &Matrix<Surd>) -> u64 {
    program_flops(matrix) * (matrix.columns() + matrix.rows()) as u64
}

/// Floating-point operations of T·D, the first of those passes, over one tile.
pub fn first_pass_flops(matrix: &Matrix<Surd>) -> u64 {
    program_flops(matrix) * matrix.columns() as u64
}

/// Floating-point operations of the second pass where each of its elements is made for itself: row j of T over row i of T·D.
pub fn second_pass_element_flops(matrix: &Matrix<Surd>) -> u64 {
    let of_rows: u64 = (0..matrix.rows()).map(|row| sum_flops(terms(matrix.row(row)).map(|(_, c)| c))).sum();
    of_rows * matrix.rows() as u64
}

/// Floating-point operations of every element of T·D·Tᵀ over one tile, each as one sum over its non-zero terms.
pub fn kron_flops(matrix: &Matrix<Surd>) -> u64 {
    let mut flops = 0;
    for i in 0..matrix.rows() {
        for j in 0..matrix.rows() {
            flops += sum_flops(kron_terms(matrix, i, j).map(|(_, c)| c));
        }
    }
    flops
}

/// Floating-point operations of every element of T·D·Tᵀ over one tile, each computed for itself in two passes:
/// row i of T over every column, then row j of T over what that gave.
pub fn separable_element_flops(matrix: &Matrix<Surd>) -> u64 {
    // The first pass is a row over each column, the second one once more over what that gave.
    second_pass_element_flops(matrix) * (matrix.columns() as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::winograd::{Rational, Transforms, integer_points};

    fn apply(matrix: &Matrix<Surd>, d: &[Surd]) -> Vec<Surd> {
        let sum = |terms: &[Term]| terms.iter().map(|&(u, c)| c * d[u]).sum::<Surd>();
        let mut out = vec![Surd::from(0); matrix.rows()];
        for step in program(matrix) {
            match step {
                Step::Row { row, terms } => out[row] = sum(&terms),
                Step::Pair { plus, minus, same, opposite } => {
                    out[plus] = sum(&same) + sum(&opposite);
                    out[minus] = sum(&same) - sum(&opposite);
                }
            }
        }
        out
    }

    #[test]
    fn the_program_is_the_product() {
        for m in 2..=7 {
            let transforms = Transforms::cook_toom(m, &integer_points(m + 1));
            for matrix in [&transforms.bt, &transforms.g, &transforms.at] {
                let d: Vec<Surd> =
                    (0..matrix.columns()).map(|u| Rational::new(3 * u as i128 - 4, 7).into()).collect();
                let expected: Vec<Surd> = (0..matrix.rows())
                    .map(|i| matrix.row(i).iter().zip(&d).map(|(&c, &d)| c * d).sum())
                    .collect();
                assert_eq!(apply(matrix, &d), expected, "m = {m}");
            }
        }
    }

    #[test]
    fn rows_of_opposite_points_are_paired_and_counted_once() {
        let bt = Transforms::cook_toom(4, &integer_points(5)).bt;
        let pairs = program(&bt).iter().filter(|step| matches!(step, Step::Pair { .. })).count();
        assert_eq!(pairs, 2);
        // Rows 0 and 5: 2 multiplications, 2 additions each. Rows 1 and 2: −4d₁ + d₃, −4d₂ + d₄, and two to join
        // them: 2 + 2 + 2. Rows 3 and 4: −2d₁ + 2d₃, −d₂ + d₄, and two: 3 + 1 + 2.
        assert_eq!(program_flops(&bt), 4 + 4 + 6 + 6);
    }

    #[test]
    fn two_passes_cost_what_both_do() {
        let g = Transforms::cook_toom(4, &integer_points(5)).g;
        // The second pass over six rows in place of three columns.
        assert_eq!(first_pass_flops(&g) * 3, separable_flops(&g));
        // Each row for itself: 1/4 d₀; −(d₀ ± d₁ + d₂)/6; d₀/24 ± d₁/12 + d₂/6; d₂.
        assert_eq!(second_pass_element_flops(&g), 6 * (1 + 5 + 5 + 5 + 5));
    }

    #[test]
    fn kron_costs_more_than_two_passes() {
        let bt = Transforms::cook_toom(4, &integer_points(5)).bt;
        assert!(kron_flops(&bt) > 2 * separable_flops(&bt));
        assert!(separable_element_flops(&bt) > separable_flops(&bt));
    }
}
