//! Which problem is nearest to another, in what decides how it is computed best.

use crate::winograd::Problem;

/// What schedules depend on, as logarithms of base 2: C and K say how long and how high the products are, the outputs of
/// a filter how wide, and the side of an image how much of its last tiles overhangs.
#[derive(Clone, Copy, Debug)]
struct Features([f64; 4]);

impl Features {
    /// `None` where the problem has no output.
    fn of(problem: &Problem) -> Option<Self> {
        let pixels = f64::from(problem.out_height()?) * f64::from(problem.out_width()?);
        let features = [
            f64::from(problem.in_channels),
            f64::from(problem.out_channels),
            f64::from(problem.batch) * pixels,
            pixels.sqrt(),
        ];
        Some(Self(features.map(f64::log2)))
    }
}

/// How many doublings lead from one problem to the other: the sum over C, K, B·H'·W' and √(H'·W') of |log₂ of their
/// ratio|. `None` where either has no output.
pub fn distance(a: &Problem, b: &Problem) -> Option<f64> {
    let (Features(a), Features(b)) = (Features::of(a)?, Features::of(b)?);
    Some(a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: Problem =
        Problem { batch: 16, in_channels: 256, out_channels: 128, height: 56, width: 56, padding: 1 };

    #[test]
    fn each_doubling_counts_one() {
        let from_layer = |problem: Problem| distance(&LAYER, &problem).unwrap();
        assert_eq!(from_layer(LAYER), 0.0);
        assert_eq!(from_layer(Problem { in_channels: 128, ..LAYER }), 1.0);
        assert_eq!(from_layer(Problem { out_channels: 512, ..LAYER }), 2.0);
        assert_eq!(from_layer(Problem { batch: 8, ..LAYER }), 1.0);
        // As many pixels in fewer images: the sides alone differ.
        assert_eq!(from_layer(Problem { batch: 4, height: 112, width: 112, ..LAYER }), 1.0);
        assert_eq!(from_layer(Problem { height: 28, width: 28, ..LAYER }), 3.0);
        assert_eq!(distance(&LAYER, &Problem { height: 2, padding: 0, ..LAYER }), None);
    }
}
