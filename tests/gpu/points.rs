//! The sets of interpolation points besides integer ones: every tile, evaluation and coefficient form against the f64
//! twins.

use crate::harness::{assert_right, problem};

#[test]
fn points_of_every_set() {
    let shape = problem([2, 3, 5, 9, 11, 1]);
    let algorithm = |points: &str, tile: u32| format!("[algorithm]\ntile = {tile}\npoints = \"{points}\"\n");
    let small = [("sqrt2", 2), ("sqrt2", 4), ("balanced", 4)].map(|(points, tile)| {
        format!(
            "{shape}{}[sweep]\n\"transforms.evaluation\" = [\"separable\", \"kron\"]\n\
             \"transforms.coefficients\" = [\"literal\", \"select\"]\n",
            algorithm(points, tile)
        )
    });
    // Not by literal kron, which keeps the software driver's compiler busy for minutes.
    let forms = [("separable", "literal"), ("separable", "select"), ("kron", "select")];
    let large = [("balanced", 5), ("sqrt2", 6), ("balanced", 7)].into_iter().flat_map(|(points, tile)| {
        forms.map(|(evaluation, coefficients)| {
            format!(
                "{shape}{}[transforms]\nevaluation = \"{evaluation}\"\ncoefficients = \"{coefficients}\"\n",
                algorithm(points, tile)
            )
        })
    });
    assert_right(small.into_iter().chain(large));
}
