//! The interval of the ratio of two times: of raw samples where they are kept, else of two medians' intervals.
//!
//! **From samples** it is the set of ratios r for which the Mann–Whitney test does not tell r·A from B: the distribution-free
//! interval of J. L. Hodges and E. L. Lehmann (*Estimates of location based on rank tests*, Ann. Math. Statist. 34,
//! 1963), its ends two of the ratios of all pairs. It assumes that the samples of B are distributed as those of A but
//! for a factor, and nothing of the distribution. A bootstrap of the medians was the other choice: with 20 samples
//! its percentiles are those of a handful of middle samples, and a comparison of hundreds needs tails that no
//! reasonable number of resamples has; the rank test's distribution is counted out instead. Where the distributions
//! differ in more than a factor, as where one of them has two modes, the ratio of the medians may lie outside the
//! interval, which is then widened to hold it. Neighbouring samples of one process are often alike; the ranks are
//! therefore those of as many samples as the series are [worth](super::dependence::effective). Tied samples make the
//! interval wider than it must be, never narrower; and since a clock that counts in steps may tie samples whose times
//! differ, the interval is widened by the smallest step that either series shows.
//!
//! **From medians** it is made in logarithms, the distances of both intervals' ends from their medians added like
//! standard deviations (G. Y. Zou and A. Donner, *Construction of confidence limits about effect measures*, Statist.
//! Med. 27, 2008). A level other than the rows' 95 % scales the distances as those of a normal distribution. It knows
//! nothing of correlated samples.
//!
//! Neither sees what is the same in all samples of a process, such as where its buffers lie.

use super::dependence::effective;
use super::normal::upper_quantile;
use super::rank_sum::critical;
use crate::results::interval::Interval;
use crate::results::median::median;

/// What the rows' own intervals may miss, on either side.
const ROWS_TAIL: f64 = 0.025;

/// The ratio of the medians of B over A, whose interval misses the truth with a probability of at most `miss`; without bounds
/// where there are too few samples to say so.
///
/// Samples are times above 0, in the order taken, at least one on either side.
pub fn of_samples(a: &[f64], b: &[f64], miss: f64) -> Interval {
    let mid = median(&mut b.to_vec()) / median(&mut a.to_vec());
    let sorted = |samples: &[f64]| {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted
    };
    let (worth_a, worth_b) = (effective(a), effective(b));
    let Some(c) = critical(worth_a, worth_b, miss / 2.0) else {
        return Interval { mid, low: 0.0, high: f64::INFINITY };
    };
    let (a, b) = (sorted(a), sorted(b));
    let step = step(&a).max(step(&b));
    let wider: f64 = [&a, &b].map(|sorted| 1.0 + step / median(&mut sorted.clone())).iter().product();
    let pairs = a.len() * b.len();
    // The same share of the pairs that there are as of those that they are worth.
    let rank = ((c + 1) * pairs / (worth_a * worth_b)).max(1);
    let low = ratio_at(&a, &b, rank) / wider;
    let high = ratio_at(&a, &b, pairs + 1 - rank) * wider;
    Interval { mid, low: low.min(mid), high: high.max(mid) }
}

/// The smallest difference between samples that differ, in ascending order; 0 where none do.
fn step(sorted: &[f64]) -> f64 {
    let gaps = sorted.windows(2).map(|pair| pair[1] - pair[0]).filter(|&gap| gap > 0.0);
    gaps.min_by(f64::total_cmp).unwrap_or(0.0)
}

/// The same from the medians with their 95 % intervals.
pub fn of_medians(a: &Interval, b: &Interval, miss: f64) -> Interval {
    let mid = b.mid / a.mid;
    let scale = upper_quantile(miss / 2.0) / upper_quantile(ROWS_TAIL);
    // An end may lie below 0 where a cost was taken off.
    let apart = |from: f64, to: f64| (to.max(f64::MIN_POSITIVE) / from.max(f64::MIN_POSITIVE)).ln();
    let distance = |first: f64, second: f64| scale * first.hypot(second);
    let below = distance(apart(b.low, b.mid), apart(a.mid, a.high));
    let above = distance(apart(b.mid, b.high), apart(a.low, a.mid));
    Interval { mid, low: mid * (-below).exp(), high: mid * above.exp() }
}

/// The `rank`-th smallest of the ratios of all pairs, from 1, of sets in ascending order.
///
/// Bisects over the bits of the ratio, which are in the order of their values, so that ties are met exactly.
fn ratio_at(a: &[f64], b: &[f64], rank: usize) -> f64 {
    let (mut low, mut high) = (0, f64::INFINITY.to_bits());
    while low < high {
        let middle = low + (high - low) / 2;
        if pairs_within(a, b, f64::from_bits(middle)) < rank {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    f64::from_bits(low)
}

/// How many pairs have a ratio b/a of at most `ratio`.
fn pairs_within(a: &[f64], b: &[f64], ratio: f64) -> usize {
    let mut within = 0;
    a.iter()
        .map(|a| {
            while within < b.len() && b[within] / a <= ratio {
                within += 1;
            }
            within
        })
        .sum()
}
