//! Floating-point operations that each stage's formula asks for.

use crate::config::{Coefficients, Evaluation};
use crate::winograd::linear::{
    first_pass_flops, kron_flops, second_pass_element_flops, separable_element_flops, separable_flops,
};
use crate::winograd::{Matrix, Surd};

/// How the elements of a T·D·Tᵀ are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// The whole tile at once.
    Tile,
    /// Every element for itself.
    Element,
}

/// Operations of all elements of one tile's T·D·Tᵀ. Selection multiplies by the zeros too, since at run time it
/// does not know them; its comparisons are not floating-point operations and are not counted.
pub fn transform(matrix: &Matrix<Surd>, how: (Evaluation, Coefficients), sharing: Sharing) -> u64 {
    let (rows, columns) = (matrix.rows() as u64, matrix.columns() as u64);
    match (how, sharing) {
        ((Evaluation::Kron, Coefficients::Literal), _) => kron_flops(matrix),
        ((Evaluation::Kron, Coefficients::Select), _) => rows * rows * columns * columns * 3,
        ((Evaluation::Separable, Coefficients::Literal), Sharing::Tile) => separable_flops(matrix),
        ((Evaluation::Separable, Coefficients::Literal), Sharing::Element) => separable_element_flops(matrix),
        ((Evaluation::Separable, Coefficients::Select), Sharing::Tile) => {
            rows * columns * 2 * (columns + rows)
        }
        ((Evaluation::Separable, Coefficients::Select), Sharing::Element) => {
            rows * rows * columns * 2 * (columns + 1)
        }
    }
}

/// Operations of the first of a transform's two passes over one tile, T·D.
pub fn first_pass(matrix: &Matrix<Surd>, coefficients: Coefficients) -> u64 {
    match coefficients {
        Coefficients::Literal => first_pass_flops(matrix),
        Coefficients::Select => 2 * matrix.rows() as u64 * matrix.columns().pow(2) as u64,
    }
}

/// Operations of all elements of the second pass, each made for itself of a row of the first.
pub fn second_pass(matrix: &Matrix<Surd>, coefficients: Coefficients) -> u64 {
    match coefficients {
        Coefficients::Literal => second_pass_element_flops(matrix),
        Coefficients::Select => 2 * matrix.rows().pow(2) as u64 * matrix.columns() as u64,
    }
}

/// Operations of the m×m upper left elements of one tile's T·D·Tᵀ alone, each for itself.
pub fn partial(matrix: &Matrix<Surd>, m: usize, how: (Evaluation, Coefficients)) -> u64 {
    let part = Matrix::from_fn(m, matrix.columns(), |row, column| matrix[(row, column)]);
    transform(&part, how, Sharing::Element)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::winograd::{Transforms, integer_points};

    /// The two passes are the whole, but for what the second one shares between elements.
    #[test]
    fn passes_are_parts_of_a_transform() {
        let g = Transforms::cook_toom(4, &integer_points(5)).g;
        let whole = |coefficients| transform(&g, (Evaluation::Separable, coefficients), Sharing::Tile);
        let passes = |coefficients| first_pass(&g, coefficients) + second_pass(&g, coefficients);
        assert_eq!(passes(Coefficients::Select), whole(Coefficients::Select));
        assert!(passes(Coefficients::Literal) > whole(Coefficients::Literal));
    }
}
