//! What a proof finds: a figure, what it should have been, and the verdict.

use crate::results::{Interval, Verdict};

/// One figure of a proof.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What the figure is of.
    pub case: String,
    /// The unit of the figure, empty for a ratio or a share.
    pub unit: &'static str,
    /// The figure, with its 95 % interval where it has one.
    pub value: Option<Interval>,
    /// What it should be.
    pub expected: Option<f64>,
    /// How far from that it may be, as a share of it.
    pub tolerance: Option<f64>,
    /// How many samples or comparisons it stands on.
    pub samples: u64,
    /// Whether it is what it should be.
    pub verdict: Verdict,
    /// What was compared with what, or why it was not.
    pub reason: String,
}

/// One comparison of equals.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The ratio of two medians.
    pub ratio: Interval,
    /// Samples on either side.
    pub samples: u64,
}

/// All that a proof finds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Its figures.
    pub findings: Vec<Finding>,
    /// The comparisons that a share was counted of.
    pub comparisons: Vec<Comparison>,
}

impl Outcome {
    /// Figures alone.
    pub fn of(findings: Vec<Finding>) -> Self {
        Self { findings, comparisons: Vec::new() }
    }
}

impl Finding {
    /// A figure that must agree with `expected`, within its own interval and `tolerance` together.
    pub fn judged(
        case: impl Into<String>,
        value: Interval,
        expected: f64,
        tolerance: f64,
        samples: usize,
        reason: impl Into<String>,
    ) -> Self {
        let allowed = tolerance * expected;
        let agrees = value.low - allowed <= expected && expected <= value.high + allowed;
        Self {
            expected: Some(expected),
            tolerance: Some(tolerance),
            verdict: if agrees { Verdict::Holds } else { Verdict::Fails },
            ..Self::stated(case, "", value, samples, reason)
        }
    }

    /// A figure that nothing was expected of.
    pub fn stated(
        case: impl Into<String>,
        unit: &'static str,
        value: Interval,
        samples: usize,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            case: case.into(),
            unit,
            value: Some(value),
            expected: None,
            tolerance: None,
            samples: samples as u64,
            verdict: Verdict::Stated,
            reason: reason.into(),
        }
    }

    /// A figure that this device cannot give.
    pub fn unsupported(case: impl Into<String>, reason: impl Into<String>) -> Self {
        let nothing = Interval { mid: 0.0, low: 0.0, high: 0.0 };
        Self { value: None, verdict: Verdict::Unsupported, ..Self::stated(case, "", nothing, 0, reason) }
    }

    /// The same, failed for another reason.
    pub fn fails(self, why: &str) -> Self {
        Self { verdict: Verdict::Fails, reason: format!("{}; {why}", self.reason), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(low: f64, high: f64, tolerance: f64) -> Verdict {
        let value = Interval { mid: (low + high) / 2.0, low, high };
        Finding::judged("x", value, 2.0, tolerance, 6, "").verdict
    }

    #[test]
    fn a_figure_fails_where_neither_its_interval_nor_the_tolerance_reaches_what_is_expected() {
        assert_eq!(verdict(1.9, 2.1, 0.0), Verdict::Holds);
        assert_eq!(verdict(2.01, 2.1, 0.0), Verdict::Fails);
        assert_eq!(verdict(2.01, 2.1, 0.01), Verdict::Holds);
        assert_eq!(verdict(1.5, 1.97, 0.01), Verdict::Fails);
        assert_eq!(verdict(1.5, f64::NAN, 0.01), Verdict::Fails);
    }
}
