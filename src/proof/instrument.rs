//! What a proof measures with: the engine and the sampler of every experiment, and how much effort may be spent.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::finding::Comparison;
use crate::config::{Cache, Clock, MeasureSettings};
use crate::gpu::{self, Device, Kind};
use crate::kernels::Compiler;
use crate::measure::{
    self, DeviceMonitor, Engine, Event, Job, Ledger, Measurement, Prepared, Verdict, sample,
};
use crate::plan::calibration::{Calibration, MAX_ROUNDS};

/// Work comes in multiples of so many rounds, so that a thousandth and a half of it is a whole number of them.
pub const GRAIN: u32 = 2000;

/// The most rounds of the work itself: the largest plan has twice as many.
const MOST_GRAINS: u32 = MAX_ROUNDS / 2 / GRAIN;

/// How a short comparison is measured: by work that is long enough for the clock as it is.
pub const SHORT: MeasureSettings = MeasureSettings {
    target_rel_ci: 0.001,
    max_seconds: 5.0,
    min_samples: 20,
    warmup_seconds: 0.0,
    min_region_us: 0.0,
    ..MeasureSettings::DEFAULT
};

/// How everything else is measured: warmed up first.
pub const LONG: MeasureSettings = MeasureSettings { warmup_seconds: 0.3, ..SHORT };

/// What all jobs of the proofs do.
const WORK: &str = "calibration";

/// Runs in a row by which a grain is timed.
const GRAINS_TIMED: u32 = 20;

/// How much is spent on the proofs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Comparisons of equals.
    pub comparisons: usize,
    /// The same with buffers of their own.
    pub own_buffers: usize,
    /// Seconds of sampling where a proof says so.
    pub seconds: f64,
    /// Runs by each of two clocks.
    pub trials: usize,
    /// The longest that a warm-up waits for times to fall no more, seconds.
    pub warmup_seconds: f64,
}

impl Effort {
    /// What proves something.
    pub const FULL: Self =
        Self { comparisons: 200, own_buffers: 50, seconds: 5.0, trials: 30, warmup_seconds: 0.5 };

    /// What tries the command out.
    pub const QUICK: Self =
        Self { comparisons: 6, own_buffers: 6, seconds: 0.02, trials: 6, warmup_seconds: 0.0 };
}

/// Why a proof could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// As any experiment.
    #[error(transparent)]
    Measure(#[from] measure::Error),
    /// The work came out wrong: no time of it means anything.
    #[error("{0}")]
    Wrong(String),
    /// The clock told nothing.
    #[error("the device's clock gave no times; update the driver or choose another device")]
    NoTimes,
}

impl From<gpu::Error> for Error {
    fn from(error: gpu::Error) -> Self {
        Self::Measure(error.into())
    }
}

/// An engine on one device, and what the proofs need besides.
pub struct Instrument<'a> {
    device: &'a Device,
    engine: Engine<'a>,
    interrupted: &'a AtomicBool,
    monitor: Option<&'a dyn DeviceMonitor>,
    rng: StdRng,
    effort: Effort,
}

impl<'a> Instrument<'a> {
    /// An instrument that has measured nothing yet; inputs and orders are drawn with `seed`.
    pub fn new(
        device: &'a Device,
        compiler: &'a Compiler,
        ledger: Ledger,
        interrupted: &'a AtomicBool,
        monitor: Option<&'a dyn DeviceMonitor>,
        seed: u64,
        effort: Effort,
    ) -> Self {
        let engine = Engine::new(device, compiler, &SHORT).booked_in(ledger);
        Self { device, engine, interrupted, monitor, rng: StdRng::seed_from_u64(seed), effort }
    }

    /// How much may be spent.
    pub fn effort(&self) -> Effort {
        self.effort
    }

    /// Invocations of the work: enough to fill a GPU some times over, few enough for a processor.
    pub fn elements(&self) -> u32 {
        if self.is_software() { 1 << 7 } else { 1 << 16 }
    }

    /// Whether the device is the host's processor, whose times are those of a busy machine.
    pub fn is_software(&self) -> bool {
        self.device.info().kind == Kind::Cpu
    }

    /// Whether kernels can read a clock of the device.
    pub fn has_kernel_clock(&self) -> bool {
        self.device.has_kernel_clock()
    }

    /// Stops where the user asked to.
    pub fn go_on(&self) -> Result<(), Error> {
        let interrupted = self.interrupted.load(Ordering::Relaxed);
        if interrupted { Err(measure::Error::Interrupted.into()) } else { Ok(()) }
    }

    /// Compiles, allocates and verifies work.
    pub fn prepare(&mut self, name: &str, calibration: &Calibration) -> Result<Prepared, Error> {
        self.go_on()?;
        let (plan, twin) = (calibration.plan(), Box::new(calibration.twin(self.rng.random())));
        let job = self.engine.prepare(Job {
            name: name.to_owned(),
            plan,
            twin,
            clock: Clock::Device,
            cache: Cache::Warm,
            work: WORK.to_owned(),
        })?;
        match job.wrong() {
            Some(wrong) => Err(Error::Wrong(format!("{name}: {wrong}"))),
            None => Ok(job),
        }
    }

    /// The rounds that last about so many nanoseconds on the warm device, a multiple of the grain.
    pub fn fitting(&mut self, nanoseconds: f64) -> Result<u32, Error> {
        let grain = self.prepare("fitting", &Calibration::of(self.elements(), GRAIN))?;
        let batch = grain.repeated(GRAINS_TIMED)?;
        let start = Instant::now();
        let mut time = batch.run()?;
        while start.elapsed().as_secs_f64() < self.effort.warmup_seconds {
            self.go_on()?;
            time = batch.run()?;
        }
        if !(time.is_finite() && time > 0.0) {
            return Err(Error::NoTimes);
        }
        let grains = nanoseconds * f64::from(GRAINS_TIMED) / time;
        Ok(GRAIN * (grains.round() as u32).clamp(1, MOST_GRAINS))
    }

    /// Samples jobs in turn, as every experiment is; by name.
    pub fn sample(
        &mut self,
        jobs: Vec<Prepared>,
        settings: &MeasureSettings,
    ) -> Result<HashMap<String, Measurement>, Error> {
        let warmup_seconds = settings.warmup_seconds.min(self.effort.warmup_seconds);
        let settings = &MeasureSettings { warmup_seconds, ..settings.clone() };
        let mut measured = HashMap::new();
        let on_event = &mut |event: Event<'_>| -> ControlFlow<()> {
            if let Event::Done { name, measurement } = event {
                measured.insert(name, measurement);
            }
            ControlFlow::Continue(())
        };
        let _finished = sample(jobs, settings, &mut self.rng, self.interrupted, self.monitor, on_event)?;
        for (name, measurement) in &measured {
            if let Verdict::Wrong(wrong) = &measurement.verdict {
                return Err(Error::Wrong(format!("{name}: {wrong}")));
            }
        }
        Ok(measured)
    }

    /// The samples of the jobs' totals, by name, in nanoseconds.
    pub fn totals(
        &mut self,
        jobs: Vec<Prepared>,
        settings: &MeasureSettings,
    ) -> Result<HashMap<String, Vec<f64>>, Error> {
        let total = |(name, mut measurement): (String, Measurement)| {
            measurement.regions.pop().map(|region| (name, region.samples)).ok_or(Error::NoTimes)
        };
        self.sample(jobs, settings)?.into_iter().map(total).collect()
    }

    /// The samples of works of so many rounds, by name, sampled in turn.
    pub fn sizes(
        &mut self,
        sizes: &[(String, u32)],
        settings: &MeasureSettings,
    ) -> Result<HashMap<String, Vec<f64>>, Error> {
        let elements = self.elements();
        let jobs = sizes.iter().map(|(name, rounds)| self.prepare(name, &Calibration::of(elements, *rounds)));
        let jobs = jobs.collect::<Result<_, Error>>()?;
        self.totals(jobs, settings)
    }

    /// So many comparisons.
    pub fn repeat(
        &mut self,
        count: usize,
        mut compare: impl FnMut(&mut Self) -> Result<Comparison, Error>,
    ) -> Result<Vec<Comparison>, Error> {
        (0..count).map(|_| compare(self)).collect()
    }
}
