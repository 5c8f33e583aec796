//! Experiments that are measured in turn and recorded as they end, or found in earlier results.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::exit::{ExitCode, Failure};
use super::experiments::plan;
use super::progress::{Progress, time};
use super::rows::Rows;
use super::session::Session;
use crate::config::{Clock, Configuration, Experiment};
use crate::measure::{
    self, Activity, DeviceMonitor, Engine, Event, Job, Ledger, Measurement, Mode, Prepared, RegionResult,
    Stopped, Verdict, Warning, sample,
};
use crate::plan::convolution::References;
use crate::plan::{Limits, Plan};
use crate::results::{KernelFact, KernelsFile, ResultFiles, Row, Status, timestamp_utc};
use crate::winograd::Problem;

/// Experiments of one configuration on one device.
pub struct Comparison<'a> {
    engine: Engine<'a>,
    rows: Rows<'a>,
    files: ResultFiles,
    /// Absent where the driver does not tell of its kernels.
    kernels: Option<KernelsFile>,
    /// What it told of the kernels of experiments that have not ended, by their names.
    facts: HashMap<String, Vec<KernelFact>>,
    references: References,
    /// The problem that they are of.
    referred: Option<Problem>,
    progress: Progress,
    interrupted: &'a AtomicBool,
    ledger: &'a Ledger,
    /// Experiments measured in this session.
    measured: &'a Cell<usize>,
    monitor: Option<&'a dyn DeviceMonitor>,
    rng: StdRng,
    /// The names of the experiments, as they were given.
    order: Vec<String>,
    /// The rows of every experiment, measured now or before.
    all: Vec<Row>,
    /// What went wrong without ending the run.
    failures: Vec<Failure>,
    /// Whether it was said that the device was still warming.
    is_warned: bool,
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
        let device = &session.opened.device;
        let (files, mut warnings) = ResultFiles::open(&options.results, file, session.existing())?;
        let kernels = if device.has_executable_properties() {
            let (kernels, of_kernels) = KernelsFile::open(&options.results, file, session.existing())?;
            warnings.extend(of_kernels);
            Some(kernels)
        } else {
            None
        };
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        let seed = options.seed.unwrap_or_else(|| rand::rng().random());
        Ok(Self {
            engine: Engine::new(device, &session.compiler, &configuration.measure)
                .booked_in(session.ledger.clone()),
            rows: Rows {
                config: &configuration.name,
                settings: &configuration.measure,
                device,
                glsl_hash: &session.glsl_hash,
                validated: options.validate,
                ceilings: session.ceilings.as_ref(),
                seed,
                timestamp: timestamp_utc(),
                order_seed: None,
                settled: HashMap::new(),
            },
            files,
            kernels,
            facts: HashMap::new(),
            references: References::new(seed),
            referred: None,
            progress: Progress::new(experiments),
            interrupted: &session.interrupted,
            ledger: &session.ledger,
            measured: &session.measured,
            monitor: session.opened.monitor(),
            rng: StdRng::seed_from_u64(seed),
            order: Vec::new(),
            all: Vec::new(),
            failures: Vec::new(),
            is_warned: false,
        })
    }

    /// Measures those of `experiments` that have no results yet, interleaved.
    pub fn measure(&mut self, experiments: &[&Experiment]) -> Result<(), Failure> {
        self.order.extend(experiments.iter().map(|experiment| experiment.name.clone()));
        let mut planned = Vec::new();
        for &experiment in experiments {
            self.check_interrupt()?;
            let plan = plan(experiment, &self.limits())?;
            self.rows.settle(experiment, &plan);
            planned.push((experiment, plan));
        }
        self.progress.now(format!("compiling {} experiments", planned.len()));
        self.engine.compile_ahead(planned.iter().map(|(_, plan)| plan), self.interrupted);
        let mut waiting = Vec::new();
        for (experiment, plan) in planned {
            self.check_interrupt()?;
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
            let problem = group[0].0.problem;
            if self.referred.replace(problem) != Some(problem) {
                // The twins of a problem are large, and this group has another.
                self.references = References::new(self.rows.seed);
            }
            self.interleave(group)?;
        }
        Ok(())
    }

    /// Measures more experiments than were announced when it was opened.
    pub fn measure_more(&mut self, experiments: &[&Experiment]) -> Result<(), Failure> {
        self.progress.expect(experiments.len());
        self.measure(experiments)
    }

    /// Refuses a plan that the device cannot run, with what it needs and what there is.
    pub fn check(&self, plan: &Plan) -> Result<(), measure::Error> {
        self.engine.check(plan)
    }

    /// The least time of an experiment's plan on this device, nanoseconds, where its ceilings are known.
    pub fn floor(&self, experiment: &Experiment, plan: &Plan) -> Option<f64> {
        self.rows.floor(experiment, plan)
    }

    /// Where progress is shown.
    pub fn progress(&mut self) -> &mut Progress {
        &mut self.progress
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
        self.progress.now(format!("creating the pipelines of {} experiments", group.len()));
        self.engine.pipelines_ahead(group.iter().map(|(_, plan)| plan), self.interrupted);
        let mut prepared = Vec::new();
        for (experiment, plan) in group {
            self.check_interrupt()?;
            self.progress.now(format!("verifying {}", experiment.name));
            match self.prepare(experiment, plan.clone()) {
                Err(error) => self.failed(experiment, error)?,
                Ok(ready) => {
                    self.learn(experiment, &plan);
                    if ready.wrong().is_some() {
                        self.measured(experiment, &ready.finish(Stopped::TargetReached))?;
                    } else {
                        prepared.push(ready);
                    }
                }
            }
        }
        let settings = self.engine.settings();
        let interrupted = self.interrupted;
        let order_seed = self.rng.random();
        self.rows.order_seed = Some(order_seed);
        let mut rng = StdRng::seed_from_u64(order_seed);
        let outcome =
            sample(prepared, settings, &mut rng, interrupted, self.monitor, &mut |event| match event {
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
        let Experiment { name, clock, cache, stop_after, consume, .. } = experiment;
        let job = Job {
            name: name.clone(),
            plan,
            twin: Box::new(twin),
            clock: *clock,
            cache: *cache,
            // Those of a comparison share the problem, and the clocks are sampled apart.
            work: format!("{cache} {stop_after} {consume}"),
        };
        // By the host's clock the usual recordings are never timed, and nobody else would verify them.
        match job.clock {
            Clock::Device => self.engine.unverified(job),
            Clock::HostLazy => self.engine.prepare(job),
        }
    }

    /// Learns what the driver tells of the kernels of an experiment. They are measured even where it fails to tell.
    fn learn(&mut self, experiment: &Experiment, plan: &Plan) {
        self.progress.now(format!("asking the driver about the kernels of {}", experiment.name));
        match self.engine.kernel_facts(plan) {
            Ok(kernels) => {
                let facts = self.rows.facts(experiment, &kernels);
                self.facts.insert(experiment.name.clone(), facts);
            }
            Err(error) => {
                let warning =
                    format!("warning: {}: the driver tells nothing of its kernels: {error}", experiment.name);
                self.progress.line(&warning);
            }
        }
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
        let _writing = self.ledger.during(Activity::Writing);
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
        let _writing = self.ledger.during(Activity::Writing);
        self.measured.update(|measured| measured + 1);
        let (rows, samples) = self.rows.measured(experiment, measurement);
        if let (Some(kernels), Some(facts)) = (&mut self.kernels, self.facts.remove(&experiment.name)) {
            kernels.record(&facts)?;
        }
        self.files.record(&rows, &samples)?;
        let name = &experiment.name;
        let sampled: Vec<&RegionResult> =
            measurement.regions.iter().filter(|region| region.is_sampled).collect();
        // A row says itself why it has no times.
        let timeless = measurement.regions.iter().zip(&rows);
        let timeless = timeless.filter(|(region, _)| region.is_sampled && region.summary.is_none());
        let reason = timeless.map(|(_, row)| row.reason.as_str()).next();
        let (how, failure) = match (&measurement.verdict, reason) {
            (Verdict::Wrong(reason), _) => {
                (format!("wrong: {reason}"), Some((ExitCode::Wrong, reason.as_str())))
            }
            (Verdict::Right(_), Some(reason)) => (reason.to_owned(), Some((ExitCode::NoTimes, reason))),
            (Verdict::Right(stopped), None) => (ended(&sampled, *stopped), None),
        };
        self.progress.ended(name, &how);
        self.warn(name, &sampled);
        if let Some((code, reason)) = failure {
            self.failures.push(Failure::new(code, format!("{name}: {reason}")));
        }
        self.all.extend(rows);
        Ok(())
    }

    /// Says what may be wrong with an experiment's times: each kind of doubt once, and what is the device's own once in
    /// a run. The rows have them all.
    fn warn(&mut self, name: &str, sampled: &[&RegionResult]) {
        let mut kinds: Vec<(&Warning, Vec<&str>)> = Vec::new();
        for (region, warning) in
            sampled.iter().flat_map(|region| region.warnings.iter().map(move |warning| (region, warning)))
        {
            match kinds.iter_mut().find(|(known, _)| known.advice() == warning.advice()) {
                Some((_, phases)) => phases.push(&region.phase),
                None => kinds.push((warning, vec![&region.phase])),
            }
        }
        for (warning, phases) in kinds {
            let of = match warning {
                Warning::StillWarming(_) if std::mem::replace(&mut self.is_warned, true) => continue,
                Warning::StillWarming(_) => String::new(),
                _ => format!("{name}, {}: ", phases[0]),
            };
            let others = match phases.as_slice() {
                [_, others @ ..] if !others.is_empty() && !of.is_empty() => {
                    format!(" (and so on in {})", others.join(", "))
                }
                _ => String::new(),
            };
            self.progress.line(&format!("warning: {of}{warning}{others}; try {}", warning.advice()));
        }
    }
}

/// How sampling ended: with the total's time, or the phases' where the total is not sampled.
fn ended(sampled: &[&RegionResult], stopped: Stopped) -> String {
    let figures = |region: &RegionResult| {
        region.summary.map(|summary| format!("{} ± {:.1} %", time(summary.median), summary.rel_ci() * 100.0))
    };
    let figures = match sampled.iter().find(|region| region.mode != Mode::Isolated) {
        Some(total) => figures(total).unwrap_or_default(),
        None => {
            let phase = |region: &&RegionResult| Some(format!("{} {}", region.phase, figures(region)?));
            sampled.iter().filter_map(phase).collect::<Vec<_>>().join(", ")
        }
    };
    match stopped {
        Stopped::GaveUp => format!("{figures}, given up"),
        Stopped::TargetReached | Stopped::TimeUp => figures,
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
