//! The host's clock beside the device's: rows of both kinds from one configuration, never in one table.

use predicates::prelude::*;
use predicates::str::contains;

use crate::support::scratch::{rows_file, stdout};
use crate::support::table::assert_rows_follow_from_samples;
use crate::support::{Scratch, config, in_order};

/// `direct` and `stored` by both clocks: `direct/clock=device` and so on.
fn both() -> String {
    let clocks = "[sweep]\n\"measure.clock\" = [\"host_lazy\", \"device\"]\n";
    [config::PROBLEM, config::QUICK, config::DIRECT, config::STORED, clocks].concat()
}

#[test]
fn each_clock_has_its_own_rows() {
    let scratch = Scratch::with("both.toml", both());
    // The device's clock comes first, whatever the order of the configuration.
    let run = scratch.run("both.toml").stderr(in_order(&["clock=device  ", "clock=host_lazy  "]));
    let (rows, samples) = (scratch.rows("both"), scratch.samples("both"));
    assert_rows_follow_from_samples(&rows, &samples);
    assert_eq!(rows.phases("stored/clock=device"), ["xhat", "ghat", "mhat", "output", "total"]);
    for variant in ["direct", "stored"] {
        let (host, device) = (format!("{variant}/clock=host_lazy"), format!("{variant}/clock=device"));
        assert_eq!(rows.phases(&host), ["total"]);
        let (host, device) = (rows.total(&host), rows.total(&device));
        assert_eq!((&host["mode"], &device["mode"]), ("host_lazy", "pipelined"));
        assert_eq!((&host["status"], &host["noise_floor_ns"]), ("ok", ""));
        assert!(host["reason"].starts_with("the host's clock round the last wait and the read-back alone, "));
        assert!(host.number("median_ns") > 0.0 && host.number("rel_error") < 1e-5);
        for column in ["flops", "bytes", "spirv_hash"] {
            assert_eq!(host[column], device[column], "{column} of {variant}");
        }
    }
    assert_eq!(
        &rows.total("direct/clock=host_lazy")["pipeline_ns"],
        "0",
        "a single phase hides behind nothing"
    );
    assert!(rows.total("stored/clock=host_lazy").number("pipeline_ns") > 0.0);
    let text = stdout(&run);
    let (device, host) = text.split_once("By the host's clock").expect("a table of its own");
    assert!(!device.contains("host_lazy") && !host.contains("clock=device"), "{text}");
}

#[test]
fn the_reports_answers_are_of_device_time_alone() {
    // A variant of the seed's, so that its questions are answered.
    let scratch = Scratch::with("both.toml", both().replace("\"stored\"", "\"old\""));
    scratch.run("both.toml");
    let report = scratch.winoscope(&["report", &rows_file("both")]).assert().code(0).stderr("");
    let report = report.stdout(in_order(&[
        "## Every experiment",
        "| direct/clock=device",
        "## By the host's clock",
        "| direct/clock=host_lazy",
        "## The seed's investigation",
    ]));
    // Of two experiments of one variant the report would say that it cannot choose.
    report.stdout(contains("experiments are").not());
}

#[test]
fn rows_by_the_hosts_clock_are_not_measured_again_either() {
    let scratch = Scratch::with("both.toml", both());
    scratch.run("both.toml");
    let before = scratch.read(&rows_file("both"));
    scratch.run("both.toml").stderr(contains("direct/clock=host_lazy  already measured\n"));
    assert_eq!(scratch.read(&rows_file("both")), before);
}
