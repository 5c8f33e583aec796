//! `winoscope compare`: its tables, its verdicts as exit codes, and what it refuses. Its rows are made up; no device
//! is needed.

use predicates::prelude::*;
use predicates::str::contains;
use winoscope::results::{Mode, Phase, Record, Row, Sample, read_rows};

use crate::golden::assert_golden;
use crate::support::scratch::{repository, stdout};
use crate::support::{Scratch, exit, in_order};

/// The total of an experiment, in nanoseconds, ±0.5 %.
fn total(experiment: &str, ns: f64) -> Row {
    let template =
        read_rows(&repository().join("results/h200/investigation.csv")).unwrap().rows.swap_remove(0);
    Row {
        config: "c".to_owned(),
        experiment: experiment.to_owned(),
        stop_after: "output".to_owned(),
        phase: Phase::Total,
        mode: Mode::Pipelined,
        samples: Some(30),
        median_ns: Some(ns),
        ci_low_ns: Some(ns * 0.995),
        ci_high_ns: Some(ns * 1.005),
        device: "NVIDIA H200".to_owned(),
        driver: "NVIDIA 580".to_owned(),
        shader_compiler: "shaderc".to_owned(),
        spirv_hash: "5a5a".to_owned(),
        config_hash: "c0ffee".to_owned(),
        git_commit: "0123abc".to_owned(),
        timestamp_utc: "2026-11-01T10:00:00.000Z".to_owned(),
        ..template
    }
}

/// 30 samples of a row, spread over ±`spread` of its median.
fn samples(row: &Row, spread: f64) -> Vec<Sample> {
    // An order without a trend: 7 and 30 have no common divisor.
    let deviation = |number: u64| (f64::from((number * 7 % 30) as u32) - 14.5) / 14.5;
    let sample = |number| Sample {
        config: row.config.clone(),
        experiment: row.experiment.clone(),
        phase: row.phase,
        mode: row.mode,
        sample: number,
        nanoseconds: row.median_ns.unwrap() * (1.0 + spread * deviation(number)),
        timestamp_utc: row.timestamp_utc.clone(),
    };
    (0..30).map(sample).collect()
}

fn write<R: Record>(scratch: &Scratch, name: &str, records: &[R]) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(R::COLUMNS.iter().map(|column| column.name)).unwrap();
    for record in records {
        writer.write_record(record.to_record()).unwrap();
    }
    scratch.write(name, writer.into_inner().unwrap());
}

/// `before.csv` and `after.csv`, with samples beside them of all but `unsampled`.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let before = ["slower", "faster", "same", "unclear", "unsampled", "gone"].map(|name| total(name, 1e4));
    let after =
        [("slower", 1.05e4), ("faster", 0.5e4), ("same", 1e4), ("unclear", 1.01e4), ("unsampled", 1.2e4)]
            .map(|(name, ns)| Row { git_commit: "89abcde".to_owned(), ..total(name, ns) });
    write(&scratch, "before.csv", &before);
    write(&scratch, "after.csv", &after);
    let sampled = |rows: &[Row]| -> Vec<Sample> {
        let rows = rows.iter().filter(|row| row.experiment != "unsampled");
        rows.flat_map(|row| samples(row, 0.005)).collect()
    };
    write(&scratch, "before.samples.csv", &sampled(&before));
    write(&scratch, "after.samples.csv", &sampled(&after));
    scratch
}

#[test]
fn two_files() {
    let compared = scratch().winoscope(&["compare", "before.csv", "after.csv"]).assert().code(0).stderr("");
    assert_golden("compare", &stdout(&compared));
}

#[test]
fn one_file() {
    let compared = scratch().winoscope(&["compare", "after.csv"]).assert().code(0).stderr("");
    assert_golden("compare_ties", &stdout(&compared));
}

#[test]
fn certainly_slower_fails_and_unclear_is_told() {
    let compare = ["compare", "before.csv", "after.csv", "--fail-if-slower"];
    let scratch = scratch();
    let failed = scratch.winoscope(&[&compare[..], &["1%"]].concat()).assert().code(exit::SLOWER);
    let failed = failed.stdout(contains("| slower "));
    failed.stderr(in_order(&[
        "warning: it is unclear whether this is more than 1 % slower: `unclear` total: 1.010× [",
        "warning: of what is in A, 1 have no time to compare with in B, and are not judged",
        "error: certainly more than 1 % slower: `slower` total: 1.050× [",
        "; `unsampled` total: 1.20× [",
    ]));
    let passed = scratch.winoscope(&[&compare[..], &["30%"]].concat()).assert().code(0);
    passed.stderr(contains("1 have no time to compare with").and(contains("unclear").not()));
}

#[test]
fn without_samples_the_rows_intervals_count() {
    let scratch = scratch();
    std::fs::remove_file(scratch.path("after.samples.csv")).unwrap();
    let compared = scratch.winoscope(&["compare", "before.csv", "after.csv"]).assert().code(0).stderr("");
    compared.stdout(contains("- 5 of the 5 intervals are of the rows' own"));
}

/// Samples that were not all kept are not taken for the row's.
#[test]
fn torn_samples_are_left_out() {
    let scratch = scratch();
    let text = scratch.read("after.samples.csv");
    scratch.write("after.samples.csv", &text[..text.len() - 10]);
    let compared = scratch.winoscope(&["compare", "before.csv", "after.csv"]).assert().code(0).stderr("");
    compared.stdout(contains("- 2 of the 5 intervals are of the rows' own"));
}

#[test]
fn another_device_is_refused_unless_asked_for() {
    let scratch = scratch();
    let other = Row { device: "NVIDIA A100".to_owned(), ..total("same", 2e4) };
    write(&scratch, "other.csv", &[other]);
    let compare = ["compare", "before.csv", "other.csv"];
    let refused = scratch.winoscope(&compare).assert().code(exit::UNMATCHED).stdout("");
    refused.stderr(in_order(&[
        "error: before.csv has times of NVIDIA H200, other.csv of NVIDIA A100; --across-devices",
    ]));
    let compared = scratch.winoscope(&[&compare[..], &["--across-devices"]].concat()).assert().code(0);
    compared.stdout(in_order(&["**differs**", "CAUTION: the devices differ", "2.00× ["]));
}

#[test]
fn nothing_in_common_is_a_fault_of_its_own() {
    let scratch = scratch();
    write(&scratch, "other.csv", &[total("another", 1e4)]);
    let alone = scratch.winoscope(&["compare", "before.csv", "other.csv"]).assert();
    let alone = alone.code(exit::UNMATCHED).stdout("");
    alone.stderr(contains(
        "error: before.csv and other.csv have no time in common: experiments are matched by name",
    ));
    let phase = scratch.winoscope(&["compare", "before.csv", "after.csv", "--phase", "mhat"]).assert();
    phase.code(exit::UNMATCHED).stdout("");
    let one = scratch.winoscope(&["compare", "other.csv"]).assert().code(exit::UNMATCHED);
    one.stderr(contains(
        "error: no two experiments of other.csv compute the same problem and have a time of total",
    ));
}

#[test]
fn what_is_no_results_file_is_told() {
    let scratch = scratch();
    scratch.write("notes.csv", "a,b\n1,2\n");
    let notes = scratch.winoscope(&["compare", "before.csv", "notes.csv"]).assert().code(exit::BAD_RESULTS);
    notes.stdout("").stderr(contains("error: notes.csv: it lacks the columns "));
    let missing = scratch.winoscope(&["compare", "before.csv", "nosuch.csv"]).assert().code(exit::UNREADABLE);
    missing.stdout("").stderr(contains("error: cannot read nosuch.csv: No such file"));
    let samples = scratch.winoscope(&["compare", "before.csv", "after.samples.csv"]).assert();
    let samples = samples.code(exit::UNMATCHED).stdout("");
    samples.stderr(contains("warning: after.samples.csv holds raw samples, not rows"));
    scratch.write("before.samples.csv", "a,b\n1,2\n");
    let beside = scratch.winoscope(&["compare", "before.csv", "after.csv"]).assert().code(exit::BAD_RESULTS);
    beside.stderr(contains("error: before.samples.csv: it lacks the columns "));
}

#[test]
fn shares_are_given_in_percent() {
    let refused =
        scratch().winoscope(&["compare", "before.csv", "after.csv", "--fail-if-slower", "3"]).assert();
    refused.code(exit::USAGE).stdout("").stderr(contains("expected a percentage from 0%, such as 3%"));
    let alone = scratch().winoscope(&["compare", "before.csv", "--fail-if-slower", "3%"]).assert();
    alone.code(exit::USAGE).stdout("").stderr(contains("[B.csv]").or(contains("<B.csv>")));
}
