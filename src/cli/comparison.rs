//! Experiments that are measured in turn and recorded as they end, or found in earlier results.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::exit::{ExitCode, Failure};
use super::experiments::plan;
use super::progress::{Progress, time};
use super::rows::{NO_TIMES, Rows};
use super::session::Session;
use crate::config::{Configuration, Experiment};
use crate::measure::{self, Engine, Event, Job, Measurement, Prepared, Stopped, Verdict, sample};
use crate::plan::convolution::References;
use crate::plan::{Limits, Plan};
use crate::results::{ResultFiles, Row, Status, timestamp_utc};

/// Experiments of one configuration on one device.
pub struct Comparison<'a> {
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
pub struct Ended {
    /// In the order of the experiments, whichever ended first.
    pub rows: Vec<Row>,
    /// What went wrong without ending the run.
    pub failures: Vec<Failure>,
    /// Where the rows are.
    pub path: PathBuf,
}

impl<'a> Comparison<'a> {
    /// Prepares to measure so many `experiments` of a configuration into the results called `file`.
    pub fn open(
        session: &'a Session<'_>,
        configuration: &'a Configuration,
        file: &str,
        experiments: usize,
    ) -> Result<Self, Failure> {
        let options = session.options;
        let (files, warnings) = ResultFiles::open(&options.results, file, session.existing())?;
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        let seed = options.seed.unwrap_or_else(|| rand::rng().random());
        let device = &session.opened.device;
        Ok(Self {
            engine: Engine::new(device, &session.compiler, &configuration.measure),
            rows: Rows {
                config: &configuration.name,
                settings: &configuration.measure,
                device,
                validated: options.validate,
                ceilings: session.ceilings.as_ref(),
                seed,
                timestamp: timestamp_utc(),
                settled: HashMap::new(),
            },
            files,
            references: References::new(seed),
            progress: Progress::new(experiments),
            interrupted: &session.interrupted,
            rng: StdRng::seed_from_u64(seed),
            order: Vec::new(),
            all: Vec::new(),
            failures: Vec::new(),
        })
    }

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
        if failure.code.is_final() {
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
