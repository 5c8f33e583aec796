//! The times that the explanations are judged by: totals of the experiments of `configs/hypothesis.toml`.

use crate::results::interval::{Interval, Time};
use crate::results::run::{Run, only};
use crate::results::seed_steps;
use crate::results::values::{Mode, Phase};

/// What the variants' names begin with, one for each form of the seed's explanation and each other explanation.
const PREFIXES: [&str; 4] = ["written", "compiled", "recompute", "clock"];
/// What follows it.
const SUFFIXES: [&[&str]; 4] = [
    &["none", "partial", "full"],
    &["none", "partial", "partial_inline", "full", "full_inline"],
    &["none", "xhat", "ghat", "both", "mhat"],
    &["new", "old"],
];

/// A ratio of two times, or why there is none, as a sentence without its full stop.
pub(super) type Ratio = Result<Interval, String>;

/// The seed's phases that are compared, as the prefixes that stop after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    /// The multiply-reduce is last.
    Three,
    /// The whole algorithm.
    Four,
}

impl Prefix {
    pub const BOTH: [Self; 2] = [Self::Three, Self::Four];

    fn stop_after(self) -> &'static str {
        match self {
            Self::Three => "mhat",
            Self::Four => "output",
        }
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Three => "phase 3",
            Self::Four => "phase 4",
        })
    }
}

/// Which experiment.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub variant: String,
    pub prefix: Prefix,
    /// Where MHAT is, where the variant does not say it.
    pub mhat: Option<&'static str>,
    pub mode: Mode,
}

impl Key {
    /// By the device's clock, of a variant that says where MHAT is.
    pub fn device(variant: &str, prefix: Prefix) -> Self {
        Self { variant: variant.to_owned(), prefix, mhat: None, mode: Mode::Pipelined }
    }
}

/// The experiments of one problem, with those that test an explanation among them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals<'r>(&'r [Run<'r>]);

impl<'r> Totals<'r> {
    /// `None` where no experiment tests an explanation.
    pub fn of(runs: &'r [Run<'r>]) -> Option<Self> {
        let is_ours = |run: &Run<'_>| {
            run.any().variant.split_once('_').is_some_and(|(prefix, suffix)| {
                PREFIXES
                    .iter()
                    .zip(SUFFIXES)
                    .any(|(known, suffixes)| *known == prefix && suffixes.contains(&suffix))
            })
        };
        runs.iter().any(is_ours).then_some(Self(runs))
    }

    /// The ratio of two totals by the same clock.
    pub fn ratio(&self, over: &Key, under: &Key) -> Ratio {
        seed_steps::ratio(&self.time(over), &self.time(under))
    }

    /// How many times each element of a buffer is evaluated, where the rows say so.
    pub fn evaluations(&self, key: &Key, buffer: &str) -> Option<f64> {
        let settled = &self.run(key).ok()?.any().settled;
        match buffer {
            "xhat" => settled.xhat_evaluations,
            "ghat" => settled.ghat_evaluations,
            _ => settled.mhat_evaluations,
        }
    }

    /// A total that is above its noise floor.
    fn time(&self, key: &Key) -> Result<Time, String> {
        let run = self.run(key)?;
        let time = run.time(Phase::Total, key.mode)?;
        match time.noise_above {
            None => Ok(time),
            Some(_) => Err(format!("the time of `{}` is not above its noise floor", run.any().experiment)),
        }
    }

    fn run(&self, key: &Key) -> Result<Run<'r>, String> {
        let Key { variant, prefix, mhat, mode } = key;
        let stop_after = prefix.stop_after();
        let is_placed = |placement: &str| mhat.is_none_or(|wanted| wanted == placement);
        let placed = mhat.map(|placement| format!(", mhat `{placement}`")).unwrap_or_default();
        let by_clock = if *mode == Mode::HostLazy { " by the host's clock" } else { "" };
        only(self.0, &format!("`{variant}` with stop_after `{stop_after}`{placed}{by_clock}"), |run| {
            let row = run.any();
            row.variant == *variant
                && row.stop_after == stop_after
                && is_placed(&row.mhat_placement)
                && run.is_by_host() == (*mode == Mode::HostLazy)
        })
    }
}
