//! The rows of the seed's table, found among the experiments: a baseline and four prefixes, NEW against OLD.

use super::interval::{Interval, Time};
use super::run::{Run, only};
use super::spread::kernel_spread;
use super::timestamp::order_key;
use super::values::{Mode, Phase};

/// A form of the investigation: the two variants that it compares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub title: &'static str,
    pub new: &'static str,
    pub old: &'static str,
}

impl Form {
    /// Whether any of `runs` is of one of its variants.
    pub fn is_among(&self, runs: &[Run<'_>]) -> bool {
        runs.iter().any(|run| [self.new, self.old].contains(&run.any().variant.as_str()))
    }
}

/// Both forms: what the seed's code says, and what its compiler made of it.
pub(super) const FORMS: [Form; 2] = [
    Form { title: "As written", new: "new", old: "old" },
    Form { title: "As compiled", new: "new_compiled", old: "old_compiled" },
];

/// A phase of the seed: its number, the operation it adds, and the prefix that stops after it.
pub(super) const PHASES: [(&str, &str, &str); 4] = [
    ("1", "XHAT only", "xhat"),
    ("2", "+ GHAT", "ghat"),
    ("3", "+ Multiply/Reduce", "mhat"),
    ("4", "+ Output transform", "output"),
];

/// One variant at one step: its run, or why there is none to use.
pub(super) type Side<'a> = Result<Run<'a>, String>;

/// One step: NEW's and OLD's run, their pipelined totals and the ratio of these.
#[derive(Clone, Debug)]
pub(super) struct Step<'a> {
    pub new: Side<'a>,
    pub old: Side<'a>,
    pub new_time: Result<Time, String>,
    pub old_time: Result<Time, String>,
    /// NEW/OLD.
    pub ratio: Result<Interval, String>,
}

impl Step<'_> {
    /// Which of the two times is not above its noise floor, as a sentence part.
    pub fn noise(&self) -> Option<String> {
        let below = |name: &str, time: &Result<Time, String>| {
            let time = time.as_ref().ok()?;
            let floor = time.noise_above?;
            Some(format!(
                "{name}'s {} is not above the noise floor of {}",
                super::format::nanoseconds(time.interval.mid),
                super::format::nanoseconds(floor)
            ))
        };
        let parts: Vec<String> =
            [below("NEW", &self.new_time), below("OLD", &self.old_time)].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}

/// The steps of one form.
#[derive(Clone, Debug)]
pub(super) struct Steps<'a> {
    /// The pipelined total of direct convolution.
    pub baseline: Result<Time, String>,
    /// In the order of [`PHASES`].
    pub phases: [Step<'a>; 4],
    /// By what share the same kernel differs between experiments, at most, in the phases besides the multiply.
    pub spread: Option<f64>,
}

impl<'a> Steps<'a> {
    /// Finds the steps among the runs of one problem.
    pub fn of(runs: &[Run<'a>], form: &Form) -> Self {
        Self {
            baseline: baseline(runs),
            phases: PHASES.map(|(_, _, stop_after)| step(runs, form, stop_after)),
            spread: kernel_spread(runs),
        }
    }

    /// Phase 3: the multiply-reduce is last.
    pub fn multiply(&self) -> &Step<'a> {
        &self.phases[2]
    }

    /// Phase 4: the whole algorithm.
    pub fn whole(&self) -> &Step<'a> {
        &self.phases[3]
    }
}

/// Direct convolution. Its factors do not depend on the prefix, so where a sweep measured it several times,
/// the last one stands for all.
fn baseline(runs: &[Run<'_>]) -> Result<Time, String> {
    runs.iter()
        .filter(|run| run.any().algorithm == "direct")
        .max_by_key(|run| order_key(&run.any().timestamp_utc))
        .ok_or_else(|| "no rows of direct convolution".to_owned())
        .and_then(total)
}

fn step<'a>(runs: &[Run<'a>], form: &Form, stop_after: &str) -> Step<'a> {
    let (new, old) = (side(runs, form.new, stop_after), side(runs, form.old, stop_after));
    let time = |side: &Side<'_>| side.as_ref().map_err(Clone::clone).and_then(total);
    let (new_time, old_time) = (time(&new), time(&old));
    let ratio = ratio(&new_time, &old_time);
    Step { new, old, new_time, old_time, ratio }
}

fn side<'a>(runs: &[Run<'a>], variant: &str, stop_after: &str) -> Side<'a> {
    only(runs, &format!("`{variant}` with stop_after `{stop_after}`"), |run| {
        run.any().variant == variant && run.any().stop_after == stop_after
    })
}

fn total(run: &Run<'_>) -> Result<Time, String> {
    run.time(Phase::Total, Mode::Pipelined)
}

/// The ratio of two times, or why there is none.
pub(super) fn ratio(over: &Result<Time, String>, under: &Result<Time, String>) -> Result<Interval, String> {
    match (over, under) {
        (Ok(over), Ok(under)) => Ok(over.interval.over(&under.interval)),
        (Err(one), Err(other)) if one != other => Err(format!("{one}; {other}")),
        (Err(error), _) | (_, Err(error)) => Err(error.clone()),
    }
}
