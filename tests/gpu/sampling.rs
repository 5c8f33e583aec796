//! Sampling on a real queue: plumbing, never magnitudes.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use rand::SeedableRng;
use rand::rngs::StdRng;
use winoscope::config::{MeasureSettings, Regions};
use winoscope::measure::{
    DeviceMonitor, DeviceState, Engine, Error, Event, Measurement, Mode, Stopped, Throttling, Verdict, sample,
};

use crate::harness::{experiments, prepare, problem, with_device};

const SHORT: MeasureSettings = MeasureSettings {
    target_rel_ci: 1e-9,
    max_seconds: 0.05,
    min_samples: 8,
    warmup_seconds: 0.0,
    ..MeasureSettings::DEFAULT
};

/// Samples the default experiment of a small problem and a baseline beside it.
fn measure(
    settings: &MeasureSettings,
    interrupted: bool,
    monitor: Option<&dyn DeviceMonitor>,
) -> Result<Vec<(String, Measurement)>, Error> {
    let text = problem([1, 3, 5, 9, 9, 1])
        + "[[variant]]\nname = \"direct\"\nalgorithm.kind = \"direct\"\n[[variant]]\nname = \"winograd\"\n";
    measure_all(&text, settings, interrupted, monitor)
}

/// Samples the experiments of a configuration text together.
fn measure_all(
    text: &str,
    settings: &MeasureSettings,
    interrupted: bool,
    monitor: Option<&dyn DeviceMonitor>,
) -> Result<Vec<(String, Measurement)>, Error> {
    let mut finished = Vec::new();
    let mut outcome = Ok(());
    let messages = with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, settings);
        let jobs =
            experiments(text).iter().map(|experiment| prepare(&mut engine, experiment, |_| {})).collect();
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

#[test]
fn the_hosts_time_the_queues_and_the_devices_are_told_apart() {
    for (name, measurement) in measure(&SHORT, false, None).unwrap() {
        for region in &measurement.regions {
            let of = format!("{name}, {}", region.phase);
            assert!(region.pipeline_time.is_some_and(|time| !time.is_zero()), "{of}");
            assert!(region.pipeline_cached_time.is_some_and(|time| !time.is_zero()), "{of}");
            assert_eq!(region.host_costs.is_some(), region.mode == Mode::Pipelined, "{of}");
        }
        let costs = measurement.regions.last().and_then(|total| total.host_costs).expect("of the total");
        assert!(costs.record > 0.0, "{name}: {costs:?}");
        for time in [costs.device, costs.readback] {
            assert!(time.is_some_and(|time| time > 0.0), "{name}: {costs:?}");
        }
        // Not every driver can read both clocks.
        assert!(costs.submit_to_start.is_none_or(|time| (0.0..60e9).contains(&time)), "{name}: {costs:?}");
    }
}

/// The caches that are evicted are smaller, but the plumbing is the same; 3 MiB is no power of two. A region is longer than
/// once through so small a problem takes a software driver on a busy machine.
const COLD: MeasureSettings = MeasureSettings { evict_mib: 3, min_region_us: 100_000.0, ..SHORT };

#[test]
fn cold_regions_run_once_per_sample_beside_warm_ones_that_are_repeated() {
    let text = problem([1, 3, 5, 9, 9, 1])
        + "[[variant]]\nname = \"warm\"\n[[variant]]\nname = \"cold\"\nmeasure.cache = \"cold\"\n";
    let finished = measure_all(&text, &COLD, false, None).unwrap();
    assert_eq!(finished.len(), 2);
    for (name, measurement) in finished {
        // The recordings that evict are what is verified, too.
        assert_eq!(measurement.verdict, Verdict::Right(Stopped::TimeUp));
        for region in &measurement.regions {
            assert_eq!(region.repeats == 1, name == "cold", "{name}, {}: {}", region.phase, region.repeats);
            assert!(region.samples.len() >= COLD.min_samples as usize && region.noise_floor.is_some());
        }
    }
}

#[test]
fn a_region_that_is_not_wanted_is_verified_and_not_sampled() {
    for (regions, wanted) in [(Regions::Isolated, Mode::Isolated), (Regions::Pipelined, Mode::Pipelined)] {
        let settings = MeasureSettings { regions, ..SHORT };
        for (name, measurement) in measure(&settings, false, None).unwrap() {
            assert_eq!(measurement.verdict, Verdict::Right(Stopped::TimeUp));
            for region in &measurement.regions {
                let is_wanted = region.mode == wanted;
                assert_eq!((region.is_sampled, !region.samples.is_empty()), (is_wanted, is_wanted), "{name}");
                assert!(region.rel_error.is_some_and(|error| error < 1e-4), "{name}, {}", region.phase);
            }
        }
    }
}

/// A thousand times the work is certainly more than twice as slow, on every machine.
#[test]
fn what_is_certainly_worse_is_given_up_and_keeps_its_times() {
    let text = problem([1, 1, 1, 8, 8, 1])
        + "[[variant]]\nname = \"small\"\n[[variant]]\nname = \"large\"\n\
           problem = { in_channels = 16, out_channels = 16, height = 64, width = 64 }\n";
    let settings = MeasureSettings { max_seconds: 1.0, min_samples: 20, give_up_at: Some(2.0), ..SHORT };
    let finished = measure_all(&text, &settings, false, None).unwrap();
    let verdict = |wanted: &str| {
        let (_, measurement) = finished.iter().find(|(name, _)| name == wanted).expect("both are finished");
        let samples = measurement.regions.iter().map(|region| region.samples.len()).min();
        (measurement.verdict.clone(), samples.unwrap_or(0))
    };
    let (large, samples) = verdict("large");
    assert_eq!(large, Verdict::Right(Stopped::GaveUp));
    assert!(
        (6..20).contains(&samples),
        "given up after {samples} samples, before the fewest that others need"
    );
    assert_eq!(verdict("small").0, Verdict::Right(Stopped::TimeUp), "the best is never given up");
    assert_eq!(finished[0].0, "large", "it ends first");
}
