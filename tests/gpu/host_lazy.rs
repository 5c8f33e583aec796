//! The host's clock beside the device's on a real queue: plumbing, never magnitudes.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use winoscope::config::{Clock, MeasureSettings};
use winoscope::measure::{Engine, Event, Measurement, Mode, RegionResult, Stopped, Verdict, sample};
use winoscope::plan::{Plan, Tolerance};

use crate::harness::{experiments, prepare, problem, with_device};

const SHORT: MeasureSettings = MeasureSettings {
    target_rel_ci: 1e9,
    max_seconds: 100.0,
    min_samples: 7,
    warmup_seconds: 0.0,
    min_region_us: 0.0,
    ..MeasureSettings::DEFAULT
};

/// The direct baseline, a prefix that nothing consumes, the whole algorithm, and one with its filter transformed
/// beforehand.
const VARIANTS: &str = "[[variant]]\nname = \"direct\"\nalgorithm.kind = \"direct\"\n\
    [[variant]]\nname = \"mhat\"\nschedule = { stop_after = \"mhat\", consume = \"none\" }\n\
    [[variant]]\nname = \"output\"\n\
    [[variant]]\nname = \"cached\"\nfilter.reuse = \"cached\"\n";

/// Samples each variant by `clocks`, its plan changed by `edit`; returns what was finished, in that order.
fn measure(clocks: &[Clock], edit: impl Fn(&mut Plan)) -> Vec<(String, Measurement)> {
    let mut finished = Vec::new();
    let messages = with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, &SHORT);
        let mut jobs = Vec::new();
        for &clock in clocks {
            for mut experiment in experiments(&(problem([1, 3, 5, 9, 9, 1]) + VARIANTS)) {
                experiment.clock = clock;
                experiment.name = format!("{} {clock}", experiment.name);
                jobs.push(prepare(&mut engine, &experiment, &edit));
            }
        }
        let mut rng = StdRng::seed_from_u64(1);
        let never = AtomicBool::new(false);
        let outcome = sample(jobs, &SHORT, &mut rng, &never, None, &mut |event| -> ControlFlow<()> {
            if let Event::Done { name, measurement } = event {
                finished.push((name, measurement));
            }
            ControlFlow::Continue(())
        });
        assert_eq!(outcome.expect("a working device"), ControlFlow::Continue(()));
    });
    assert_eq!(messages, [""; 0], "submissions that are not waited for must still be ordered");
    finished
}

#[test]
fn the_hosts_clock_times_one_total_after_the_devices_clock_is_done() {
    let finished = measure(&[Clock::HostLazy, Clock::Device], |_| {});
    assert_eq!(finished.len(), 8);
    let (device, host) = finished.split_at(4);
    assert!(device.iter().all(|(name, _)| name.ends_with(" device")));
    for (name, measurement) in host {
        assert!(name.ends_with(" host_lazy"), "{name}");
        assert_eq!(measurement.verdict, Verdict::Right(Stopped::TargetReached));
        let [total] = measurement.regions.as_slice() else { panic!("{name} has one region") };
        assert_eq!((total.phase.as_str(), total.mode), ("total", Mode::HostLazy));
        assert_eq!(total.samples.len(), SHORT.min_samples as usize);
        assert!(total.samples.iter().all(|&sample| sample > 0.0));
        assert_eq!(total.noise_floor, None);
        assert!(total.rel_error.is_some_and(|error| error < 1e-4), "{name}: {:?}", total.rel_error);
        // Behind a single phase nothing is created.
        assert_eq!(total.pipeline_time == Some(Duration::ZERO), name == "direct host_lazy", "{name}");
        // The work is that of the same experiment by the device's clock, and so are the kernels: salt is not counted.
        let twin = name.replace("host_lazy", "device");
        let (_, twin) = device.iter().find(|(name, _)| *name == twin).expect("its twin");
        let twin = twin.regions.last().expect("a total");
        let work = |region: &RegionResult| (region.flops, region.bytes, region.spirv_hash.clone());
        assert_eq!(work(total), work(twin), "{name}");
    }
}

#[test]
fn what_is_wrong_has_no_time_by_this_clock_either() {
    let finished = measure(&[Clock::HostLazy], |plan| {
        for buffer in &mut plan.buffers {
            buffer.tolerance = Tolerance { relative: 0.0, absolute: 0.0 };
        }
    });
    assert_eq!(finished.len(), 4);
    for (name, measurement) in finished {
        assert!(matches!(measurement.verdict, Verdict::Wrong(_)), "{name}");
        let [total] = measurement.regions.as_slice() else { panic!("{name} has one region") };
        assert_eq!((total.mode, total.samples.len()), (Mode::HostLazy, 0));
    }
}
