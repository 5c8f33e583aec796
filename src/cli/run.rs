//! `winoscope run`: config → plan → measure → results.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::arguments::{MeasuringOptions, RunOptions};
use super::exit::{ExitCode, Failure};
use super::experiments::{load, plan};
use super::open::{Opened, compiler};
use super::print;
use super::progress::{Progress, time};
use super::rows::{NO_TIMES, Rows};
use crate::config::{Configuration, Experiment};
use crate::kernels::Compiler;
use crate::measure::{self, Engine, Event, Job, Measurement, Prepared, Stopped, Verdict, sample};
use crate::plan::convolution::References;
use crate::plan::{Limits, Plan};
use crate::results::{Existing, ResultFiles, Row, Status, table, timestamp_utc};

/// Verifies, measures and records every experiment of every configuration.
pub fn run(options: &RunOptions) -> Result<(), Failure> {
    let configurations = load(&options.config)?;
    for configuration in &configurations {
        // A plan that cannot be made is told before anything is measured.
        configuration
            .experiments
            .iter()
            .try_for_each(|experiment| plan(experiment, &Limits::default()).map(drop))?;
    }
    Session::open(&options.measuring)?.each(&configurations, |session, configuration| {
        let experiments: Vec<&Experiment> = configuration.experiments.iter().collect();
        let mut comparison = session.compare(configuration, &configuration.name, experiments.len())?;
        let result = comparison.measure(&experiments);
        let Ended { rows, failures, path } = comparison.end();
        let printed = if rows.is_empty() { Ok(()) } else { print::line(table::run_summary(&rows)) };
        eprintln!("results: {}", path.display());
        result?;
        gravest(failures).map_or(printed, Err)
    })
}

/// The failure that names the exit code: a wrong output outranks whatever else went wrong, then the first.
pub(super) fn gravest(mut failures: Vec<Failure>) -> Option<Failure> {
    let wrong = failures.iter().position(|failure| failure.code == ExitCode::Wrong);
    (!failures.is_empty()).then(|| failures.swap_remove(wrong.unwrap_or(0)))
}

/// What a command that measures works with: a device, a compiler, and Ctrl-C.
pub(super) struct Session<'o> {
    options: &'o MeasuringOptions,
    opened: Opened,
    compiler: Compiler,
    interrupted: Arc<AtomicBool>,
}

impl<'o> Session<'o> {
    /// Opens the device that `options` name.
    pub fn open(options: &'o MeasuringOptions) -> Result<Self, Failure> {
        let interrupted = on_interrupt()?;
        let compiler = compiler(options)?;
        let opened = Opened::new(options)?;
        eprintln!("device: {} ({})", opened.device.info().name, opened.device.info().driver);
        Ok(Self { options, opened, compiler, interrupted })
    }

    /// Acts on every item, up to one that fails so that nothing more can be measured, and closes the device.
    pub fn each<T>(
        self,
        items: &[T],
        mut act: impl FnMut(&Self, &T) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut ended = Ok(());
        for item in items {
            let result = act(&self, item);
            let fatal = result.as_ref().is_err_and(|failure| is_final(failure.code));
            if let Err(failure) = result {
                // The first failure names the exit code; the others are told.
                if ended.is_ok() { ended = Err(failure) } else { eprintln!("error: {failure}") }
            }
            if fatal {
                break;
            }
        }
        let closed = self.opened.close();
        ended.and(closed)
    }

    /// What becomes of results that are there already.
    pub fn existing(&self) -> Existing {
        if self.options.fresh { Existing::SetAside } else { Existing::Resume }
    }

    /// Prepares to measure so many `experiments` of a configuration into the results called `file`.
    pub fn compare<'a>(
        &'a self,
        configuration: &'a Configuration,
        file: &str,
        experiments: usize,
    ) -> Result<Comparison<'a>, Failure> {
        let options = self.options;
        let (files, warnings) = ResultFiles::open(&options.results, file, self.existing())?;
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        let seed = options.seed.unwrap_or_else(|| rand::rng().random());
        let device = &self.opened.device;
        Ok(Comparison {
            engine: Engine::new(device, &self.compiler, &configuration.measure),
            rows: Rows {
                config: &configuration.name,
                settings: &configuration.measure,
                device,
                validated: options.validate,
                seed,
                timestamp: timestamp_utc(),
                settled: HashMap::new(),
            },
            files,
            references: References::new(seed),
            progress: Progress::new(experiments),
            interrupted: &self.interrupted,
            rng: StdRng::seed_from_u64(seed),
            order: Vec::new(),
            all: Vec::new(),
            failures: Vec::new(),
        })
    }
}

/// Whether nothing more can be measured or recorded after this.
fn is_final(code: ExitCode) -> bool {
    use ExitCode::{BadResults, DeviceLost, DiskFull, Interrupted, NotWritable};
    matches!(code, DeviceLost | Interrupted | NotWritable | DiskFull | BadResults)
}

/// A flag that Ctrl-C sets; a second Ctrl-C ends the program at once.
fn on_interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(ExitCode::Interrupted as u8));
        }
    })
    .map_err(|error| Failure::new(ExitCode::Driver, format!("Ctrl-C cannot be caught: {error}")))?;
    Ok(interrupted)
}

/// Experiments of one configuration on one device.
pub(super) struct Comparison<'a> {
    engine: Engine<'a>,
    rows: Rows<'a>,
    files: ResultFiles,
    references: References,
    progress: Progress,
    interrupted: &'a AtomicBool,
    rng: StdRng,
    /// The names of the experiments, as they were given.
    order: Vec<String>,
    /// The rows of every experiment, measured now or before.
    all: Vec<Row>,
    /// What went wrong without ending the run.
    failures: Vec<Failure>,
}

/// What a comparison has found.
pub(super) struct Ended {
    /// In the order of the experiments, whichever ended first.
    pub rows: Vec<Row>,
    /// What went wrong without ending the run.
    pub failures: Vec<Failure>,
    /// Where the rows are.
    pub path: PathBuf,
}

impl Comparison<'_> {
    /// Measures those of `experiments` that have no results yet, interleaved.
    pub fn measure(&mut self, experiments: &[&Experiment]) -> Result<(), Failure> {
        self.order.extend(experiments.iter().map(|experiment| experiment.name.clone()));
        let mut waiting = Vec::new();
        for &experiment in experiments {
            self.check_interrupt()?;
            let plan = plan(experiment, &self.limits())?;
            self.rows.settle(experiment, &plan);
            self.progress.now(format!("compiling {}", experiment.name));
            match self.engine.check(&plan).and_then(|()| self.engine.compile(&plan)) {
                Err(error) => self.failed(experiment, error)?,
                Ok(kernels) => {
                    let spirv_hash = kernels.hash(&plan.timed());
                    if !self.is_known(experiment, spirv_hash) {
                        waiting.push((experiment, plan));
                    }
                }
            }
        }
        let groups = groups(waiting, self.engine.free_memory() / 2);
        let mut problems: Vec<_> = groups.iter().map(|group| group[0].0.problem).collect();
        problems.dedup();
        if problems.len() < groups.len() {
            self.progress.line(
                "warning: the experiments of a problem do not fit into the device's memory together; they are measured \
                 in groups, and only those of a group in turn",
            );
        }
        for group in groups {
            self.interleave(group)?;
            // The twins of a problem are large, and the next group has another.
            self.references = References::new(self.rows.seed);
        }
        Ok(())
    }

    /// Records that an experiment cannot be run on any device.
    pub fn refuse(&mut self, experiment: &Experiment, reason: &str) -> Result<(), Failure> {
        self.order.push(experiment.name.clone());
        let row = self.rows.template(experiment);
        self.record(Row { status: Status::Unsupported, reason: reason.to_owned(), ..row })
    }

    /// What plans are made within.
    pub fn limits(&self) -> Limits {
        self.engine.workgroup_limits()
    }

    /// The rows so far.
    pub fn rows(&self) -> &[Row] {
        &self.all
    }

    /// The path of the samples.
    pub fn samples_path(&self) -> &Path {
        self.files.samples_path()
    }

    /// When the run began, as its rows say.
    pub fn timestamp(&self) -> &str {
        &self.rows.timestamp
    }

    /// Ends it, and the progress bar with it.
    pub fn end(self) -> Ended {
        let Self { mut all, failures, files, order, .. } = self;
        let places: HashMap<&str, usize> =
            order.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
        all.sort_by_key(|row| places.get(row.experiment.as_str()));
        Ended { rows: all, failures, path: files.rows_path().to_owned() }
    }

    /// Whether earlier results already hold this experiment; they are then used.
    fn is_known(&mut self, experiment: &Experiment, spirv_hash: String) -> bool {
        let template = Row { spirv_hash, ..self.rows.template(experiment) };
        let existing = self.files.existing();
        let known = existing.completed(&experiment.name, &template.device, |row| Rows::same(row, &template));
        let Some(known) = known else { return false };
        let known: Vec<Row> = known.into_iter().cloned().collect();
        self.all.extend(known);
        self.progress.ended(&experiment.name, "already measured");
        true
    }

    /// Measures experiments interleaved.
    fn interleave(&mut self, group: Vec<(&Experiment, Plan)>) -> Result<(), Failure> {
        let experiments: HashMap<&str, &Experiment> =
            group.iter().map(|&(experiment, _)| (experiment.name.as_str(), experiment)).collect();
        let mut prepared = Vec::new();
        for (experiment, plan) in group {
            self.check_interrupt()?;
            self.progress.now(format!("verifying {}", experiment.name));
            match self.prepare(experiment, plan) {
                Err(error) => self.failed(experiment, error)?,
                Ok(ready) if ready.wrong().is_some() => {
                    self.measured(experiment, &ready.finish(Stopped::TargetReached))?;
                }
                Ok(ready) => prepared.push(ready),
            }
        }
        let settings = self.engine.settings();
        let interrupted = self.interrupted;
        let mut rng = StdRng::seed_from_u64(self.rng.random());
        let outcome = sample(prepared, settings, &mut rng, interrupted, &mut |event| match event {
            Event::Sampled { name, samples, rel_ci, total } => {
                let total = total.map_or(String::new(), time);
                self.progress.now(format!("{name} {total} ± {:.1} %, {samples} samples", rel_ci * 100.0));
                ControlFlow::Continue(())
            }
            Event::Done { name, measurement } => match experiments.get(name.as_str()) {
                Some(experiment) => match self.measured(experiment, &measurement) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(failure) => ControlFlow::Break(failure),
                },
                None => ControlFlow::Continue(()),
            },
        });
        match outcome {
            Ok(ControlFlow::Continue(())) => Ok(()),
            Ok(ControlFlow::Break(failure)) => Err(failure),
            Err(measure::Error::Interrupted) => Err(measure::Error::Interrupted.into()),
            Err(error) => self.broken(&experiments, error),
        }
    }

    /// Records that sampling broke off for those `experiments` that have no rows yet.
    fn broken(
        &mut self,
        experiments: &HashMap<&str, &Experiment>,
        error: measure::Error,
    ) -> Result<(), Failure> {
        for (name, experiment) in experiments {
            if !self.all.iter().any(|row| row.experiment == *name) {
                self.record_failure(experiment, &error)?;
            }
        }
        self.note(Failure::from(error))
    }

    fn prepare(&mut self, experiment: &Experiment, plan: Plan) -> Result<Prepared, measure::Error> {
        let twin = self
            .references
            .twin(experiment, &plan)
            .map_err(|error| measure::Error::TooLarge(error.to_string()))?;
        let (name, clock) = (experiment.name.clone(), experiment.clock);
        self.engine.prepare(Job { name, plan, twin: Box::new(twin), clock })
    }

    fn check_interrupt(&self) -> Result<(), Failure> {
        if self.interrupted.load(Ordering::Relaxed) {
            Err(measure::Error::Interrupted.into())
        } else {
            Ok(())
        }
    }

    /// Whether earlier results already say that the device cannot run this.
    fn is_recorded(&self, row: &Row) -> bool {
        let same = |earlier: &Row| Rows::same(earlier, row) && earlier.reason == row.reason;
        row.status == Status::Unsupported
            && self.files.existing().completed(&row.experiment, &row.device, same).is_some()
    }

    /// Records what could not be measured, and goes on unless the device is gone.
    fn failed(&mut self, experiment: &Experiment, error: measure::Error) -> Result<(), Failure> {
        self.record_failure(experiment, &error)?;
        let failure = Failure::from(error);
        self.note(Failure { message: format!("{}: {failure}", experiment.name), ..failure })
    }

    fn record_failure(&mut self, experiment: &Experiment, error: &measure::Error) -> Result<(), Failure> {
        self.record(self.rows.failure(experiment, error))
    }

    /// Records the one row of an experiment without times.
    fn record(&mut self, row: Row) -> Result<(), Failure> {
        if !self.is_recorded(&row) {
            self.files.record(std::slice::from_ref(&row), &[])?;
        }
        self.progress.ended(&row.experiment, &format!("{}: {}", row.status, row.reason));
        self.all.push(row);
        Ok(())
    }

    /// Keeps a failure for the end of the run, or ends it at once where nothing more can be done.
    fn note(&mut self, failure: Failure) -> Result<(), Failure> {
        if is_final(failure.code) {
            return Err(failure);
        }
        self.failures.push(failure);
        Ok(())
    }

    fn measured(&mut self, experiment: &Experiment, measurement: &Measurement) -> Result<(), Failure> {
        let (rows, samples) = self.rows.measured(experiment, measurement);
        self.files.record(&rows, &samples)?;
        let name = &experiment.name;
        let total = measurement.regions.last().and_then(|region| region.summary);
        let (how, failure) = match (&measurement.verdict, total) {
            (Verdict::Wrong(reason), _) => {
                (format!("wrong: {reason}"), Some((ExitCode::Wrong, reason.as_str())))
            }
            (_, None) => (NO_TIMES.to_owned(), Some((ExitCode::NoTimes, NO_TIMES))),
            (_, Some(total)) => (format!("{} ± {:.1} %", time(total.median), total.rel_ci() * 100.0), None),
        };
        self.progress.ended(name, &how);
        if let Some((code, reason)) = failure {
            self.failures.push(Failure::new(code, format!("{name}: {reason}")));
        }
        self.all.extend(rows);
        Ok(())
    }
}

/// Splits experiments into comparisons: the same problem, and buffers that fit into `memory` bytes together.
fn groups(experiments: Vec<(&Experiment, Plan)>, memory: u64) -> Vec<Vec<(&Experiment, Plan)>> {
    let mut groups: Vec<(u64, Vec<(&Experiment, Plan)>)> = Vec::new();
    for (experiment, plan) in experiments {
        let bytes = plan.bytes();
        let fitting = groups.iter_mut().find(|(used, group)| {
            used.saturating_add(bytes) <= memory && group[0].0.problem == experiment.problem
        });
        match fitting {
            Some((used, group)) => {
                *used += bytes;
                group.push((experiment, plan));
            }
            None => groups.push((bytes, vec![(experiment, plan)])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
