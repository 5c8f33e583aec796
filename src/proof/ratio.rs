//! Ratios of times with their 95 % intervals: those that `winoscope compare` prints, so that what is proven is what is shipped.

use crate::measure::Summary;
use crate::results::Interval;
use crate::results::compare::{MISS, of_medians, of_samples};

/// The ratio of the median of `a` over that of `b`, or `None` of too few samples.
pub fn ratio(a: &[f64], b: &[f64]) -> Option<Interval> {
    let is_enough = [a, b].into_iter().all(|samples| Summary::of(samples).is_some());
    is_enough.then(|| of_samples(b, a, MISS))
}

/// The median.
pub fn median(samples: &[f64]) -> Option<Interval> {
    let summary = Summary::of(samples)?;
    Some(Interval { mid: summary.median, low: summary.ci_low, high: summary.ci_high })
}

/// The ratio of two independent positive figures.
pub fn divided(a: &Interval, b: &Interval) -> Interval {
    of_medians(b, a, MISS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_first_over_the_second() {
        let (twice, once) = ([2000.0, 2002.0, 1998.0].repeat(5), [1000.0, 1001.0, 999.0].repeat(5));
        let found = ratio(&twice, &once).unwrap();
        assert!(found.mid == 2.0 && found.contains(2.0) && !found.contains(1.0), "{found:?}");
        let found = divided(&median(&twice).unwrap(), &median(&once).unwrap());
        assert!(found.mid == 2.0 && found.contains(2.0) && !found.contains(1.0), "{found:?}");
        assert_eq!(ratio(&twice[..5], &once), None);
    }

    #[test]
    fn a_figure_that_may_be_nothing_leaves_the_ratio_open() {
        let none = Interval { mid: 1.0, low: -1.0, high: 3.0 };
        let found = divided(&none, &Interval { mid: 2.0, low: 1.9, high: 2.1 });
        assert!(found.low < 1e-9 && (1.4..1.6).contains(&found.high), "{found:?}");
    }
}
