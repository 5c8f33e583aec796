//! Sampling on a real queue: plumbing, never magnitudes.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use rand::SeedableRng;
use rand::rngs::StdRng;
use winoscope::config::MeasureSettings;
use winoscope::measure::{
    DeviceMonitor, DeviceState, Engine, Error, Event, Measurement, Mode, Stopped, Throttling, Verdict, sample,
};

use crate::harness::{experiments, prepare, problem, with_device};

const SHORT: MeasureSettings = MeasureSettings {
    target_rel_ci: 1e-9,
    max_seconds: 0.05,
    min_samples: 8,
    warmup_seconds: 0.0,
    min_region_us: 1000.0,
};

/// Samples the default experiment of a small problem and a baseline beside it.
fn measure(
    settings: &MeasureSettings,
    interrupted: bool,
    monitor: Option<&dyn DeviceMonitor>,
) -> Result<Vec<(String, Measurement)>, Error> {
    let mut finished = Vec::new();
    let mut outcome = Ok(());
    let messages = with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, settings);
        let text = problem([1, 3, 5, 9, 9, 1])
            + "[[variant]]\nname = \"direct\"\nalgorithm.kind = \"direct\"\n[[variant]]\nname = \"winograd\"\n";
        let jobs =
            experiments(&text).iter().map(|experiment| prepare(&mut engine, experiment, |_| {})).collect();
        let sampled = sample(
            jobs,
            settings,
            &mut StdRng::seed_from_u64(1),
            &AtomicBool::new(interrupted),
            monitor,
            &mut |event| -> ControlFlow<()> {
                if let Event::Done { name, measurement } = event {
                    finished.push((name, measurement));
                }
                ControlFlow::Continue(())
            },
        );
        outcome = sampled.map(drop);
    });
    assert_eq!(messages, [""; 0]);
    outcome.map(|()| finished)
}

#[test]
fn each_phase_and_the_total_are_sampled_alike() {
    let mut finished = measure(&SHORT, false, None).unwrap();
    finished.sort_by(|a, b| a.0.cmp(&b.0));
    let phases = |measurement: &Measurement| -> Vec<String> {
        measurement.regions.iter().map(|region| region.phase.clone()).collect()
    };
    assert_eq!(finished[0].0, "direct");
    assert_eq!(phases(&finished[0].1), ["direct", "total"]);
    assert_eq!(phases(&finished[1].1), ["xhat", "ghat", "mhat", "output", "total"]);
    for (_, measurement) in &finished {
        assert_eq!(measurement.verdict, Verdict::Right(Stopped::TimeUp), "the target cannot be reached");
        for region in &measurement.regions {
            let summary = region.summary.expect("a summary");
            assert_eq!(summary.samples, region.samples.len());
            assert!(summary.samples >= SHORT.min_samples as usize);
            assert!(summary.min > 0.0 && summary.min <= summary.median && summary.median <= summary.p95);
            assert!(region.noise_floor.is_some_and(|floor| floor > 0.0));
            assert!(region.rel_error.is_some_and(|error| error < 1e-4));
            assert!(region.flops > 0 && region.bytes > 0 && !region.spirv_hash.is_empty());
        }
        assert_eq!(measurement.regions.last().map(|region| region.mode), Some(Mode::Pipelined));
    }
}

#[test]
fn a_wide_target_ends_sampling_at_the_fewest_samples() {
    let settings = MeasureSettings { target_rel_ci: 1e9, max_seconds: 100.0, ..SHORT };
    for (_, measurement) in measure(&settings, false, None).unwrap() {
        assert_eq!(measurement.verdict, Verdict::Right(Stopped::TargetReached));
        assert!(measurement.regions.iter().all(|region| region.samples.len() == 8));
    }
}

#[test]
fn an_interrupt_ends_sampling() {
    assert!(matches!(measure(&SHORT, true, None), Err(Error::Interrupted)));
}

/// A device that throttles at some looks, counted from 0.
struct Throttles<F> {
    looks: Cell<usize>,
    at: F,
}

impl<F: Fn(usize) -> bool> Throttles<F> {
    fn at(at: F) -> Self {
        Self { looks: Cell::new(0), at }
    }
}

impl<F: Fn(usize) -> bool> DeviceMonitor for Throttles<F> {
    fn state(&self) -> Option<DeviceState> {
        Some(DeviceState { temperature_c: Some(40 + self.looks.get() as u32), ..DeviceState::default() })
    }

    fn throttling(&self) -> Option<Throttling> {
        let look = self.looks.replace(self.looks.get() + 1);
        Some(Throttling { reasons: Vec::new(), spoils: (self.at)(look) })
    }
}

#[test]
fn samples_of_a_throttling_device_are_discarded_and_counted() {
    // The device throttles at its second look: what was taken before it and up to the third is no good.
    let monitor = Throttles::at(|look| look == 1);
    let settings = MeasureSettings { max_seconds: 0.5, ..SHORT };
    for (_, measurement) in measure(&settings, false, Some(&monitor)).unwrap() {
        let conditions = measurement.conditions;
        assert!(conditions.throttled.is_some_and(|count| count > 0));
        for region in &measurement.regions {
            assert!(region.summary.is_some_and(|summary| summary.samples >= SHORT.min_samples as usize));
        }
        let temperature = |state: Option<DeviceState>| state.and_then(|state| state.temperature_c);
        assert_eq!(temperature(conditions.before), Some(41), "after the first look, before the second");
        assert!(temperature(conditions.after) > Some(43), "not before the fourth look");
    }
}

#[test]
fn a_device_that_throttles_for_ever_ends_sampling_without_times() {
    let monitor = Throttles::at(|_| true);
    let finished = measure(&SHORT, false, Some(&monitor)).unwrap();
    assert_eq!(finished.len(), 2);
    for (_, measurement) in finished {
        assert!(measurement.conditions.throttled.is_some_and(|count| count >= SHORT.min_samples as usize));
        assert!(
            measurement.regions.iter().all(|region| region.samples.is_empty() && region.summary.is_none())
        );
    }
}

#[test]
fn a_device_that_never_throttles_loses_no_sample() {
    let monitor = Throttles::at(|_| false);
    for (_, measurement) in measure(&SHORT, false, Some(&monitor)).unwrap() {
        assert_eq!(measurement.conditions.throttled, Some(0));
        assert!(measurement.regions.iter().all(|region| region.samples.len() >= SHORT.min_samples as usize));
    }
    for (_, measurement) in measure(&SHORT, false, None).unwrap() {
        assert_eq!(measurement.conditions, Default::default());
    }
}
