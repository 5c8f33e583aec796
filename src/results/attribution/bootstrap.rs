//! Intervals of figures that are made of many medians, by resampling.

use rand::{Rng, RngExt};

use crate::results::interval::Interval;
use crate::results::median::median;

/// The share of resamples that an interval leaves out on either side: 2.5 %.
const TAIL: f64 = 0.025;

/// Figures of the medians of several sets of samples, each with the 95 % interval of its percentiles over
/// `resamples` resamples (B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap*, chapter 13). Every set is
/// resampled on its own. An empty set has the median 0.
pub(super) fn intervals(
    sets: &[&[f64]],
    figures: impl Fn(&[f64]) -> Vec<f64>,
    resamples: usize,
    rng: &mut impl Rng,
) -> Vec<Interval> {
    let mut scratch = Vec::new();
    let mut medians = |draw: &mut dyn FnMut(&[f64], &mut Vec<f64>)| -> Vec<f64> {
        let median = |set: &&[f64]| {
            scratch.clear();
            draw(set, &mut scratch);
            if scratch.is_empty() { 0.0 } else { median(&mut scratch) }
        };
        sets.iter().map(median).collect()
    };
    let mids = figures(&medians(&mut |set, scratch| scratch.extend_from_slice(set)));
    let mut replicates = vec![Vec::with_capacity(resamples); mids.len()];
    for _ in 0..resamples {
        let resampled = medians(&mut |set, scratch| {
            scratch.extend((0..set.len()).map(|_| set[rng.random_range(0..set.len())]));
        });
        for (values, figure) in replicates.iter_mut().zip(figures(&resampled)) {
            values.push(figure);
        }
    }
    let interval = |(mid, mut values): (f64, Vec<f64>)| {
        values.sort_by(f64::total_cmp);
        let last = resamples.saturating_sub(1);
        let low = (TAIL * last as f64).floor() as usize;
        let at = |rank: usize| values.get(rank).copied().unwrap_or(mid);
        // A median of few distinct samples may lie outside: the figure itself is always inside.
        Interval { mid, low: at(low).min(mid), high: at(last - low).max(mid) }
    };
    mids.into_iter().zip(replicates).map(interval).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn equal_samples_have_no_width() {
        let mut rng = StdRng::seed_from_u64(1);
        let found = intervals(&[&[2.0; 9], &[5.0; 4], &[]], |m| vec![m[1] - m[0], m[2]], 50, &mut rng);
        let exactly = |mid| Interval { mid, low: mid, high: mid };
        assert_eq!(found, [exactly(3.0), exactly(0.0)]);
    }
}
