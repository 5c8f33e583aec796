//! What may be wrong with figures that are there, and what to try next.

use std::fmt;

use super::outcome::RegionResult;
use super::steadiness::{drift, modes};

/// From this share of the median on, the noise floor is too much of it.
const FLOOR_SHARE: f64 = 0.1;

/// A doubt about a region's figures. Shares are of 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Warning {
    /// The second half of the samples took longer than the first by this share, or less where it is negative.
    Drift(f64),
    /// Samples gather about two values.
    TwoModes {
        /// By how much the upper lies above the lower.
        apart: f64,
        /// How many of the samples are about the upper.
        upper: f64,
    },
    /// A region that runs once per sample takes little longer than an empty one.
    Short {
        /// The noise floor, of the median.
        floor: f64,
    },
    /// Samples that the clock could not tell.
    Discarded(u64),
    /// The device was still getting faster when warming up ended, after this many seconds.
    StillWarming(f64),
}

/// What there is to warn about in a region's samples, all differences up to `least` (a share) left out: they are within
/// the precision that was asked for.
pub(super) fn of(region: &RegionResult, least: f64) -> Vec<Warning> {
    let mut found = of_series(&region.samples, least);
    if let (Some(floor), Some(summary), 1) = (region.noise_floor, region.summary, region.repeats) {
        let share = floor / summary.median;
        if share >= FLOOR_SHARE {
            found.push(Warning::Short { floor: share });
        }
    }
    if region.discarded > 0 {
        found.push(Warning::Discarded(region.discarded));
    }
    found
}

/// The warnings about samples, in the order taken.
pub(super) fn of_series(samples: &[f64], least: f64) -> Vec<Warning> {
    let drift = drift(samples).filter(|by| by.abs() > least).map(Warning::Drift);
    let modes = modes(samples).map(|modes| (modes.high / modes.low - 1.0, modes.high_share));
    let modes = modes.filter(|&(apart, _)| apart > least);
    drift.into_iter().chain(modes.map(|(apart, upper)| Warning::TwoModes { apart, upper })).collect()
}

impl Warning {
    /// What to try next, as the end of the sentence "try …".
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Drift(_) => {
                "a larger measure.warmup_seconds, a rest beforehand where the device is hot, or its clocks locked by \
                 its own tool"
            }
            Self::TwoModes { .. } => {
                "again with nothing else on the device and with its clocks locked; if the modes stay, they are the \
                 kernel's, and the samples file shows them"
            }
            Self::Short { .. } => {
                "a larger problem, or with measure.cache = \"warm\" a measure.min_region_us above the region's time"
            }
            Self::Discarded(_) => "another driver version if they are many",
            Self::StillWarming(_) => "a larger measure.warmup_seconds, or nothing else on the device",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| share.abs() * 100.0;
        match *self {
            Self::Drift(by) => {
                let how = if by > 0.0 { "slower" } else { "faster" };
                write!(
                    f,
                    "drift: the second half of the samples is {:.1} % {how} than the first",
                    percent(by)
                )
            }
            Self::TwoModes { apart, upper } => write!(
                f,
                "two modes: {:.0} % of the samples gather {:.1} % above the others",
                percent(upper),
                percent(apart)
            ),
            Self::Short { floor } => {
                write!(
                    f,
                    "short: run once per sample, and the noise floor is {:.0} % of the median",
                    percent(floor)
                )
            }
            Self::Discarded(1) => {
                write!(f, "discarded: 1 sample, of which the clock told no time above zero")
            }
            Self::Discarded(count) => {
                write!(f, "discarded: {count} samples, of which the clock told no time above zero")
            }
            Self::StillWarming(seconds) => write!(
                f,
                "still warming: times still fell when warming up was ended after {seconds} s, so the clocks may not \
                 have been up"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_the_precision_asked_for_is_no_news() {
        let jump: Vec<f64> = (0..40).map(|index| if index < 20 { 100.0 } else { 101.0 }).collect();
        assert!(matches!(of_series(&jump, 0.005).as_slice(), [Warning::Drift(_), Warning::TwoModes { .. }]));
        assert_eq!(of_series(&jump, 0.02), []);
    }

    #[test]
    fn a_warning_is_a_sentence_that_says_what_to_try() {
        let drift = Warning::Drift(-0.031);
        assert_eq!(drift.to_string(), "drift: the second half of the samples is 3.1 % faster than the first");
        assert!(drift.advice().contains("measure.warmup_seconds"));
        let modes = Warning::TwoModes { apart: 0.25, upper: 0.4 };
        assert_eq!(modes.to_string(), "two modes: 40 % of the samples gather 25.0 % above the others");
    }
}
