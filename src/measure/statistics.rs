//! What a set of samples says: the median with a distribution-free confidence interval.

/// z of a 95 % two-sided interval of the normal distribution.
const Z95: f64 = 1.959_963_984_540_054;

/// The fewest samples whose range covers the median with 95 %: 1 − 2·½⁶ = 97 %.
pub(super) const MIN_FOR_INTERVAL: usize = 6;

/// A summary of samples, in the samples' unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many.
    pub samples: usize,
    /// The middle one, or the mean of the two middle ones.
    pub median: f64,
    /// Lower end of the 95 % confidence interval of the median.
    pub ci_low: f64,
    /// Upper end of the 95 % confidence interval of the median.
    pub ci_high: f64,
    /// The smallest.
    pub min: f64,
    /// The 95th percentile, the smallest sample that at least 95 % do not exceed.
    pub p95: f64,
}

impl Summary {
    /// Sums up `samples`, or `None` below six of them, where no 95 % interval exists.
    ///
    /// The interval lies between two order statistics whose ranks follow from the binomial distribution of how
    /// many samples fall below the median (W. J. Conover, *Practical Nonparametric Statistics*, section 3.2, with
    /// its normal approximation, rounded outwards). It assumes independent samples and nothing of their shape.
    pub fn of(samples: &[f64]) -> Option<Self> {
        let n = samples.len();
        if n < MIN_FOR_INTERVAL {
            return None;
        }
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let half = n as f64 / 2.0;
        let spread = Z95 * (n as f64).sqrt() / 2.0;
        // One-based ranks, rounded outwards.
        let low = ((half - spread).floor() as usize).max(1);
        let high = ((half + 1.0 + spread).ceil() as usize).min(n);
        let median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
        let p95 = sorted[(n * 95).div_ceil(100) - 1];
        Some(Self {
            samples: n,
            median,
            ci_low: sorted[low - 1],
            ci_high: sorted[high - 1],
            min: sorted[0],
            p95,
        })
    }

    /// Half the interval's width over the median: ± this share.
    pub fn rel_ci(&self) -> f64 {
        if self.median > 0.0 { (self.ci_high - self.ci_low) / 2.0 / self.median } else { f64::INFINITY }
    }
}

/// The median of `samples`, or `None` of none.
pub fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2)?;
    Some((sorted[(sorted.len() - 1) / 2] + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    #[test]
    fn a_known_set_is_summed_up_exactly() {
        let samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        let summary = Summary::of(&samples).unwrap();
        // Ranks ⌊50 − 9.8⌋ = 40 and ⌈51 + 9.8⌉ = 61.
        let expected =
            Summary { samples: 100, median: 50.5, ci_low: 40.0, ci_high: 61.0, min: 1.0, p95: 95.0 };
        assert_eq!(summary, expected);
        assert!((summary.rel_ci() - 10.5 / 50.5).abs() < 1e-12);
    }

    /// Of n independent samples, the l-th to the h-th smallest hold the median if l to h − 1 samples lie below it, of
    /// which the binomial distribution of n halves tells the probability. The interval must be no less likely than 95 %,
    /// and at most a rank wider on either side than the narrowest that is.
    #[test]
    fn ranks_are_the_exact_ones_of_the_binomial_or_the_next() {
        for n in 6..=400 {
            let mut terms = vec![0.5_f64.powi(n)];
            for below in 1..=n {
                terms.push(terms.last().unwrap() * f64::from(n - below + 1) / f64::from(below));
            }
            let held = |low: usize, high: usize| -> f64 { terms[low..high].iter().sum() };
            let samples: Vec<f64> = (1..=n).map(f64::from).collect();
            let summary = Summary::of(&samples).unwrap();
            let (low, high) = (summary.ci_low as usize, summary.ci_high as usize);
            assert_eq!(low + high, n as usize + 1, "n = {n}: both sides alike");
            assert!(held(low, high) >= 0.95, "n = {n}: {}", held(low, high));
            assert!(low + 2 >= high - 2 || held(low + 2, high - 2) < 0.95, "n = {n}: two ranks too wide");
        }
    }

    #[test]
    fn too_few_samples_have_no_interval() {
        assert_eq!(Summary::of(&[1.0; 5]), None);
        assert_eq!(Summary::of(&[1.0; 6]).map(|summary| summary.samples), Some(6));
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0]), Some(2.0));
    }

    #[test]
    fn one_outlier_moves_neither_the_median_nor_its_interval() {
        let mut samples = vec![10.0; 50];
        samples[7] = 1e9;
        let summary = Summary::of(&samples).unwrap();
        assert_eq!((summary.median, summary.ci_low, summary.ci_high), (10.0, 10.0, 10.0));
    }

    /// The interval must cover the true median of a skewed distribution in about 95 % of 2,000 trials, for few
    /// and for many samples.
    #[test]
    fn the_interval_covers_as_often_as_it_says() {
        let mut rng = StdRng::seed_from_u64(20_261_122);
        for n in [6, 11, 20, 75, 400] {
            let trials = 2_000;
            let mut covered = 0;
            for _ in 0..trials {
                // Exponential: median ln 2.
                let samples: Vec<f64> = (0..n).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
                let summary = Summary::of(&samples).unwrap();
                covered += usize::from((summary.ci_low..=summary.ci_high).contains(&std::f64::consts::LN_2));
            }
            let share = covered as f64 / f64::from(trials);
            assert!((0.94..=0.995).contains(&share), "n = {n}: covered {share}");
        }
    }
}
