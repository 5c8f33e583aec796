//! Whether samples are of one thing: that they neither drift nor have two modes. Pure arithmetic.
//!
//! A median's interval assumes that samples are independent and alike. Either fault leaves it too narrow for what it
//! claims, and no number of samples mends that.

use super::statistics::{MIN_FOR_INTERVAL, Summary, median};

/// z of a one-sided test at 0.1 %.
const Z999: f64 = 3.090_232_306_167_813;

/// The share of samples at either end that the search for modes leaves out: outliers are no mode.
const TRIMMED: usize = 20;

/// The fewest samples in which two modes can be told: ten in each.
const MIN_FOR_MODES: usize = 20;

/// By how much the second half of `samples` takes longer than the first, as a share of the first (negative where it
/// takes less), or `None` where no drift is certain.
///
/// It is where the 95 % intervals of the halves' medians do not touch, which in steady samples happens about once in
/// two hundred series (M. E. Payton, M. H. Greenstone and N. Schenker, *Journal of Insect Science* 3:34, 2003). The
/// halves are of time, so that a jump and a slow climb are both seen; a drift that returns within the run is not.
pub(super) fn drift(samples: &[f64]) -> Option<f64> {
    if samples.len() < 2 * MIN_FOR_INTERVAL {
        return None;
    }
    let (first, second) = samples.split_at(samples.len() / 2);
    let (first, second) = (Summary::of(first)?, Summary::of(second)?);
    let is_apart = first.ci_high < second.ci_low || second.ci_high < first.ci_low;
    (is_apart && first.median > 0.0).then(|| second.median / first.median - 1.0)
}

/// Two values about which samples gather.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Modes {
    /// The median of the lower samples.
    pub low: f64,
    /// The median of the upper samples.
    pub high: f64,
    /// The share of all samples that are upper ones.
    pub high_share: f64,
}

/// The two modes of `samples`, or `None` where there is no more than one for certain.
///
/// The samples are cut in two where the variance within the parts is least (N. Otsu, *IEEE Transactions on Systems, Man,
/// and Cybernetics* 9:62–66, 1979). Between two points, a density with one mode is nowhere lower than at the lower of
/// them. So where the third of the way between the parts' medians that lies in the middle has at most half as many
/// samples as an equal stretch about either median, and by chance would have so few less than once in a thousand,
/// there are two. That assumes no shape of the modes, and an outlier or a long tail is none.
pub(super) fn modes(samples: &[f64]) -> Option<Modes> {
    if samples.len() < MIN_FOR_MODES {
        return None;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let trimmed = sorted.len() / TRIMMED;
    let inner = &sorted[trimmed..sorted.len() - trimmed];
    let (lower, upper) = inner.split_at(cut(inner));
    let (low, high) = (median(lower)?, median(upper)?);
    let third = (high - low) / 3.0;
    let about = |centre: f64| {
        let below = |bound: f64| inner.partition_point(|&sample| sample < bound);
        (below(centre + third / 2.0) - below(centre - third / 2.0)) as f64
    };
    let (peak, valley) = (about(low).min(about(high)), about(f64::midpoint(low, high)));
    let is_valley = 2.0 * valley <= peak && peak - valley > Z999 * (peak + valley).sqrt();
    is_valley.then(|| Modes { low, high, high_share: upper.len() as f64 / inner.len() as f64 })
}

/// Where sorted samples are cut so that the variance within the two parts is least, that is, between them most.
fn cut(sorted: &[f64]) -> usize {
    let total: f64 = sorted.iter().sum();
    let (mut below, mut best) = (0.0, (0.0, 1));
    for (index, sample) in sorted.iter().enumerate().take(sorted.len() - 1) {
        below += sample;
        let (lower, upper) = ((index + 1) as f64, (sorted.len() - index - 1) as f64);
        let apart = below / lower - (total - below) / upper;
        let between = lower * upper * apart * apart;
        if between > best.0 {
            best = (between, index + 1);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    const SERIES: usize = 1000;

    fn normal(rng: &mut StdRng) -> f64 {
        // Box and Muller (1958).
        let (radius, angle) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    /// Draws one sample.
    type Noise = fn(&mut StdRng) -> f64;

    /// Steady noise as times have it, and worse: about 100, of one mode each.
    const STEADY: [(&str, Noise); 5] = [
        ("normal", |rng| 100.0 + normal(rng)),
        ("uniform", |rng| 99.0 + 2.0 * rng.random::<f64>()),
        ("exponential tail", |rng| 100.0 - (1.0 - rng.random::<f64>()).ln()),
        ("log-normal", |rng| 90.0 + 10.0 * (0.5 * normal(rng)).exp()),
        ("outliers", |rng| if rng.random::<f64>() < 0.03 { 200.0 } else { 100.0 + normal(rng) }),
    ];

    /// The share of series of `n` samples for which `is_seen`.
    fn share(n: usize, sample: impl Fn(&mut StdRng, f64) -> f64, is_seen: impl Fn(&[f64]) -> bool) -> f64 {
        let mut rng = StdRng::seed_from_u64(20_261_122);
        let mut seen = 0;
        for _ in 0..SERIES {
            let series: Vec<f64> = (0..n).map(|index| sample(&mut rng, index as f64 / n as f64)).collect();
            seen += usize::from(is_seen(&series));
        }
        seen as f64 / SERIES as f64
    }

    #[test]
    fn steady_noise_is_rarely_called_unsteady() {
        for (name, noise) in STEADY {
            for n in [12, 20, 60, 400] {
                let drifting = share(n, |rng, _| noise(rng), |series| drift(series).is_some());
                assert!(drifting <= 0.015, "{name}, n = {n}: {drifting} drift");
                let bimodal = share(n, |rng, _| noise(rng), |series| modes(series).is_some());
                assert!(bimodal <= 0.01, "{name}, n = {n}: {bimodal} have two modes");
            }
        }
    }

    #[test]
    fn a_drift_is_found_and_told_by_its_size() {
        // The noise is 1 %, the climb 4 %, the jump 2 %.
        let climbing = |rng: &mut StdRng, time: f64| 100.0 + normal(rng) + 4.0 * time;
        let jumping = |rng: &mut StdRng, time: f64| 100.0 + normal(rng) + if time < 0.5 { 2.0 } else { 0.0 };
        assert!(
            share(60, climbing, |series| drift(series).is_some_and(|by| (0.0..0.05).contains(&by))) >= 0.95
        );
        assert!(
            share(60, jumping, |series| drift(series).is_some_and(|by| (-0.05..0.0).contains(&by))) >= 0.95
        );
        assert_eq!(drift(&[1.0; 11]), None, "too few");
        assert_eq!(drift(&[1.0; 100]), None, "no change at all");
    }

    #[test]
    fn two_modes_are_found_and_told_by_their_size() {
        // A third of the samples 8 % slower, the noise of each mode 1 %.
        let bimodal = |rng: &mut StdRng, _| {
            let slower = if rng.random::<f64>() < 1.0 / 3.0 { 8.0 } else { 0.0 };
            100.0 + normal(rng) + slower
        };
        let told = |series: &[f64]| {
            modes(series).is_some_and(|found| {
                (found.high - found.low - 8.0).abs() < 1.5 && (found.high_share - 1.0 / 3.0).abs() < 0.2
            })
        };
        let found = share(100, bimodal, told);
        assert!(found >= 0.95, "{found}");
        // And is not taken for a drift, as the modes come in no order.
        assert!(share(100, bimodal, |series| drift(series).is_some()) <= 0.03);
    }

    #[test]
    fn an_outlier_hides_no_mode_and_is_none() {
        let mut samples: Vec<f64> = (0..100).map(|index| if index % 2 == 0 { 10.0 } else { 12.0 }).collect();
        samples[50] = 1e9;
        let found = modes(&samples).expect("two modes");
        assert_eq!((found.low, found.high), (10.0, 12.0));
        let mut single = vec![10.0; 100];
        single[3] = 1e9;
        assert_eq!(modes(&single), None);
        assert_eq!(modes(&[1.0; 19]), None, "too few");
    }
}
