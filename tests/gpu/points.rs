//! The interpolation points with √2: every tile, evaluation and coefficient form against the f64 twins.

use crate::harness::{assert_right, problem};

#[test]
fn points_with_root_two() {
    let shape = problem([2, 3, 5, 9, 11, 1]);
    let algorithm = |tile: u32| format!("[algorithm]\ntile = {tile}\npoints = \"sqrt2\"\n");
    let small = [2, 4].map(|tile| {
        format!(
            "{shape}{}[sweep]\n\"transforms.evaluation\" = [\"separable\", \"kron\"]\n\
             \"transforms.coefficients\" = [\"literal\", \"select\"]\n",
            algorithm(tile)
        )
    });
    // Not by literal kron, which keeps the software driver's compiler busy for minutes.
    let large = [("separable", "literal"), ("separable", "select"), ("kron", "select")].map(
        |(evaluation, coefficients)| {
            format!(
                "{shape}{}[transforms]\nevaluation = \"{evaluation}\"\ncoefficients = \"{coefficients}\"\n",
                algorithm(6)
            )
        },
    );
    assert_right(small.into_iter().chain(large));
}
