//! The kernel of a known amount of work against its twin: odd sizes, chained phases, empty ones, and the kernel's clock.

use winoscope::config::{Cache, Clock};
use winoscope::gpu::Device;
use winoscope::kernels::Compiler;
use winoscope::measure::{Engine, Job, Prepared};
use winoscope::plan::calibration::{Calibration, Work, span};

use crate::harness::{UNTIMED, with_device};

fn job(calibration: &Calibration) -> Job {
    Job {
        name: "calibration".into(),
        plan: calibration.plan(),
        twin: Box::new(calibration.twin(rand::random())),
        clock: Clock::Device,
        cache: Cache::Warm,
        work: "the test's".into(),
    }
}

fn chained(elements: u32, rounds: [u32; 2]) -> Calibration {
    let [first, last] = rounds.map(Work::Rounds);
    let phases =
        [("first", first), ("none", Work::Dispatches(0)), ("idle", Work::Dispatches(3)), ("last", last)];
    let phases = phases.map(|(name, work)| (name.to_owned(), work)).into();
    Calibration { elements, phases, has_times: false }
}

/// Runs `test` with an engine, under a layer that must be silent.
fn assert_silent(test: impl FnOnce(&Device, &mut Engine<'_>)) {
    let messages = with_device(|device, compiler: &Compiler| {
        test(device, &mut Engine::new(device, compiler, &UNTIMED));
    });
    assert_eq!(messages, [""; 0], "the validation layer must be silent");
}

#[test]
fn every_count_is_exact() {
    assert_silent(|_, engine| {
        for (elements, rounds) in [(1, [1, 1]), (63, [0, 7]), (64, [5, 0]), (65, [3, 4]), (1000, [100, 1])] {
            let calibration = chained(elements, rounds);
            let prepared = engine.prepare(job(&calibration)).expect("it runs");
            assert_eq!(prepared.wrong(), None, "{calibration:?}");
        }
    });
}

/// A twin that cannot tell one round more is no twin.
#[test]
fn a_round_too_many_is_wrong() {
    assert_silent(|_, engine| {
        let mut job = job(&Calibration::of(65, 1000));
        job.plan.phases[0].dispatches[0].push[1] += 1;
        let prepared = engine.prepare(job).expect("it runs");
        assert!(prepared.wrong().is_some_and(|wrong| wrong.contains("counts_1")), "{:?}", prepared.wrong());
    });
}

#[test]
fn an_alias_is_the_same_job_with_recordings_of_its_own() {
    assert_silent(|_, engine| {
        let prepared = engine.prepare(job(&Calibration::of(65, 10))).expect("it runs");
        let mut alias: Prepared = prepared.alias("again").expect("an alias");
        drop(prepared);
        alias.verify().expect("it runs");
        assert_eq!((alias.name.as_str(), alias.wrong()), ("again", None));
    });
}

#[test]
fn the_kernels_clock_runs_forward_where_there_is_one() {
    assert_silent(|device, engine| {
        let calibration = Calibration { has_times: true, ..Calibration::of(200, 1000) };
        if !device.has_kernel_clock() {
            eprintln!("{} has no clock in its kernels", device.info().name);
            return;
        }
        let prepared = engine.prepare(job(&calibration)).expect("it runs");
        assert_eq!(prepared.wrong(), None);
        let times = || span(&prepared.contents("times_1").expect("a download").expect("a buffer")).unwrap();
        let first = times();
        prepared.total_now().expect("it runs");
        let second = times();
        assert!(first.0 < first.1 && first.1 <= second.0 && second.0 < second.1, "{first:?} {second:?}");
        assert_eq!(prepared.contents("times_2").expect("no error"), None);
    });
}
