//! Runs that are stopped from outside, and a second one beside the first.

use std::fs::{self, OpenOptions};
use std::io::Write;

use assert_cmd::assert::Assert;
use predicates::str::contains;

use crate::support::process::wait_until;
use crate::support::scratch::{rows_file, samples_file};
use crate::support::table::{Table, assert_rows_follow_from_samples};
use crate::support::{Scratch, config, exit, in_order};

/// Enough that a run is still running when its first experiment has been seen.
const EXPERIMENTS: usize = 4;

#[test]
fn ctrl_c_keeps_what_is_finished_and_the_next_run_goes_on() {
    assert_stopped_by("INT");
}

#[test]
fn a_request_to_terminate_is_answered_like_ctrl_c() {
    assert_stopped_by("TERM");
}

#[test]
fn ctrl_c_is_answered_while_kernels_are_compiled() {
    // 64 experiments, whose kernels take seconds.
    let scratch = Scratch::with("many.toml", [config::PROBLEM, config::QUICK, MANY].concat());
    let running = scratch.start(&["run", "many.toml", "--cache", "cache"]);
    let compiled = || fs::read_dir(scratch.path("cache/spirv")).is_ok_and(|mut files| files.next().is_some());
    assert!(wait_until(compiled), "nothing was compiled");
    running.signal("INT");
    running.end().code(exit::INTERRUPTED).stderr(contains("error: interrupted"));
    assert!(scratch.rows("many").rows.is_empty(), "nothing was recorded");
}

const MANY: &str = "\
[sweep]
\"transforms.coefficients\" = [\"literal\", \"select\"]
\"schedule.grid\" = [\"spatial_first\", \"channel_first\"]
\"schedule.barriers\" = [\"minimal\", \"full\"]
\"buffers.xhat.layout\" = [\"transform_major\", \"tile_major\"]
\"buffers.ghat.layout\" = [\"transform_major\", \"tile_major\"]
\"buffers.mhat.layout\" = [\"transform_major\", \"tile_major\"]
";

#[track_caller]
fn assert_stopped_by(signal: &str) {
    let scratch = Scratch::with("slow.toml", config::slow(EXPERIMENTS));
    let running = scratch.start(&["run", "slow.toml"]);
    scratch.wait_for("slow");
    running.signal(signal);
    let ended = running.end().code(exit::INTERRUPTED);
    let kept = scratch.rows("slow");
    let finished = kept.experiments().len();
    assert!((1..EXPERIMENTS).contains(&finished), "{finished} experiments were recorded");
    assert_rows_follow_from_samples(&kept, &scratch.samples("slow"));
    assert_goes_on(&scratch, &scratch.read(&rows_file("slow")));
    ended.stderr(in_order(&["error: interrupted", "kept"]));
}

#[test]
fn after_a_kill_a_torn_line_is_cut_off_and_the_run_goes_on() {
    let scratch = Scratch::with("slow.toml", config::slow(EXPERIMENTS));
    let running = scratch.start(&["run", "slow.toml"]);
    scratch.wait_for("slow");
    running.signal("KILL");
    assert_eq!(running.end().status.code(), None, "it was killed");
    let whole = scratch.read(&rows_file("slow"));
    // What a power failure in the middle of a write leaves.
    for file in [rows_file("slow"), samples_file("slow")] {
        let mut file = OpenOptions::new().append(true).open(scratch.path(&file)).unwrap();
        file.write_all(b"slow,direct/batch=3,d").unwrap();
    }
    let torn = format!("results/slow.csv: line {} is torn (21 bytes): ", whole.lines().count() + 1);
    let report = scratch.winoscope(&["report", &rows_file("slow")]).assert().code(0);
    report.stderr(contains(format!("warning: {torn}passed over\n")));
    let resumed = assert_goes_on(&scratch, &whole);
    resumed.stderr(in_order(&[
        &format!("warning: {torn}cut off, its experiment runs again\n"),
        "warning: results/slow.samples.csv: line ",
    ]));
}

/// Runs `slow.toml` again, which was stopped when its rows were those of `before`: what is finished is not measured
/// again, and in the end every experiment is there exactly once.
#[track_caller]
fn assert_goes_on(scratch: &Scratch, before: &str) -> Assert {
    let mut resumed = scratch.run("slow.toml");
    for experiment in Table::parse(before).experiments() {
        resumed = resumed.stderr(contains(format!("{experiment}  already measured")));
    }
    assert!(scratch.read(&rows_file("slow")).starts_with(before), "finished rows stay as they are");
    let rows = scratch.rows("slow");
    assert_eq!(rows.experiments().len(), EXPERIMENTS);
    for experiment in rows.experiments() {
        assert_eq!(rows.phases(experiment), ["direct", "total"]);
    }
    assert_rows_follow_from_samples(&rows, &scratch.samples("slow"));
    resumed
}

#[test]
fn a_second_run_beside_the_first_is_refused_and_the_first_goes_on() {
    // Minutes, of which seconds are waited for.
    let scratch = Scratch::with("slow.toml", config::slow(200));
    let first = scratch.start(&["run", "slow.toml"]);
    scratch.wait_for("slow");
    let sentence = "error: another run is writing results/slow.csv: wait for it, or choose another folder with \
                    --results\n";
    for arguments in [&["slow.toml"][..], &["slow.toml", "--fresh"]] {
        scratch.run_to(exit::BAD_RESULTS, arguments).stderr(contains(sentence));
    }
    assert!(!scratch.has("results/slow.csv.old"));
    // Reading disturbs nobody, and neither does another folder.
    scratch.winoscope(&["report", &rows_file("slow")]).assert().code(0);
    scratch.write("direct.toml", config::direct());
    scratch.run("direct.toml");
    first.signal("INT");
    first.end().code(exit::INTERRUPTED);
    assert_rows_follow_from_samples(&scratch.rows("slow"), &scratch.samples("slow"));
}
