//! The named sets of finite interpolation points, infinity being the last point of each.
//!
//! Points in pairs of opposite sign give rows of the matrices that differ in signs alone, which halves the work.

use super::{Rational, Surd};

/// The most points of a set: those of F(7, 3).
const MOST: usize = 8;

/// The first `count` of 0, 1, −1, 2, −2, 1/2, −1/2, 1/4: small, which is what keeps the matrices' entries small.
///
/// # Panics
/// If `count` is over 8, which no tile with kernels asks for.
pub fn integer_points(count: usize) -> Vec<Surd> {
    zero_and_pairs(count, [Surd::from(1), Surd::from(2), fraction(1, 2), fraction(1, 4)])
}

/// The first `count` of 0, 1/√2, −1/√2, √2, −√2, 1, −1, 2: nearer to 1 in magnitude than [`integer_points`], so that
/// their powers, and with them the matrices' entries, spread less.
///
/// # Panics
/// If `count` is over 8, which no tile with kernels asks for.
pub fn sqrt2_points(count: usize) -> Vec<Surd> {
    zero_and_pairs(count, [Surd::from(1) / Surd::SQRT_2, Surd::SQRT_2, Surd::from(1), Surd::from(2)])
}

/// Pairs ±a, and 0 where `count` is odd, of small fractions a that make [`amplification`] least, to within 1 %, of the
/// fractions with denominators up to 6, or 5 where there are four pairs.
///
/// # Panics
/// If `count` is not from 3 to 8.
///
/// [`amplification`]: super::Transforms::amplification
pub fn balanced_points(count: usize) -> Vec<Surd> {
    let magnitudes: &[(i128, i128)] = match count {
        3 => &[(1, 1)],
        4 => &[(2, 5), (5, 4)],
        5 => &[(2, 3), (3, 2)],
        6 => &[(1, 4), (5, 6), (7, 4)],
        7 => &[(1, 2), (1, 1), (2, 1)],
        8 => &[(1, 4), (2, 3), (6, 5), (9, 4)],
        _ => panic!("no tile with kernels has {count} finite points"),
    };
    let zero = (count % 2 == 1).then(|| Surd::from(0));
    let pairs = magnitudes.iter().map(|&(numerator, denominator)| fraction(numerator, denominator));
    zero.into_iter().chain(pairs.flat_map(|a| [a, -a])).collect()
}

/// The first `count` of 0 and each magnitude with both signs.
fn zero_and_pairs(count: usize, [a, b, c, d]: [Surd; 4]) -> Vec<Surd> {
    let points: [Surd; MOST] = [Surd::from(0), a, -a, b, -b, c, -c, d];
    points[..count].to_vec()
}

fn fraction(numerator: i128, denominator: i128) -> Surd {
    Rational::new(numerator, denominator).into()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Every set.
    pub const SETS: [fn(usize) -> Vec<Surd>; 3] = [integer_points, sqrt2_points, balanced_points];

    #[test]
    fn points_of_a_set_are_as_many_as_asked_for_and_differ() {
        for (count, set) in (3..=MOST).flat_map(|count| SETS.map(|set| (count, set))) {
            let points = set(count);
            assert_eq!(points.len(), count);
            for (index, point) in points.iter().enumerate() {
                assert!(!points[..index].contains(point), "{point} twice in {points:?}");
            }
        }
    }
}
