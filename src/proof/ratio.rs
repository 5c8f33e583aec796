//! The ratio of two medians with its interval: what decides whether two things are told apart.

use crate::measure::Summary;
use crate::results::Interval;

/// The ratio of the median of `a` over that of `b`, with its 95 % interval, or `None` of too few samples.
///
/// A clock counts in steps, and many samples may be equal: a median is never taken to be known better than the smallest
/// step between any two of the samples.
pub fn ratio(a: &[f64], b: &[f64]) -> Option<Interval> {
    let step = step(a, b);
    Some(divided(&median(a, step)?, &median(b, step)?))
}

/// The median with its 95 % interval, widened by `step` on either side.
pub fn median(samples: &[f64], step: f64) -> Option<Interval> {
    let summary = Summary::of(samples)?;
    Some(Interval { mid: summary.median, low: summary.ci_low - step, high: summary.ci_high + step })
}

/// The ratio of two independent positive figures. Its interval is made of the distances of both figures from the ends of
/// their own intervals, on a logarithmic scale (the method of variance estimates recovery: G. Y. Zou and A. Donner,
/// *Statistics in Medicine* 27, 2008).
pub fn divided(a: &Interval, b: &Interval) -> Interval {
    let mid = a.mid / b.mid;
    let distance = |from: f64, to: f64| (to.max(f64::MIN_POSITIVE) / from.max(f64::MIN_POSITIVE)).ln();
    let below = distance(a.low, a.mid).hypot(distance(b.mid, b.high));
    let above = distance(a.mid, a.high).hypot(distance(b.low, b.mid));
    Interval { mid, low: mid * (-below).exp(), high: mid * above.exp() }
}

/// The smallest difference between two samples that differ, or 0.
fn step(a: &[f64], b: &[f64]) -> f64 {
    let mut all = [a, b].concat();
    all.sort_by(f64::total_cmp);
    let gaps = all.windows(2).map(|pair| pair[1] - pair[0]).filter(|&gap| gap > 0.0);
    gaps.min_by(f64::total_cmp).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// Times of about 1000, skewed as those of a device are, in steps of `step`.
    fn times(rng: &mut StdRng, count: usize, scale: f64, step: f64) -> Vec<f64> {
        let one = |rng: &mut StdRng| scale * (1000.0 - 5.0 * (1.0 - rng.random::<f64>()).ln());
        (0..count).map(|_| (one(rng) / step).round() * step).collect()
    }

    /// The share of 500 comparisons whose interval excludes 1.
    fn told_apart(count: usize, scale: f64, step: f64) -> f64 {
        let mut rng = StdRng::seed_from_u64(20_261_122);
        let told = (0..500).filter(|_| {
            let (a, b) = (times(&mut rng, count, scale, step), times(&mut rng, count, 1.0, step));
            !ratio(&a, &b).unwrap().contains(1.0)
        });
        told.count() as f64 / 500.0
    }

    #[test]
    fn equals_are_rarely_told_apart() {
        for count in [12, 30, 100] {
            for step in [1e-9, 4.0] {
                let alarms = told_apart(count, 1.0, step);
                assert!(alarms <= 0.055, "{count} samples in steps of {step}: {alarms}");
            }
        }
    }

    #[test]
    fn a_difference_is_told() {
        assert!(told_apart(30, 1.01, 1e-9) > 0.95);
    }

    #[test]
    fn equal_samples_are_known_no_better_than_the_clocks_step() {
        let (a, mut b) = (vec![1000.0; 30], vec![1032.0; 30]);
        b[7] = 1064.0;
        assert!(ratio(&a, &b).unwrap().contains(1.0));
        assert_eq!(ratio(&a, &a).unwrap(), Interval { mid: 1.0, low: 1.0, high: 1.0 });
        assert_eq!(ratio(&a[..5], &b), None);
    }
}
