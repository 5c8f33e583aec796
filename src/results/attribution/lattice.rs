//! The mixtures of two experiments with their times, as rows and samples have them.

use crate::results::columns::{Row, Sample};
use crate::results::run::status_with_reason;
use crate::results::values::{Mode, Phase, Status};

/// A factor in which the two differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Its configuration key, or the name of its group.
    pub name: String,
    /// Its value in the first.
    pub from: String,
    /// Its value in the second.
    pub to: String,
}

/// One mixture.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// Its experiment's name.
    pub name: String,
    /// Its times in nanoseconds, all above zero and at least one; or why there are none, without a full stop.
    pub times: Result<Vec<f64>, String>,
    /// What it does.
    pub work: Work,
    /// What each phase that was timed on its own does, and its median in nanoseconds.
    pub phases: Vec<(Work, f64)>,
}

/// What is done: the same where the same kernels are launched in the same way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Work {
    /// The number of the launches; see [`Launches`].
    pub launches: usize,
    /// The hash of their SPIR-V, as the row has it.
    pub spirv_hash: String,
}

/// How a mixture's kernels are launched. Equal numbers stand for equal buffers, constants and workgroups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launches<'a> {
    /// The mixture's experiment.
    pub experiment: &'a str,
    /// All of them.
    pub total: usize,
    /// Those of each phase.
    pub phases: Vec<(Phase, usize)>,
}

/// The times of all mixtures of two experiments.
#[derive(Clone, Debug, PartialEq)]
pub struct Lattice {
    /// A row that speaks for all mixtures in what they share: problem, provenance.
    pub about: Row,
    /// The factors in which the two differ.
    pub factors: Vec<Factor>,
    /// 2ⁿ of them: in mixture `i`, factor `f` is changed where bit `f` of `i` is set.
    pub mixtures: Vec<Mixture>,
    /// In how many runs they were measured.
    pub runs: usize,
}

impl Lattice {
    /// Finds the times of mixtures among the rows and samples of their latest runs. `None` where there is no row of
    /// any.
    pub fn new(
        factors: Vec<Factor>,
        mixtures: &[Launches<'_>],
        mode: Mode,
        rows: &[Row],
        samples: &[Sample],
    ) -> Option<Self> {
        let total = |launches: &Launches<'_>| {
            let is_total = |row: &&Row| row.experiment == launches.experiment && row.phase == Phase::Total;
            let totals = || rows.iter().filter(is_total);
            // What could not be measured has one row, of whichever mode.
            totals().find(|row| row.mode == mode).or_else(|| totals().next())
        };
        let found: Vec<Option<&Row>> = mixtures.iter().map(total).collect();
        let about = found.iter().flatten().next()?;
        let mut runs: Vec<&str> = found
            .iter()
            .flatten()
            .filter(|row| row.status == Status::Ok)
            .map(|row| row.timestamp_utc.as_str())
            .collect();
        runs.sort_unstable();
        runs.dedup();
        let mixture = |(launches, row): (&Launches<'_>, &Option<&Row>)| Mixture {
            name: launches.experiment.to_owned(),
            times: row.map_or_else(|| Err("not measured".to_owned()), |row| times(row, mode, samples)),
            work: row.map_or_else(Work::default, |row| work(launches.total, row)),
            phases: phases(launches, rows),
        };
        Some(Self {
            about: Row { mode, ..(*about).clone() },
            factors,
            mixtures: mixtures.iter().zip(&found).map(mixture).collect(),
            runs: runs.len(),
        })
    }
}

fn work(launches: usize, row: &Row) -> Work {
    Work { launches, spirv_hash: row.spirv_hash.clone() }
}

/// The phases that were timed on their own.
fn phases(launches: &Launches<'_>, rows: &[Row]) -> Vec<(Work, f64)> {
    let timed = |&(phase, number): &(Phase, usize)| {
        let experiment = launches.experiment;
        let is_it =
            |row: &&Row| row.experiment == experiment && row.phase == phase && row.mode == Mode::Isolated;
        let row = rows.iter().find(is_it)?;
        Some((work(number, row), row.median_ns.filter(|&median| median > 0.0)?))
    };
    launches.phases.iter().filter_map(timed).collect()
}

/// The samples of a total's row.
fn times(row: &Row, mode: Mode, samples: &[Sample]) -> Result<Vec<f64>, String> {
    if row.status != Status::Ok {
        return Err(status_with_reason(row).replace(char::is_control, " "));
    }
    let times: Vec<f64> = samples
        .iter()
        .filter(|sample| {
            sample.experiment == row.experiment
                && sample.phase == Phase::Total
                && sample.mode == mode
                && sample.timestamp_utc == row.timestamp_utc
        })
        .map(|sample| sample.nanoseconds)
        .collect();
    if times.is_empty() {
        return Err("its samples are not in the samples file".to_owned());
    }
    if times.iter().any(|time| *time <= 0.0 || !time.is_finite()) {
        return Err("its clock gave times that are not above zero".to_owned());
    }
    Ok(times)
}
