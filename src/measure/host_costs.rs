//! What a run costs besides the work that is sampled: creating pipelines, recording, the way to the device and back.
//!
//! None of it is taken while experiments are sampled, nor changes what is.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::engine::pipeline_description;
use super::prepared::Prepared;
use super::region::{Before, Form};
use super::statistics::median;
use crate::gpu::{self, Clock, Moment};
use crate::kernels::salted;

/// How often the whole is run to find out, unless it takes long.
const TRIALS: usize = 5;

/// What the trials may take together before they are enough: of what takes as long, microseconds more or less are
/// nothing.
const ENOUGH: Duration = Duration::from_millis(500);

/// Host time that a kernel's pipeline took to create.
#[derive(Clone, Copy, Debug)]
pub(super) struct Creation {
    /// Past every cache, of a module that no driver has seen.
    pub cold: Duration,
    /// Again, through the cache, which has it.
    pub cached: Duration,
}

/// What creating a kernel's pipeline takes, once it is known: shared by all jobs with that kernel.
pub(super) type SharedCreation = Rc<OnceCell<Creation>>;

/// The way of all phases in one recording, run once: medians over a few trials, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HostCosts {
    /// Recording them, by the host's clock.
    pub record: f64,
    /// From the host's call that submits them to the device's first timestamp, or `None` where the driver cannot read
    /// both clocks at one moment.
    pub submit_to_start: Option<f64>,
    /// Between the timestamps, by the device's clock.
    pub device: Option<f64>,
    /// Copying their product to the host once they have ended, by the host's clock; `None` where they have none.
    pub readback: Option<f64>,
}

/// One trial's times, likewise.
struct Trial {
    record: f64,
    submit_to_start: Option<f64>,
    device: Option<f64>,
}

/// What `trial` returns, a few times.
fn tried<T>(mut trial: impl FnMut() -> gpu::Result<T>) -> gpu::Result<Vec<T>> {
    let begun = Instant::now();
    let mut trials = vec![trial()?];
    while trials.len() < TRIALS && begun.elapsed() < ENOUGH {
        trials.push(trial()?);
    }
    Ok(trials)
}

impl Prepared {
    /// Finds out what creating its pipelines takes, as far as no other job has.
    ///
    /// # Errors
    /// If the device fails.
    pub(super) fn time_creation(&self) -> gpu::Result<()> {
        for (index, (_, dispatch)) in self.plan.dispatches().enumerate() {
            if self.creations[index].get().is_some() {
                continue;
            }
            let words = &self.kernels.modules[index].words;
            let unseen = salted(words, rand::random());
            let cold =
                self.device.pipeline_uncached(&pipeline_description(dispatch, &unseen))?.creation_time();
            let cached = self.device.pipeline(&pipeline_description(dispatch, words))?.creation_time();
            self.creations[index].get_or_init(|| Creation { cold, cached });
        }
        Ok(())
    }

    /// Finds out what all phases in one recording take on their way, the caches as they are, but for the way of their product.
    ///
    /// # Errors
    /// If the device fails.
    pub(super) fn time_host_costs(&mut self) -> gpu::Result<()> {
        let trials = tried(|| self.trial())?;
        let middle =
            |time: fn(&Trial) -> Option<f64>| median(&trials.iter().filter_map(time).collect::<Vec<_>>());
        self.host_costs = middle(|trial| Some(trial.record)).map(|record| HostCosts {
            record,
            submit_to_start: middle(|trial| trial.submit_to_start),
            device: middle(|trial| trial.device),
            readback: None,
        });
        Ok(())
    }

    /// Finds out what copying their product to the host takes. Copying a large one leaves the device idle for so long that its
    /// clocks fall: not to be called before all that is timed by the device's clock has been.
    ///
    /// # Errors
    /// If the device fails.
    pub(super) fn time_readback(&mut self) -> gpu::Result<()> {
        let (_, extent) = self.whole();
        let Some(buffer) = self.product(extent) else { return Ok(()) };
        let times = tried(|| {
            let begun = Instant::now();
            self.device.download(&self.resources.buffers[buffer])?;
            Ok(nanoseconds(begun.elapsed()))
        })?;
        if let Some(costs) = &mut self.host_costs {
            costs.readback = median(&times);
        }
        Ok(())
    }

    fn trial(&self) -> gpu::Result<Trial> {
        let (total, extent) = self.whole();
        let begun = Instant::now();
        let form = Form { repeats: 1, before: Before::Nothing, is_empty: false };
        let command = self.record(total, extent, form)?;
        let record = nanoseconds(begun.elapsed());
        let submitted_at = self.device.host_clock_ns()?;
        self.device.submit(&[&command])?;
        // After the end: reading the clocks beforehand would stand between the call and the device.
        let moment = self.device.moment()?;
        let [start, end] = self.ticks(total)?;
        let clock = self.pool.clock();
        Ok(Trial {
            record,
            submit_to_start: submitted_at
                .zip(moment)
                .and_then(|(host_ns, moment)| since_host(&clock, host_ns, start, &moment)),
            device: clock.elapsed_ns(start, end).filter(|&elapsed| elapsed > 0.0),
        })
    }
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_nanos() as f64
}

/// Nanoseconds from the host's `host_ns` to the device's `ticks`, both before `moment`; `None` where the clocks
/// contradict each other by more than they may be apart.
///
/// Both are counted back from the moment that both clocks know, in their own units, so that the device's counter may
/// have any origin, any period, and may wrap in between.
fn since_host(clock: &Clock, host_ns: u64, ticks: u64, moment: &Moment) -> Option<f64> {
    let by_host = moment.host_ns.checked_sub(host_ns)? as f64;
    let by_device = clock.elapsed_ns(ticks, moment.device_ticks)?;
    let between = by_host - by_device;
    // What is below zero by no more than the clocks may be apart is none.
    (between >= -(moment.deviation_ns as f64)).then_some(between.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device whose counter read `origin` when the host's clock was at 1 s, and the moment 1 ms later.
    fn device(period_ns: f64, valid_bits: u32, origin: u64) -> (Clock, Moment, impl Fn(f64) -> u64) {
        let clock = Clock { period_ns, valid_bits };
        let mask = u64::MAX >> (64 - valid_bits);
        let ticks_at = move |ns: f64| origin.wrapping_add((ns / period_ns).round() as u64) & mask;
        let moment =
            Moment { device_ticks: ticks_at(1e6), host_ns: 1_000_000_000 + 1_000_000, deviation_ns: 500 };
        (clock, moment, ticks_at)
    }

    #[test]
    fn the_hosts_call_and_the_devices_start_are_told_apart() {
        let (clock, moment, ticks_at) = device(1.0, 64, 77);
        // Submitted 200 µs after the second, begun 30 µs later.
        assert_eq!(since_host(&clock, 1_000_200_000, ticks_at(230e3), &moment), Some(30e3));
    }

    #[test]
    fn a_period_that_is_not_1_and_a_counter_that_wraps_are_followed() {
        // The counter of 20 bits at 40 ns wraps after 42 ms, here between start and moment.
        let (clock, moment, ticks_at) = device(40.0, 20, (1 << 20) - 10_000);
        assert_eq!(since_host(&clock, 1_000_200_000, ticks_at(240e3), &moment), Some(40e3));
        assert!(moment.device_ticks < ticks_at(240e3), "it has wrapped");
    }

    #[test]
    fn what_the_clocks_may_be_apart_is_no_time_below_zero() {
        let (clock, moment, ticks_at) = device(1.0, 64, 0);
        assert_eq!(since_host(&clock, 1_000_200_400, ticks_at(200e3), &moment), Some(0.0));
        assert_eq!(since_host(&clock, 1_000_201_000, ticks_at(200e3), &moment), None, "a contradiction");
        assert_eq!(
            since_host(&clock, moment.host_ns + 1, ticks_at(200e3), &moment),
            None,
            "after the moment"
        );
    }
}
