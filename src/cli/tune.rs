//! `winoscope tune`: problem → rounds of candidates → measure → the quickest, as a configuration.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::arguments::TuneOptions;
use super::comparison::{Comparison, Ended};
use super::exit::{ExitCode, Failure};
use super::print;
use super::progress::time;
use super::rows::driver;
use super::session::Session;
use crate::config::tuned::Table;
use crate::config::{AlgorithmKind, Base, Configuration, Experiment, Tuned, write};
use crate::plan::{Limits, Plan};
use crate::results::compare::{Side, Ties};
use crate::results::{Phase, Row, read_samples_beside};
use crate::tune::{Bench, Found, Outcome, Search, Trial};

/// Times that differ by no more than this are the same.
const SAME_WITHIN: f64 = 0.01;

/// Searches for the quickest way to compute a problem.
pub fn run(options: &TuneOptions) -> Result<(), Failure> {
    let load = |tuned: &Tuned| Base::load(&options.problem, &options.overrides, tuned);
    // What is wrong with the file is told before a device is opened.
    load(&Tuned::default())?;
    let session = Session::open(&options.measuring)?.with_ceilings(options.floors.ceilings.as_deref())?;
    let device = &session.opened.device.info().name;
    let base = load(&Tuned::of_device(device))?;
    let table = options.table.as_deref().map(|path| Ok::<_, Failure>((path, Table::load(path, device)?)));
    let table = table.transpose()?;
    session.each(&[base], |session, base| {
        let configuration = Configuration {
            name: format!("tune_{}", base.name),
            experiments: Vec::new(),
            comparisons: Vec::new(),
            left_out: 0,
            measure: base.measure.clone(),
        };
        let comparison = Comparison::open(session, &configuration, &configuration.name, 0)?;
        let ends = options
            .seconds
            .and_then(|seconds| Instant::now().checked_add(Duration::try_from_secs_f64(seconds).ok()?));
        let mut bench = OnDevice { comparison, ends };
        let result = Search::new(base, &mut bench, options.max_rel_error).run();
        let Ended { rows, failures, path } = bench.comparison.end();
        eprintln!("results: {}", path.display());
        let found = result?;
        // What the device cannot run is no candidate.
        let mut failures: Vec<Failure> =
            failures.into_iter().filter(|f| !matches!(f.code, ExitCode::Exceeds | ExitCode::Size)).collect();
        let Some(winner) = found.winner() else {
            failures.push(nothing(&found, options.max_rel_error));
            return Failure::gravest(failures).map_or(Ok(()), Err);
        };
        print::line(summary(&found, winner, &rows, &path)?)?;
        let file = options.write.clone().unwrap_or_else(|| path.with_extension("toml"));
        save(&file, &as_configuration(base, &found, winner, session))?;
        eprintln!("winner: {}", file.display());
        if let Some((path, table)) = &table {
            let mut table = table.clone();
            table.put(&winner.experiment, winner.outcome.rel_error)?;
            save(path, &table.to_toml())?;
            eprintln!("table: {}", path.display());
        }
        Failure::gravest(failures).map_or(Ok(()), Err)
    })
}

/// The device as a search sees it.
struct OnDevice<'a> {
    comparison: Comparison<'a>,
    /// When no further round begins.
    ends: Option<Instant>,
}

impl Bench for OnDevice<'_> {
    type Error = Failure;

    fn limits(&self) -> Limits {
        self.comparison.limits()
    }

    fn check(&self, plan: &Plan) -> Result<(), String> {
        self.comparison.check(plan).map_err(|error| error.to_string())
    }

    fn floor(&self, experiment: &Experiment, plan: &Plan) -> Option<f64> {
        self.comparison.floor(experiment, plan)
    }

    fn measure(&mut self, experiments: &[&Experiment]) -> Result<Vec<Outcome>, Failure> {
        self.comparison.measure_more(experiments)?;
        let rows = self.comparison.rows();
        let outcome = |experiment: &&Experiment| {
            let total =
                rows.iter().rfind(|row| row.experiment == experiment.name && row.phase == Phase::Total);
            total.map_or(Outcome::default(), |row| Outcome {
                time_ns: row.median_ns,
                rel_error: row.rel_error,
            })
        };
        Ok(experiments.iter().map(outcome).collect())
    }

    fn is_out_of_time(&self) -> bool {
        self.ends.is_some_and(|ends| Instant::now() >= ends)
    }

    fn tell(&mut self, text: &str, best: Option<(&Experiment, Outcome)>) {
        let progress = self.comparison.progress();
        let Some((experiment, outcome)) = best else { return progress.line(text) };
        let best = named(experiment, outcome);
        progress.line(&format!("{text}; best so far: {best}"));
        progress.best(best);
    }
}

/// A candidate with its time and error.
fn named(experiment: &Experiment, outcome: Outcome) -> String {
    let error = outcome.rel_error.map_or(String::new(), |error| format!(", relative error {error:.2e}"));
    format!("{} {}{error}", experiment.variant, outcome.time_ns.map_or(String::new(), time))
}

/// What was found: who ties with the winner, who that is, and what the other algorithm takes.
fn summary(found: &Found, winner: &Trial, rows: &[Row], path: &Path) -> Result<String, Failure> {
    let is_finalist =
        |row: &&Row| found.finalists.iter().any(|trial| trial.experiment.name == row.experiment);
    let side = Side {
        name: path.display().to_string(),
        rows: rows.iter().filter(is_finalist).cloned().collect(),
        samples: read_samples_beside(path)?,
    };
    let ties = Ties::of(&side, &[Phase::Total], SAME_WITHIN);
    let mut text = if ties.is_empty() { String::new() } else { ties.render() + "\n" };
    text += &format!(
        "the quickest of {} candidates: {}",
        found.measured,
        named(&winner.experiment, winner.outcome)
    );
    if let Some(other) = found.other_algorithm()
        && let (Some(least), Some(most)) = (winner.outcome.time_ns, other.outcome.time_ns)
    {
        let algorithm = match other.experiment.algorithm {
            AlgorithmKind::Direct => "direct convolution",
            AlgorithmKind::Winograd => "Winograd",
        };
        text += &format!(
            "\n{algorithm} at its quickest: {}, {:.2} times as long",
            named(&other.experiment, other.outcome),
            most / least
        );
    }
    Ok(text)
}

/// Why nothing has won.
fn nothing(found: &Found, max_rel_error: Option<f64>) -> Failure {
    match (max_rel_error, found.least_error) {
        (Some(bound), Some(least)) if least > bound => Failure::new(
            ExitCode::Inaccurate,
            format!(
                "none of {} candidates has a relative error of at most {bound:e}; the most accurate has {least:.2e}; \
                 choose a larger --max-rel-error, or leave more open",
                found.measured
            ),
        ),
        _ => Failure::new(
            ExitCode::NoTimes,
            format!("none of {} candidates has a time; their rows say why", found.measured),
        ),
    }
}

/// The winner as a configuration.
fn as_configuration(base: &Base, found: &Found, winner: &Trial, session: &Session<'_>) -> String {
    let device = &session.opened.device;
    let comments = [
        format!(
            "The quickest of {} candidates on {} ({}),",
            found.measured,
            device.info().name,
            driver(device, session.options.validate)
        ),
        format!("by `winoscope tune`: {}.", named(&winner.experiment, winner.outcome)),
    ];
    write::configuration(&format!("{}_tuned", base.name), &winner.experiment, &comments)
}

/// Writes a file; what the path leads to, such as a pipe, stays what it is.
fn save(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|cause| {
        let message = format!(
            "cannot write {}: {cause}; what was measured is kept, and the same command goes on from there",
            path.display()
        );
        Failure::new(ExitCode::NotWritable, message)
    })
}
