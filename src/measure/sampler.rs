//! Samples several prepared jobs in turn until each is known well enough.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;

use super::engine::Error;
use super::host_lazy::HostLazy;
use super::ledger::{Activity, Ledger};
use super::monitor::{Conditions, DeviceMonitor, Watch};
use super::outcome::{Measurement, Stopped};
use super::prepare::Prepared;
use super::statistics::{MIN_FOR_INTERVAL, Summary, median};
use crate::config::{Clock, MeasureSettings};
use crate::gpu;

/// How far sampling has come.
pub enum Event<'a> {
    /// A job has been sampled once more.
    Sampled {
        /// Its name.
        name: &'a str,
        /// Its samples so far.
        samples: usize,
        /// The widest of its intervals, ± a share.
        rel_ci: f64,
        /// The median of its total, nanoseconds.
        total: Option<f64>,
    },
    /// A job is finished.
    Done {
        /// Its name.
        name: String,
        /// Its results.
        measurement: Measurement,
    },
}

/// A verified job that can be sampled over and over.
pub(super) trait Subject {
    /// The job.
    fn job(&self) -> &Prepared;

    /// Takes one sample of everything that is timed.
    ///
    /// # Errors
    /// If the device fails.
    fn sample(&mut self) -> gpu::Result<()>;

    /// The samples so far of each thing timed, in nanoseconds, the total last.
    fn series(&self) -> impl Iterator<Item = &[f64]>;

    /// Discards the samples of each thing timed beyond its length of `lengths`.
    fn truncate(&mut self, lengths: &[usize]);

    /// The results, sampling having ended as `stopped` says.
    fn finish(self, stopped: Stopped) -> Measurement;

    /// Samples so far of each thing timed.
    fn lengths(&self) -> Vec<usize> {
        self.series().map(<[f64]>::len).collect()
    }

    /// Samples taken so far.
    fn samples(&self) -> usize {
        self.series().map(<[f64]>::len).min().unwrap_or(0)
    }

    /// The widest of the intervals, as ± a share of the median; infinite before there is one.
    fn rel_ci(&self) -> f64 {
        let widths = self.series().map(|samples| Summary::of(samples).map(|summary| summary.rel_ci()));
        widths.map(|width| width.unwrap_or(f64::INFINITY)).fold(0.0, f64::max)
    }

    /// The median of the total so far, nanoseconds.
    fn total(&self) -> Option<f64> {
        self.series().last().and_then(median)
    }
}

struct Active<S> {
    subject: S,
    spent: Duration,
    /// The number of samples at which the interval is looked at next: looking costs a sort, so it is done at
    /// numbers that grow by a tenth.
    next_look: usize,
    /// How many samples of each thing timed are known to be good.
    good: Vec<usize>,
    /// Samples discarded because the device was throttling.
    throttled: usize,
}

/// A fall of the time by more than this share means that the clocks are still rising.
const STILL_FASTER: f64 = 0.02;

/// How long a submission keeps the device busy while it warms up, nanoseconds at the clocks that it starts with:
/// long against what the host needs between two.
const LOAD_NS: f64 = 10e6;

/// Warming up ends after this many times `warmup_seconds` even if times still fall, as those of a busy host do.
const WARMUP_LIMIT: f64 = 10.0;

/// Sampling a device that throttles is given up after this many times `max_seconds`.
const THROTTLE_PATIENCE: f64 = 2.0;

/// Who samples: how, in which order, and who is told.
struct Session<'a, R, B> {
    settings: &'a MeasureSettings,
    rng: &'a mut R,
    interrupted: &'a AtomicBool,
    monitor: Option<&'a dyn DeviceMonitor>,
    on_event: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<B>,
    ledger: Ledger,
}

/// Samples all `jobs`, one sample of each in turn, in an order drawn anew for every round so that drift falls on
/// all alike. A job is finished when all its intervals are narrower than the target or its time is up.
///
/// Those of the host's clock have rounds of their own, after those of the device's clock. Samples that were taken while
/// the device was throttling, as `monitor` says, are discarded.
///
/// # Errors
/// If the device fails, when `interrupted` is set, or when `on_event` breaks off; what was finished before has
/// been reported.
pub fn sample<B>(
    jobs: Vec<Prepared>,
    settings: &MeasureSettings,
    rng: &mut impl rand::Rng,
    interrupted: &AtomicBool,
    monitor: Option<&dyn DeviceMonitor>,
    on_event: &mut dyn FnMut(Event<'_>) -> ControlFlow<B>,
) -> Result<ControlFlow<B>, Error> {
    let ledger = jobs.first().map(|job| job.ledger.clone()).unwrap_or_default();
    let (timed, lazy): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.clock == Clock::Device);
    let mut session = Session { settings, rng, interrupted, monitor, on_event, ledger };
    if let ControlFlow::Break(broken) = session.by_device(timed)? {
        return Ok(ControlFlow::Break(broken));
    }
    session.by_host(lazy.into_iter().map(HostLazy::new).collect())
}

impl<R: rand::Rng, B> Session<'_, R, B> {
    /// Samples by the device's clock, the device warm.
    fn by_device(&mut self, mut jobs: Vec<Prepared>) -> Result<ControlFlow<B>, Error> {
        self.warm_up(&jobs)?;
        let verifying = self.ledger.during(Activity::Verifying);
        for job in &mut jobs {
            self.go_on()?;
            job.calibrate(self.settings.min_region_us)?;
        }
        for job in &mut jobs {
            self.go_on()?;
            job.verify()?;
        }
        let jobs = match self.without_wrong(jobs) {
            ControlFlow::Continue(jobs) => jobs,
            ControlFlow::Break(broken) => return Ok(ControlFlow::Break(broken)),
        };
        drop(verifying);
        // Comparing with the twins has left the device idle.
        self.warm_up(&jobs)?;
        self.interleave(jobs)
    }

    fn warm_up(&self, jobs: &[Prepared]) -> Result<(), Error> {
        let _warming = self.ledger.during(Activity::WarmingUp);
        warm_up(jobs, self.settings.warmup_seconds, &|| self.go_on())
    }

    /// Samples by the host's clock, whose protocol leaves the device as warm or as cold as it finds it.
    fn by_host(&mut self, mut jobs: Vec<HostLazy>) -> Result<ControlFlow<B>, Error> {
        let verifying = self.ledger.during(Activity::Verifying);
        for job in &mut jobs {
            self.go_on()?;
            job.verify()?;
        }
        drop(verifying);
        match self.without_wrong(jobs) {
            ControlFlow::Continue(jobs) => self.interleave(jobs),
            ControlFlow::Break(broken) => Ok(ControlFlow::Break(broken)),
        }
    }

    fn go_on(&self) -> Result<(), Error> {
        if self.interrupted.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Finishes what is wrong; returns the others.
    fn without_wrong<S: Subject>(&mut self, subjects: Vec<S>) -> ControlFlow<B, Vec<S>> {
        let (wrong, right): (Vec<_>, Vec<_>) =
            subjects.into_iter().partition(|subject| subject.job().wrong().is_some());
        for subject in wrong {
            self.done(subject, Stopped::TargetReached, Conditions::default())?;
        }
        ControlFlow::Continue(right)
    }

    fn done<S: Subject>(&mut self, subject: S, stopped: Stopped, conditions: Conditions) -> ControlFlow<B> {
        let name = subject.job().name.clone();
        let measurement = Measurement { conditions, ..subject.finish(stopped) };
        (self.on_event)(Event::Done { name, measurement })
    }

    /// Takes one sample of each in turn until all are finished.
    fn interleave<S: Subject>(&mut self, subjects: Vec<S>) -> Result<ControlFlow<B>, Error> {
        let _sampling = self.ledger.during(Activity::Sampling);
        let next_look = min_samples(self.settings);
        let mut active: Vec<Active<S>> = subjects
            .into_iter()
            .map(|subject| Active {
                good: subject.lengths(),
                subject,
                spent: Duration::ZERO,
                next_look,
                throttled: 0,
            })
            .collect();
        let mut watch = Watch::new(self.monitor);
        let before = watch.state();
        while !active.is_empty() {
            active.shuffle(self.rng);
            for active in &mut active {
                self.go_on()?;
                let start = Instant::now();
                active.subject.sample()?;
                active.spent += start.elapsed();
            }
            let Some(good) = watch.are_good() else { continue };
            active.iter_mut().for_each(|active| active.judge(good));
            let mut index = 0;
            while index < active.len() {
                let Some(stopped) = active[index].look(self.settings, self.on_event) else {
                    index += 1;
                    continue;
                };
                let finished = match stopped {
                    ControlFlow::Break(broken) => ControlFlow::Break(broken),
                    ControlFlow::Continue(stopped) => {
                        let Active { subject, throttled, .. } = active.swap_remove(index);
                        let throttled = watch.told(throttled);
                        let conditions =
                            Conditions { before: before.clone(), after: watch.state(), throttled };
                        self.done(subject, stopped, conditions)
                    }
                };
                if finished.is_break() {
                    return Ok(finished);
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Keeps the device busy until its times have not fallen for `seconds`: a GPU raises its clocks only under load,
/// in steps up to a few tenths of a second apart, and within a step its times are deceptively steady.
fn warm_up(jobs: &[Prepared], seconds: f64, go_on: &dyn Fn() -> Result<(), Error>) -> Result<(), Error> {
    if seconds == 0.0 {
        return Ok(());
    }
    // Each runs once for its own sake; the quickest then stands for the device, many times over in one submission.
    let mut quickest: Option<(f64, &Prepared)> = None;
    for job in jobs {
        go_on()?;
        let time = job.total_now()?;
        if quickest.is_none_or(|(best, _)| time < best) {
            quickest = Some((time, job));
        }
    }
    let Some((_, job)) = quickest else { return Ok(()) };
    let load = job.load(LOAD_NS)?;
    let start = Instant::now();
    let (mut best, mut fell) = (f64::INFINITY, start);
    while fell.elapsed().as_secs_f64() < seconds && start.elapsed().as_secs_f64() < WARMUP_LIMIT * seconds {
        go_on()?;
        let time = load.run()?;
        if time < best * (1.0 - STILL_FASTER) {
            best = time;
            fell = Instant::now();
        }
    }
    Ok(())
}

/// How many samples are taken at least: without an interval they would say nothing.
fn min_samples(settings: &MeasureSettings) -> usize {
    (settings.min_samples as usize).max(MIN_FOR_INTERVAL)
}

impl<S: Subject> Active<S> {
    /// Keeps or discards the samples taken since the last judgement.
    fn judge(&mut self, good: bool) {
        if good {
            self.good = self.subject.lengths();
        } else {
            let taken = self.subject.samples();
            self.subject.truncate(&self.good);
            self.throttled += taken - self.subject.samples();
        }
    }

    /// Whether the job is finished, and why; reports how far it is where that is looked at.
    fn look<B>(
        &mut self,
        settings: &MeasureSettings,
        on_event: &mut dyn FnMut(Event<'_>) -> ControlFlow<B>,
    ) -> Option<ControlFlow<B, Stopped>> {
        let samples = self.subject.samples();
        let time_up = self.spent.as_secs_f64() >= settings.max_seconds;
        // A clock that tells nothing gives no samples however long one waits. A device that throttles may recover, and
        // is given as much time again.
        let is_mute = samples + self.throttled == 0;
        let throttles_on = self.throttled >= min_samples(settings)
            && self.spent.as_secs_f64() >= THROTTLE_PATIENCE * settings.max_seconds;
        let hopeless = time_up && (is_mute || throttles_on);
        if samples < self.next_look && !(time_up && samples >= min_samples(settings)) && !hopeless {
            return None;
        }
        self.next_look = samples + (samples / 10).max(1);
        let rel_ci = self.subject.rel_ci();
        let name = &self.subject.job().name;
        let event = Event::Sampled { name, samples, rel_ci, total: self.subject.total() };
        if let ControlFlow::Break(broken) = on_event(event) {
            return Some(ControlFlow::Break(broken));
        }
        if rel_ci <= settings.target_rel_ci {
            Some(ControlFlow::Continue(Stopped::TargetReached))
        } else {
            time_up.then_some(ControlFlow::Continue(Stopped::TimeUp))
        }
    }
}
