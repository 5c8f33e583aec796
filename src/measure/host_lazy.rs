//! The host's clock, as the seed's scripts used it: they submit without waiting and time the final read-back alone.
//!
//! Each sample makes every pipeline anew, as a framework that compiles what it has just scheduled does. For each phase
//! in order it creates the phase's pipelines, records the phase and submits it without waiting, so that the device
//! works on a phase while the host creates the next one's pipelines. Only then does the clock start: it covers the wait
//! for the last submission and the read-back of its product. What the device did behind the creation of a pipeline is
//! not in the time, and the last phase, behind which nothing is created, is in it whole. A phase's time by this clock
//! therefore depends on whether another follows: that is the slowdown which the protocol invents.
//!
//! The device is not kept busy between samples, as it was not in the seed's: its clocks may fall while the host
//! compiles, which is part of what this clock shows.

use std::time::{Duration, Instant};

use super::Conditions;
use super::engine::pipeline_description;
use super::outcome::{Measurement, Mode, RegionResult, Stopped};
use super::prepared::Prepared;
use super::region::{self, Extent};
use super::sampler::Subject;
use super::series::Series;
use super::statistics::median;
use crate::gpu::{self, CommandBuffer, Submission};
use crate::kernels::salted;

/// A job that is timed by the host's clock.
pub(super) struct HostLazy {
    job: Prepared,
    /// Each timed phase.
    phases: Vec<Extent>,
    /// All of them, as which they are reported.
    total: Extent,
    /// Nanoseconds by the clock, in the order taken.
    samples: Vec<f64>,
    /// Nanoseconds that creating pipelines took behind a running phase, one per sample.
    hiding: Vec<f64>,
}

impl HostLazy {
    /// A job that is verified already, phase by phase and in one recording; those recordings are let go.
    pub fn new(mut job: Prepared) -> Self {
        let mut phases = job.take_extents();
        let total = phases.pop().expect("the total is always a region");
        let total = Extent { mode: Mode::HostLazy, ..total };
        Self { job, phases, total, samples: Vec::new(), hiding: Vec::new() }
    }

    /// Runs the protocol once over poisoned buffers, untimed, and compares every buffer with its twin.
    ///
    /// # Errors
    /// If the device fails.
    pub fn verify(&mut self) -> gpu::Result<()> {
        self.job.start_over()?;
        self.run()?;
        self.job.compare(Mode::HostLazy)
    }

    fn run(&mut self) -> gpu::Result<Timing> {
        let count = self.phases.len();
        let (job, phases) = (&mut self.job, self.phases.as_slice());
        let (recordings, pending) = (Vec::new(), Vec::new());
        protocol(&mut Queue { job, phases, recordings, pending, origin: Instant::now() }, count)
    }
}

impl Subject for HostLazy {
    fn job(&self) -> &Prepared {
        &self.job
    }

    fn sample(&mut self) -> gpu::Result<()> {
        let Timing { clock, hiding } = self.run()?;
        self.samples.push(clock.as_nanos() as f64);
        self.hiding.push(hiding.as_nanos() as f64);
        Ok(())
    }

    fn series(&self) -> impl Iterator<Item = &[f64]> {
        std::iter::once(self.samples.as_slice())
    }

    fn total(&self) -> Option<&[f64]> {
        Some(&self.samples)
    }

    fn truncate(&mut self, lengths: &[usize]) {
        let length = lengths.first().copied().unwrap_or_default();
        self.samples.truncate(length);
        self.hiding.truncate(length);
    }

    fn finish(mut self, stopped: Stopped) -> Measurement {
        let verdict = self.job.verdict(stopped);
        let region = RegionResult {
            pipeline_cached_time: None,
            pipeline_time: median(&self.hiding).map(|hiding| Duration::from_nanos(hiding as u64)),
            ..self.job.result(self.total, Series { times: self.samples, discarded: 0 })
        };
        Measurement { regions: vec![region], verdict, conditions: Conditions::default() }
    }
}

/// What one run of the protocol took.
#[derive(Debug, PartialEq)]
struct Timing {
    /// By the clock: the wait for the last phase, and the read-back.
    clock: Duration,
    /// Creating the pipelines of every phase after the first, while an earlier one could run.
    hiding: Duration,
}

/// What the protocol acts on: a host with its clock, and a device with its queue.
trait Machine {
    /// Creates the pipelines of a phase; returns how long that took.
    fn create(&mut self, phase: usize) -> gpu::Result<Duration>;
    /// Records and submits a phase, after all phases before it, without waiting.
    fn submit(&mut self, phase: usize) -> gpu::Result<()>;
    /// Waits for the phase submitted last, and reads its product back.
    fn read_back(&mut self) -> gpu::Result<()>;
    /// The time by the host's clock.
    fn now(&self) -> Duration;
}

/// One run of the protocol over `phases` phases.
fn protocol(machine: &mut impl Machine, phases: usize) -> gpu::Result<Timing> {
    let mut hiding = Duration::ZERO;
    for phase in 0..phases {
        let creation = machine.create(phase)?;
        if phase > 0 {
            hiding += creation;
        }
        machine.submit(phase)?;
    }
    let start = machine.now();
    machine.read_back()?;
    let clock = machine.now() - start;
    Ok(Timing { clock, hiding })
}

/// The device's queue, and the host that feeds it.
struct Queue<'a> {
    job: &'a mut Prepared,
    phases: &'a [Extent],
    /// Kept until the clock has stopped: to let go of them takes time.
    recordings: Vec<CommandBuffer>,
    pending: Vec<Submission>,
    origin: Instant,
}

impl Machine for Queue<'_> {
    /// The pipelines are cold: past the cache of pipelines, of modules that no driver has seen.
    fn create(&mut self, phase: usize) -> gpu::Result<Duration> {
        let mut creation = Duration::ZERO;
        for &(index, _) in &self.phases[phase].dispatches {
            let (_, dispatch) =
                self.job.plan.dispatches().nth(index).expect("an extent names dispatches of its plan");
            let module = salted(&self.job.kernels.modules[index].words, rand::random());
            let pipeline = self.job.device.pipeline_uncached(&pipeline_description(dispatch, &module))?;
            creation += pipeline.creation_time();
            self.job.resources.dispatches[index].0 = pipeline;
        }
        Ok(creation)
    }

    fn submit(&mut self, phase: usize) -> gpu::Result<()> {
        let Prepared { name, device, plan, resources, .. } = &*self.job;
        let recording = region::record_untimed(device, name, plan, resources, &self.phases[phase])?;
        self.pending.push(device.submit_lazily(&[&recording])?);
        self.recordings.push(recording);
        Ok(())
    }

    fn read_back(&mut self) -> gpu::Result<()> {
        // What was submitted before the last has ended with it, and is waited for when dropped.
        if let Some(last) = self.pending.pop() {
            last.wait()?;
        }
        let product = self.phases.last().and_then(|phase| self.job.product(phase));
        if let Some(buffer) = product {
            self.job.device.download(&self.job.resources.buffers[buffer])?;
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine whose time passes as told: the device takes up a phase when it has been submitted and the phases
    /// before it have ended.
    struct Simulated<'a> {
        /// Of each phase, what its pipelines take to create and what it takes to run, in microseconds.
        phases: &'a [(u64, u64)],
        now: u64,
        device_free_at: u64,
        calls: Vec<String>,
    }

    /// What reading back takes, in microseconds.
    const READ_BACK: u64 = 7;

    impl Machine for Simulated<'_> {
        fn create(&mut self, phase: usize) -> gpu::Result<Duration> {
            self.calls.push(format!("create {phase}"));
            self.now += self.phases[phase].0;
            Ok(Duration::from_micros(self.phases[phase].0))
        }

        fn submit(&mut self, phase: usize) -> gpu::Result<()> {
            self.calls.push(format!("submit {phase}"));
            self.device_free_at = self.device_free_at.max(self.now) + self.phases[phase].1;
            Ok(())
        }

        fn read_back(&mut self) -> gpu::Result<()> {
            self.calls.push("read back".into());
            self.now = self.now.max(self.device_free_at) + READ_BACK;
            Ok(())
        }

        fn now(&self) -> Duration {
            Duration::from_micros(self.now)
        }
    }

    fn simulate(phases: &[(u64, u64)]) -> (Timing, Vec<String>) {
        let mut machine = Simulated { phases, now: 0, device_free_at: 0, calls: Vec::new() };
        let timing = protocol(&mut machine, phases.len()).unwrap();
        (timing, machine.calls)
    }

    fn timing(clock: u64, hiding: u64) -> Timing {
        Timing { clock: Duration::from_micros(clock), hiding: Duration::from_micros(hiding) }
    }

    #[test]
    fn a_phase_is_submitted_before_the_next_ones_pipelines_are_created() {
        let (_, calls) = simulate(&[(1, 1), (1, 1)]);
        assert_eq!(calls, ["create 0", "submit 0", "create 1", "submit 1", "read back"]);
    }

    #[test]
    fn a_single_phase_is_timed_whole_and_its_creation_is_not() {
        assert_eq!(simulate(&[(5_000, 300)]).0, timing(300 + READ_BACK, 0));
    }

    /// The seed's riddle: a multiply of 5 ms seems to take them only as long as nothing follows it.
    #[test]
    fn another_phase_makes_the_multiply_seem_to_vanish() {
        let (transform, multiply, output) = ((9_000, 100), (9_000, 5_000), (9_000, 100));
        assert_eq!(simulate(&[transform, multiply]).0, timing(5_000 + READ_BACK, 9_000));
        assert_eq!(simulate(&[transform, multiply, output]).0, timing(100 + READ_BACK, 18_000));
    }

    #[test]
    fn what_creation_is_too_short_to_hide_remains() {
        assert_eq!(simulate(&[(0, 1_000), (400, 50)]).0, timing(600 + 50 + READ_BACK, 400));
    }
}
