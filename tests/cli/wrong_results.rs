//! Kernels that compile and compute the wrong thing: never a time for them, always one for the others.

use predicates::str::contains;

use crate::support::table::assert_rows_follow_from_samples;
use crate::support::{Scratch, config, exit, in_order};

/// What a row has where something was timed.
const TIMES: [&str; 11] = [
    "samples",
    "median_ns",
    "ci_low_ns",
    "ci_high_ns",
    "min_ns",
    "p95_ns",
    "noise_floor_ns",
    "record_ns",
    "submit_to_start_ns",
    "device_ns",
    "readback_ns",
];

#[test]
fn one_sign_in_a_kernel_makes_its_experiments_wrong_and_no_others() {
    let scratch = edited("direct_patch.comp", ") - int(PADDING)", ") + int(PADDING)");
    let assert = scratch.run_to(exit::WRONG, &["tiny.toml", "--glsl", "mine"]);
    assert.stderr(in_order(&[
        "\nerror: direct: run phase by phase, y is ",
        " from its f64 twin, ",
        "worst at element",
    ]));
    let rows = scratch.rows("tiny");
    assert_wrong(&scratch, "direct", "y is ");
    assert!(rows.total("direct").number("rel_error") > 0.1);
    for experiment in ["stored", "inline"] {
        assert_eq!(&rows.total(experiment)["status"], "ok");
    }
}

#[test]
fn a_wrong_intermediate_is_named_even_where_another_phase_made_it() {
    let scratch = edited("filter_transform.comp", "= elements[position];", "= -elements[position];");
    scratch.run_to(exit::WRONG, &["tiny.toml", "--glsl", "mine"]).stderr(contains("\nerror: stored: "));
    assert_wrong(&scratch, "stored", "ghat is ");
    assert_eq!(&scratch.rows("tiny").total("inline")["status"], "ok");
}

#[test]
fn elements_that_are_never_written_are_counted() {
    // The third column of y is left out: 2 channels × 7 rows.
    let scratch = edited(
        "include/output_staged.glsl",
        "out_column < OUT_WIDTH",
        "out_column < OUT_WIDTH && out_column != 2u",
    );
    let sentence = "y holds NaN in 14 of 126 elements, first at 2: never written";
    scratch.run_to(exit::WRONG, &["tiny.toml", "--glsl", "mine"]).stderr(contains(sentence));
    for experiment in ["stored", "inline"] {
        assert_wrong(&scratch, experiment, sentence);
        assert_eq!(&scratch.rows("tiny").total(experiment)["rel_error"], "inf");
    }
    assert_eq!(&scratch.rows("tiny").total("direct")["status"], "ok");
}

#[test]
fn a_wrong_output_outranks_an_earlier_failure() {
    let scratch = edited("direct_patch.comp", ") - int(PADDING)", ") + int(PADDING)");
    scratch.edit("mine/multiply_element.comp", "void main() {", "void main() { nonsense;");
    let assert = scratch.run_to(exit::WRONG, &["tiny.toml", "--glsl", "mine"]);
    assert.stderr(in_order(&["inline  failed: ", "direct  wrong: ", "\nerror: direct: "]));
}

#[test]
fn what_was_wrong_is_tried_again() {
    let scratch = edited("direct_patch.comp", ") - int(PADDING)", ") + int(PADDING)");
    scratch.write("direct.toml", config::direct());
    for runs in 1..=2 {
        scratch.run_to(exit::WRONG, &["direct.toml", "--glsl", "mine"]);
        assert_eq!(scratch.rows("direct").rows.len(), 2 * runs);
    }
    let report = scratch.winoscope(&["report", "results/direct.csv"]).assert().code(0);
    report.stdout(in_order(&["| direct ", " wrong ", "- `direct`: wrong: run phase by phase, y is "]));
}

/// A folder with `tiny.toml` and a copy of the kernels, `mine`, in which `from` reads `to`.
#[track_caller]
fn edited(kernel: &str, from: &str, to: &str) -> Scratch {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.copy_kernels("mine");
    scratch.edit(&format!("mine/{kernel}"), from, to);
    scratch
}

/// Checks that no row of an experiment in `tiny.toml` has a time, and that each has the reason.
#[track_caller]
fn assert_wrong(scratch: &Scratch, experiment: &str, reason: &str) {
    let (rows, samples) = (scratch.rows("tiny"), scratch.samples("tiny"));
    for row in rows.of(experiment) {
        assert_eq!(&row["status"], "wrong");
        assert!(row["reason"].contains(reason), "{}", &row["reason"]);
        assert_eq!(TIMES.map(|column| &row[column]), [""; TIMES.len()], "{row:?}");
    }
    assert!(!samples.experiments().contains(experiment));
    assert_rows_follow_from_samples(&rows, &samples);
}
