//! Samples several prepared jobs in turn until each is known well enough.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;

use super::contest::Contest;
use super::engine::Error;
use super::host_lazy::HostLazy;
use super::ledger::{Activity, Ledger};
use super::monitor::{Conditions, DeviceMonitor, Watch};
use super::outcome::{Measurement, Stopped};
use super::prepared::Prepared;
use super::statistics::{MIN_FOR_INTERVAL, Summary, median};
use super::warnings::{self, Warning};
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

    /// The samples so far of each thing timed, in nanoseconds.
    fn series(&self) -> impl Iterator<Item = &[f64]>;

    /// Those of the total, where it is timed.
    fn total(&self) -> Option<&[f64]>;

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
    /// How long warming up took where times still fell at its end.
    still_warming: Option<Warning>,
    ledger: Ledger,
}

/// Samples all `jobs`, one sample of each in turn, in an order drawn anew for every round so that drift falls on
/// all alike. A job is finished when all its intervals are narrower than the target, its time is up, or it is given up.
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
    let mut session = Session { settings, rng, interrupted, monitor, on_event, still_warming: None, ledger };
    if let ControlFlow::Break(broken) = session.by_device(timed)? {
        return Ok(ControlFlow::Break(broken));
    }
    session.by_host(lazy.into_iter().map(HostLazy::new).collect())
}

impl<R: rand::Rng, B> Session<'_, R, B> {
    /// Samples by the device's clock, the device warm.
    fn by_device(&mut self, mut jobs: Vec<Prepared>) -> Result<ControlFlow<B>, Error> {
        self.time_creation(&jobs)?;
        self.warm_up(&jobs)?;
        let verifying = self.ledger.during(Activity::Verifying);
        for job in &mut jobs {
            self.go_on()?;
            if self.settings.warmup_seconds > 0.0 {
                // The job before may have left the device idle for so long that its clocks fell.
                job.load(LOAD_NS)?.run()?;
            }
            job.calibrate(self.settings.min_region_us)?;
            job.time_host_costs()?;
        }
        for job in &mut jobs {
            self.go_on()?;
            job.time_readback()?;
            job.verify()?;
        }
        let jobs = match self.without_wrong(jobs) {
            ControlFlow::Continue(jobs) => jobs,
            ControlFlow::Break(broken) => return Ok(ControlFlow::Break(broken)),
        };
        drop(verifying);
        // Comparing with the twins has left the device idle.
        self.still_warming = self.warm_up(&jobs)?;
        self.interleave(jobs)
    }

    /// Not among the samples: each creation leaves the device idle.
    fn time_creation(&self, jobs: &[Prepared]) -> Result<(), Error> {
        let _creating = self.ledger.during(Activity::Pipelines);
        for job in jobs {
            self.go_on()?;
            job.time_creation()?;
        }
        Ok(())
    }

    fn warm_up(&self, jobs: &[Prepared]) -> Result<Option<Warning>, Error> {
        let _warming = self.ledger.during(Activity::WarmingUp);
        warm_up(jobs, self.settings.warmup_seconds, &|| self.go_on())
    }

    /// Samples by the host's clock, whose protocol leaves the device as warm or as cold as it finds it.
    fn by_host(&mut self, mut jobs: Vec<HostLazy>) -> Result<ControlFlow<B>, Error> {
        self.still_warming = None;
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
        let mut measurement = Measurement { conditions, ..subject.finish(stopped) };
        for region in measurement.regions.iter_mut().filter(|region| region.is_sampled) {
            region.warnings = warnings::of(region, self.settings.target_rel_ci);
            region.warnings.extend(self.still_warming);
        }
        (self.on_event)(Event::Done { name, measurement })
    }

    /// Takes one sample of each in turn until all are finished.
    fn interleave<S: Subject>(&mut self, subjects: Vec<S>) -> Result<ControlFlow<B>, Error> {
        let _sampling = self.ledger.during(Activity::Sampling);
        let mut contest = self.settings.give_up_at.map(Contest::new);
        // What is far slower than another is seen to be so in the first interval.
        let next_look = if contest.is_some() { MIN_FOR_INTERVAL } else { min_samples(self.settings) };
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
                let Some(stopped) = active[index].look(self.settings, contest.as_mut(), self.on_event) else {
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
/// in steps up to a few tenths of a second apart, and within a step its times are deceptively steady. Returns a warning
/// where they still fell after [`WARMUP_LIMIT`] times as long.
fn warm_up(
    jobs: &[Prepared],
    seconds: f64,
    go_on: &dyn Fn() -> Result<(), Error>,
) -> Result<Option<Warning>, Error> {
    if seconds == 0.0 {
        return Ok(None);
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
    let Some((_, job)) = quickest else { return Ok(None) };
    let load = job.load(LOAD_NS)?;
    let start = Instant::now();
    until_steady(seconds, || {
        go_on()?;
        let time = load.run()?;
        Ok((time, start.elapsed().as_secs_f64()))
    })
}

/// Runs `load`, which returns how long it took and the seconds since the beginning, until its times have not fallen by
/// [`STILL_FASTER`] for `seconds`, or for too long.
fn until_steady(
    seconds: f64,
    mut load: impl FnMut() -> Result<(f64, f64), Error>,
) -> Result<Option<Warning>, Error> {
    let (mut best, mut fell) = (f64::INFINITY, 0.0);
    loop {
        let (time, now) = load()?;
        if time < best * (1.0 - STILL_FASTER) {
            (best, fell) = (time, now);
        }
        if now - fell >= seconds {
            return Ok(None);
        }
        if now >= WARMUP_LIMIT * seconds {
            return Ok(Some(Warning::StillWarming(WARMUP_LIMIT * seconds)));
        }
    }
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
        contest: Option<&mut Contest>,
        on_event: &mut dyn FnMut(Event<'_>) -> ControlFlow<B>,
    ) -> Option<ControlFlow<B, Stopped>> {
        let samples = self.subject.samples();
        let time_up = self.spent.as_secs_f64() >= settings.max_seconds;
        let is_enough = samples >= min_samples(settings);
        // A clock that tells nothing gives no samples however long one waits. A device that throttles may recover, and
        // is given as much time again.
        let is_mute = samples + self.throttled == 0;
        let throttles_on = self.throttled >= min_samples(settings)
            && self.spent.as_secs_f64() >= THROTTLE_PATIENCE * settings.max_seconds;
        let hopeless = time_up && (is_mute || throttles_on);
        if samples < self.next_look && !(time_up && is_enough) && !hopeless {
            return None;
        }
        self.next_look = samples + (samples / 10).max(1);
        let rel_ci = self.subject.rel_ci();
        let Prepared { name, work, .. } = self.subject.job();
        let total = self.subject.total();
        let event = Event::Sampled { name, samples, rel_ci, total: total.and_then(median) };
        if let ControlFlow::Break(broken) = on_event(event) {
            return Some(ControlFlow::Break(broken));
        }
        // Whoever is finished remains a rival of the others, so each is entered before it is judged.
        let is_out = contest
            .zip(total.and_then(Summary::of))
            .is_some_and(|(contest, total)| contest.is_out(work, name, &total));
        let stopped = if is_enough && rel_ci <= settings.target_rel_ci {
            Stopped::TargetReached
        } else if is_out {
            Stopped::GaveUp
        } else if hopeless || (is_enough && time_up) {
            Stopped::TimeUp
        } else {
            return None;
        };
        Some(ControlFlow::Continue(stopped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Warms up a device whose load takes what `time` says at each second, ten loads per second; returns the warning and
    /// the seconds that it took.
    fn warm(seconds: f64, time: impl Fn(f64) -> f64) -> (Option<Warning>, f64) {
        let mut loads = 0_u32;
        let warning = until_steady(seconds, || {
            loads += 1;
            let now = f64::from(loads) / 10.0;
            Ok((time(now), now))
        });
        (warning.unwrap(), f64::from(loads) / 10.0)
    }

    #[test]
    fn warming_up_ends_once_times_have_not_fallen() {
        let (warning, took) = warm(1.0, |_| 5.0);
        assert!(warning.is_none() && (1.0..1.3).contains(&took), "{took}");
        // A clock that is raised after half a second.
        let (warning, took) = warm(1.0, |now| if now < 0.5 { 9.0 } else { 5.0 });
        assert!(warning.is_none() && (1.5..1.8).contains(&took), "{took}");
        // Falls within 2 % are noise.
        let (warning, took) = warm(1.0, |now| 5.0 - 0.001 * now);
        assert!(warning.is_none() && took < 1.3, "{took}");
    }

    #[test]
    fn warming_up_that_never_ends_is_ended_and_warned_about() {
        let (warning, took) = warm(1.0, |now| 100.0 * (-now).exp());
        assert_eq!(warning, Some(Warning::StillWarming(WARMUP_LIMIT)));
        assert!((10.0..10.2).contains(&took), "{took}");
    }
}
