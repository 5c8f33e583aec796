//! Samples several prepared jobs in turn until each is known well enough.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;

use super::engine::Error;
use super::outcome::{Measurement, Stopped};
use super::prepare::Prepared;
use super::statistics::MIN_FOR_INTERVAL;
use crate::config::MeasureSettings;

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
        /// The median of its pipelined total, nanoseconds.
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

struct Active {
    prepared: Prepared,
    spent: Duration,
    /// The number of samples at which the interval is looked at next: looking costs a sort, so it is done at
    /// numbers that grow by a tenth.
    next_look: usize,
}

/// A fall of the time by more than this share means that the clocks are still rising.
const STILL_FASTER: f64 = 0.02;

/// How long a submission keeps the device busy while it warms up, nanoseconds at the clocks that it starts with:
/// long against what the host needs between two.
const LOAD_NS: f64 = 10e6;

/// Warming up ends after this many times `warmup_seconds` even if times still fall, as those of a busy host do.
const WARMUP_LIMIT: f64 = 10.0;

/// Samples all `jobs`, one sample of each in turn, in an order drawn anew for every round so that drift falls on
/// all alike. A job is finished when all its intervals are narrower than the target or its time is up.
///
/// # Errors
/// If the device fails, when `interrupted` is set, or when `on_event` breaks off; what was finished before has
/// been reported.
pub fn sample<B>(
    mut jobs: Vec<Prepared>,
    settings: &MeasureSettings,
    rng: &mut impl rand::Rng,
    interrupted: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>) -> ControlFlow<B>,
) -> Result<ControlFlow<B>, Error> {
    let go_on = || if interrupted.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) };
    warm_up(&jobs, settings.warmup_seconds, &go_on)?;
    for job in &mut jobs {
        go_on()?;
        job.calibrate(settings.min_region_us)?;
    }
    for job in &mut jobs {
        go_on()?;
        job.verify()?;
    }
    let (wrong, jobs): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.wrong().is_some());
    for job in wrong {
        let name = job.name.clone();
        if let ControlFlow::Break(broken) =
            on_event(Event::Done { name, measurement: job.finish(Stopped::TargetReached) })
        {
            return Ok(ControlFlow::Break(broken));
        }
    }
    // Comparing with the twins has left the device idle.
    warm_up(&jobs, settings.warmup_seconds, &go_on)?;
    let min_samples = min_samples(settings);
    let mut active: Vec<Active> = jobs
        .into_iter()
        .map(|prepared| Active { prepared, spent: Duration::ZERO, next_look: min_samples })
        .collect();
    while !active.is_empty() {
        active.shuffle(rng);
        for job in &mut active {
            go_on()?;
            let start = Instant::now();
            job.prepared.sample()?;
            job.spent += start.elapsed();
        }
        let mut index = 0;
        while index < active.len() {
            let Some(stopped) = active[index].look(settings, on_event) else {
                index += 1;
                continue;
            };
            let stopped = match stopped {
                ControlFlow::Break(broken) => return Ok(ControlFlow::Break(broken)),
                ControlFlow::Continue(stopped) => stopped,
            };
            let Active { prepared, .. } = active.swap_remove(index);
            let name = prepared.name.clone();
            let measurement = prepared.finish(stopped);
            if let ControlFlow::Break(broken) = on_event(Event::Done { name, measurement }) {
                return Ok(ControlFlow::Break(broken));
            }
        }
    }
    Ok(ControlFlow::Continue(()))
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

impl Active {
    /// Whether the job is finished, and why; reports how far it is where that is looked at.
    fn look<B>(
        &mut self,
        settings: &MeasureSettings,
        on_event: &mut dyn FnMut(Event<'_>) -> ControlFlow<B>,
    ) -> Option<ControlFlow<B, Stopped>> {
        let samples = self.prepared.samples();
        let time_up = self.spent.as_secs_f64() >= settings.max_seconds;
        // A clock that tells nothing gives no samples however long one waits.
        let hopeless = samples == 0 && time_up;
        if samples < self.next_look && !(time_up && samples >= min_samples(settings)) && !hopeless {
            return None;
        }
        self.next_look = samples + (samples / 10).max(1);
        let rel_ci = self.prepared.rel_ci();
        let name = &self.prepared.name;
        let event = Event::Sampled { name, samples, rel_ci, total: self.prepared.total() };
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
