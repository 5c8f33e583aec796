//! What lavapipe never does by itself, provoked by a driver in front of it that breaks one promise.

use predicates::str::contains;

use crate::support::driver::Fault;
use crate::support::process::Running;
use crate::support::scratch::{rows_file, stdout};
use crate::support::{Scratch, config, exit, in_order};

#[test]
fn a_device_without_timestamps_is_listed_and_refused() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let fault = Fault::NoTimestamps;
    let sentence =
        in_order(&["error: device llvmpipe", " lacks a compute queue with timestamps; update its driver"]);
    scratch.winoscope_on(&fault, &["run", "direct.toml"]).assert().code(exit::MISSING).stderr(sentence);
    assert!(!scratch.has("results"));
    let list = scratch.winoscope_on(&fault, &["devices"]).assert().code(0);
    list.stdout(in_order(&["verdict", "lacks a compute queue with timestamps"]));
}

#[test]
fn a_workgroup_over_the_devices_limit_is_a_row_and_the_others_are_measured() {
    // A block that is set is not made smaller for a device.
    let block =
        "multiply.block = { filters = 64, tiles = 64 }\nmultiply.thread = { filters = 4, tiles = 4 }\n";
    let configuration = [config::PROBLEM, config::QUICK, config::STORED, block, config::INLINE].concat();
    let scratch = Scratch::with("two.toml", configuration);
    let explain = scratch.winoscope(&["explain", "two.toml"]).assert().code(0);
    let plans = stdout(&explain);
    let (stored, inline) = plans.split_once("\ninline\n").expect("the plan of inline is the last");
    let limit = largest_workgroup(inline);
    assert!(largest_workgroup(stored) > limit, "let this test choose a larger block: {plans}");
    assert_exceeds(&scratch, &Fault::invocations(limit), limit, "invocations per workgroup");
}

/// The most invocations in a workgroup of a plan, from what `explain` says of it.
fn largest_workgroup(plan: &str) -> u32 {
    let sizes = plan.split("workgroups of ").skip(1);
    let invocations = sizes.map(|text| text.split('×').next().unwrap().parse::<u32>().expect("a number"));
    invocations.max().expect("a plan has a dispatch")
}

#[test]
fn shared_memory_over_the_devices_limit_is_a_row_and_the_others_are_measured() {
    // The transforms of both share less than this.
    let scratch = Scratch::with("two.toml", two());
    assert_exceeds(&scratch, &Fault::shared_memory(5000), 5000, "bytes of shared memory");
}

fn two() -> String {
    [config::PROBLEM, config::QUICK, config::STORED, config::INLINE].concat()
}

/// Runs `stored`, whose blocked multiply is over the limit, and `inline`, which is within.
#[track_caller]
fn assert_exceeds(scratch: &Scratch, fault: &Fault, limit: u32, what: &str) {
    let assert = scratch.winoscope_on(fault, &["run", "two.toml"]).assert();
    let rows = scratch.rows("two");
    let refused = rows.total("stored");
    assert_eq!((rows.phases("stored"), &refused["status"]), (vec!["total"], "unsupported"));
    let needed = refused["reason"].strip_prefix("multiply_blocked needs ").unwrap_or_default();
    let (needed, rest) = needed.split_once(' ').unwrap_or_default();
    assert!(needed.parse::<u32>().is_ok_and(|needed| needed > limit), "{}", &refused["reason"]);
    let advice = "choose smaller blocks or another device";
    assert_eq!(rest, format!("{what}, but this device allows {limit}; {advice}"));
    let sentence = format!("\nerror: stored: {}\n", &refused["reason"]);
    assert.code(exit::EXCEEDS).stderr(contains(sentence));
    assert_eq!(&rows.total("inline")["status"], "ok");
}

#[test]
fn a_lost_device_ends_the_run_and_a_sound_one_goes_on_from_there() {
    const EXPERIMENTS: usize = 4;
    let scratch = Scratch::with("slow.toml", config::slow(EXPERIMENTS));
    let trigger = scratch.path("lose-it");
    let running =
        Running::start(&mut scratch.process_on(&Fault::LostOnce { file: trigger }, &["run", "slow.toml"]));
    scratch.wait_for("slow");
    let recorded = scratch.read(&rows_file("slow"));
    scratch.write("lose-it", "");
    let sentence = in_order(&["error: ", "the device was lost during ", "run again with less work"]);
    running.end().code(exit::DEVICE_LOST).stderr(sentence);
    assert!(scratch.read(&rows_file("slow")).starts_with(&recorded), "what was recorded is kept");
    let resumed = scratch.run("slow.toml");
    resumed.stderr(contains("direct/batch=1  already measured"));
    let rows = scratch.rows("slow");
    for batch in 1..=EXPERIMENTS {
        let rows = rows.of(&format!("direct/batch={batch}"));
        assert_eq!(rows.iter().filter(|row| &row["status"] == "ok").count(), 2, "{rows:#?}");
    }
}

#[test]
fn a_driver_that_makes_no_pipeline_is_a_failed_row_each() {
    assert_fails(
        &Fault::NoPipelines,
        exit::DRIVER,
        "failed",
        &["the driver answered ", "run under validation"],
    );
}

#[test]
fn a_device_without_memory_is_an_unsupported_row_each() {
    assert_fails(&Fault::NoMemory, exit::SIZE, "unsupported", &["out of memory: ", "use a smaller problem"]);
}

#[test]
fn a_clock_that_runs_backwards_gives_no_times() {
    assert_fails(
        &Fault::BackwardClock,
        exit::NO_TIMES,
        "failed",
        &["the device's clock gave no times; update"],
    );
}

/// Runs three experiments that all fail alike.
#[track_caller]
fn assert_fails(fault: &Fault, code: i32, status: &str, sentence: &[&str]) {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    let assert = scratch.winoscope_on(fault, &["run", "tiny.toml"]).assert().code(code);
    assert.stderr(in_order(&[&["\nerror: "], sentence].concat()));
    let rows = scratch.rows("tiny");
    for experiment in ["direct", "stored", "inline"] {
        let total = rows.total(experiment);
        assert_eq!((&total["status"], &total["median_ns"]), (status, ""));
        assert!(total["reason"].contains(sentence[0]), "{}", &total["reason"]);
    }
    assert!(scratch.samples("tiny").rows.is_empty());
}
