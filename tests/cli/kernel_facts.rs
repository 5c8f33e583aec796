//! What a driver tells of its kernels, from a driver before lavapipe that does.

use predicates::prelude::*;
use predicates::str::contains;

use crate::support::driver::Fault;
use crate::support::scratch::{rows_file, stdout};
use crate::support::table::Table;
use crate::support::{Scratch, config, in_order};

const FILE: &str = "results/tiny.kernels.csv";

fn facts(scratch: &Scratch) -> Table {
    Table::read(&scratch.path(FILE))
}

#[test]
fn a_driver_that_does_not_tell_leaves_no_file_and_devices_says_so() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.run("tiny.toml");
    assert!(!scratch.has(FILE));
    let report = scratch.winoscope(&["report", &rows_file("tiny")]).assert().code(0);
    report.stdout(contains("## Kernels").not());
    let devices = scratch.winoscope(&["devices"]).assert().code(0);
    devices.stdout(in_order(&[
        "kernel facts",
        "lacks VK_KHR_pipeline_executable_properties",
        "bounds checks",
    ]));
}

#[test]
fn each_kernel_has_its_figures_once_and_the_report_shows_them() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    let run = || scratch.winoscope_on(&Fault::TellsOfKernels, &["run", "tiny.toml"]).assert().code(0);
    run();
    let told = facts(&scratch);
    assert_eq!(told.of("direct").len(), 3, "one kernel, three figures");
    assert_eq!(told.of("stored").len(), 12, "four kernels");
    assert_eq!(told.of("inline").len(), 6, "two kernels");
    let rows = scratch.rows("tiny");
    for fact in &told.rows {
        let row = rows.of(&fact["experiment"]).into_iter().find(|row| row["phase"] == fact["phase"]);
        let row = row.expect("its phase has a row");
        for column in ["config", "spirv_hash", "device", "driver", "git_commit", "timestamp_utc"] {
            assert_eq!(fact[column], row[column], "{column}");
        }
        assert_eq!((&fact["executable"], &fact["subgroup_size"]), ("main", "32"));
        let (value, format) = match &fact["statistic"] {
            "Register Count" => ("40", "u64"),
            "Local Memory Size" => ("512", "u64"),
            "Occupancy" => ("0.5", "f64"),
            other => panic!("nobody told of {other}"),
        };
        assert_eq!((&fact["value"], &fact["format"]), (value, format));
        assert_eq!(&fact["description"], "Made up, of an invocation.");
    }
    // What is measured already is not told of again.
    let before = scratch.read(FILE);
    run();
    assert_eq!(scratch.read(FILE), before);
    let report = scratch.winoscope(&["report", &rows_file("tiny")]).assert().code(0);
    let text = stdout(&report);
    let kernels = text.split("## Kernels").nth(1).expect("a section on kernels");
    let line = kernels.lines().find(|line| line.contains("mhat: multiply_blocked"));
    let cells: Vec<&str> = line.expect("a line for each kernel").split('|').map(str::trim).collect();
    assert_eq!(cells[2..8], ["40", "512", "–", "–", "–", "stored"], "{kernels}");
    let devices = scratch.winoscope_on(&Fault::TellsOfKernels, &["devices"]).assert().code(0);
    devices.stdout(in_order(&["kernel facts", "the driver tells of registers"]));
}

#[test]
fn fresh_sets_the_figures_aside_too() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    for arguments in [&["run", "tiny.toml"][..], &["run", "tiny.toml", "--fresh"]] {
        scratch.winoscope_on(&Fault::TellsOfKernels, arguments).assert().code(0);
    }
    assert!(scratch.has(&format!("{FILE}.old")));
    assert_eq!(facts(&scratch).of("direct").len(), 3);
}

#[test]
fn the_validation_layer_has_nothing_to_say_of_the_questions() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.winoscope_on(&Fault::TellsOfKernels, &["run", "tiny.toml", "--validate"]).assert().code(0);
    assert_eq!(facts(&scratch).of("direct").len(), 3);
}
