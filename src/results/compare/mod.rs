//! Comparison: which experiments are faster or slower in one results file than in another, and which of one file tie
//! with its fastest.
//!
//! What is said of a ratio is read from its [interval](of_samples) alone. With a margin of 1 %, *faster* and *slower* are
//! said where the whole interval lies beyond ±1 %, *same* where it lies within, and *unclear* where it reaches over an
//! end. So `same` is a finding, not the lack of one (two one-sided tests: D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15,
//! 1987), and a difference too small to matter is none however surely it is there. The margin has to hold what no
//! interval sees: two processes measure the same kernel up to half a percent apart.
//!
//! All intervals hold together with 95 %: each of m may miss with 5 % / m (C. E. Bonferroni; O. J. Dunn, J. Amer. Statist.
//! Assoc. 56, 1961). While they do, every verdict is true, its direction included, and what is shown is what was
//! judged. Holm's steps would decide a little more, but have no intervals to show and control the direction of
//! a difference only under assumptions; Benjamini and Hochberg's would let one alarm in twenty be false, and a
//! program that fails at each needs none to be. Fewer phases leave fewer comparisons and narrower intervals.

mod changes;
mod dependence;
mod normal;
mod pairs;
mod rank_sum;
mod ratio;
mod render;
#[cfg(test)]
mod tests;
mod ties;
mod timed;

pub use changes::{Change, Changes};
pub use ratio::{of_medians, of_samples};
pub use ties::Ties;

use super::columns::{Row, Sample};
use super::interval::Interval;
use timed::Timed;

/// How likely any of all intervals misses its ratio, at most.
pub const MISS: f64 = 0.05;

/// A results file with its raw samples.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is called in the tables.
    pub name: String,
    /// Its rows.
    pub rows: Vec<Row>,
    /// The samples beside it, as far as they are kept.
    pub samples: Vec<Sample>,
}

/// What is said of a time against another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Certainly slower, by more than the margin.
    Slower,
    /// Certainly faster, by more than the margin.
    Faster,
    /// The samples do not tell.
    Unclear,
    /// Certainly within the margin.
    Same,
}

impl Verdict {
    const ALL: [Self; 4] = [Self::Slower, Self::Faster, Self::Unclear, Self::Same];

    /// The verdict on a ratio with a margin of `same_within`, a share.
    fn of(ratio: &Interval, same_within: f64) -> Self {
        let (least, most) = (1.0 / (1.0 + same_within), 1.0 + same_within);
        match ratio {
            Interval { low, .. } if *low > most => Self::Slower,
            Interval { high, .. } if *high < least => Self::Faster,
            Interval { low, high, .. } if least <= *low && *high <= most => Self::Same,
            _ => Self::Unclear,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::Unclear => "unclear",
            Self::Same => "same",
        }
    }
}

/// The ratio of b's time over a's, whose interval misses with a probability of at most `miss`: from the samples where
/// both have theirs.
fn ratio(a: &Timed<'_>, b: &Timed<'_>, miss: f64) -> Interval {
    match (&a.samples, &b.samples) {
        (Some(a), Some(b)) => ratio::of_samples(a, b, miss),
        _ => ratio::of_medians(&a.time.interval, &b.time.interval, miss),
    }
}
