//! Devices that are not there, not the one meant, or too small; and the validation layer.

use std::path::Path;
use std::process::Command;

use predicates::prelude::*;
use predicates::str::contains;

use crate::support::process::bounded;
use crate::support::scratch::{repository, stdout};
use crate::support::table::Table;
use crate::support::{Scratch, config, driver, exit, in_order};

/// Runs `winoscope ARGUMENTS` with its surroundings changed, and checks that it leaves no results.
#[track_caller]
fn fails(scratch: &Scratch, arguments: &[&str], change: impl Fn(&mut Command), code: i32, sentence: &[&str]) {
    let mut process = scratch.process(arguments);
    change(&mut process);
    let assert = bounded(process).assert();
    assert.code(code).stdout("").stderr(in_order(sentence));
    assert!(!scratch.has("results"), "a results folder was made");
}

fn set(process: &mut Command, variable: &str, value: Option<&str>) {
    process.env(variable, value.expect("it is text"));
}

#[test]
fn without_a_loader_it_says_what_to_install() {
    // A file of this name that is no library is found before the system's and cannot be loaded.
    let scratch = Scratch::with("loader/libvulkan.so.1", "not a library");
    scratch.write("direct.toml", config::direct());
    let folder = scratch.path("loader");
    for arguments in [&["run", "direct.toml"][..], &["devices"]] {
        fails(
            &scratch,
            arguments,
            |process| set(process, "LD_LIBRARY_PATH", folder.to_str()),
            exit::NO_LOADER,
            &["error: the Vulkan loader cannot be used (", "libvulkan.so.1", "apt install libvulkan1"],
        );
    }
}

#[test]
fn without_a_device_it_says_what_to_install() {
    let scratch = Scratch::with("direct.toml", config::direct());
    for arguments in [&["run", "direct.toml"][..], &["devices"]] {
        fails(
            &scratch,
            arguments,
            |process| driver::choose(process, &[Path::new("/nonexistent/driver.json")]),
            exit::NO_DEVICE,
            &[
                "error: no Vulkan device was found; install a driver (`mesa-vulkan-drivers`",
                "VK_DRIVER_FILES",
            ],
        );
    }
}

#[test]
fn a_device_that_is_not_there_is_answered_with_those_that_are() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let sentence = |wanted: &str| format!("error: no device matches '{wanted}'; ");
    for wanted in ["voodoo", "777", ""] {
        let sentence = [&*sentence(wanted), "0: llvmpipe", "cpu"];
        fails(&scratch, &["run", "direct.toml", "--device", wanted], |_| {}, exit::NO_DEVICE, &sentence);
        let from_environment = |process: &mut Command| set(process, "WINOSCOPE_DEVICE", Some(wanted));
        fails(&scratch, &["run", "direct.toml"], from_environment, exit::NO_DEVICE, &sentence);
    }
}

#[test]
fn a_device_is_chosen_by_index_uuid_or_a_part_of_its_name() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let uuid = uuid(&scratch);
    for wanted in ["0", &uuid, &uuid.replace('-', "").to_uppercase(), "LLVMpipe"] {
        scratch.run_to(0, &["direct.toml", "--device", wanted]);
    }
    // The option goes before the environment.
    let mut chosen = scratch.winoscope(&["run", "direct.toml", "--device", "llvmpipe"]);
    chosen.env("WINOSCOPE_DEVICE", "voodoo").assert().code(0);
    assert!(scratch.rows("direct").total("direct")["device"].contains("llvmpipe"));
}

fn uuid(scratch: &Scratch) -> String {
    let list = stdout(&scratch.winoscope(&["devices"]).assert().code(0));
    let line = list.lines().find(|line| line.contains("UUID")).expect("devices tells the UUID").to_owned();
    line.split('|').nth(2).expect("a table of two columns").trim().to_owned()
}

#[test]
fn a_name_of_two_devices_asks_for_an_index() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let both = |process: &mut Command| {
        driver::choose(process, &[&driver::lavapipe().manifest, &scratch.second_lavapipe()]);
    };
    fails(
        &scratch,
        &["run", "direct.toml", "--device", "llvmpipe"],
        both,
        exit::NO_DEVICE,
        &["error: 'llvmpipe' matches several devices (0: llvmpipe", "1: llvmpipe", "ask by index"],
    );
    let mut second = scratch.process(&["run", "direct.toml", "--device", "1"]);
    both(&mut second);
    bounded(second).assert().code(0);
}

#[test]
fn without_the_validation_layer_it_says_what_to_install() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.write("layers/none", "");
    let folder = scratch.path("layers");
    for arguments in [&["run", "direct.toml", "--validate"][..], &["devices", "--validate"]] {
        fails(
            &scratch,
            arguments,
            |process| set(process, "VK_LAYER_PATH", folder.to_str()),
            exit::MISSING,
            &["VK_LAYER_KHRONOS_validation is not installed", "vulkan-validationlayers", "run without"],
        );
    }
}

#[test]
fn a_buffer_over_the_devices_limit_is_a_row_and_the_others_are_measured() {
    let scratch = Scratch::with("large.toml", config::with_a_problem_too_large());
    // x is [1][3][4000000][9] of four bytes.
    let reason = "buffer x [1][3][4000000][9] needs 432000000 bytes, but this device's kernels see at most \
                  134217728 of one buffer; choose a smaller problem or another device";
    let message = format!("error: direct/height=4000000: {reason}\n");
    scratch.run_to(exit::SIZE, &["large.toml"]).stderr(contains(message));
    let rows = scratch.rows("large");
    let refused = rows.total("direct/height=4000000");
    assert_eq!((&refused["status"], &refused["reason"]), ("unsupported", reason));
    assert_eq!((&refused["median_ns"], &refused["samples"]), ("", ""));
    assert_eq!(rows.phases("direct/height=4000000"), ["total"]);
    assert_eq!(&rows.total("direct/height=7")["status"], "ok");
    assert_eq!(scratch.samples("large").experiments().into_iter().collect::<Vec<_>>(), ["direct/height=7"]);
}

#[test]
fn validation_finds_nothing() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    let silent = || contains("VUID").or(contains("UNASSIGNED")).or(contains("SYNC-")).not();
    let run = scratch.run_to(0, &["tiny.toml", "--validate"]);
    run.stderr(silent()).stdout(silent());
    scratch.winoscope(&["devices", "--validate"]).assert().code(0).stderr("").stdout(silent());
    assert_eq!(statuses(&scratch.rows("tiny")), ["ok"]);
}

#[test]
fn what_the_validation_layer_reports_is_shown() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.copy_kernels("mine");
    // Right on lavapipe, and wrong all the same: 64-bit arithmetic is a feature that is not asked for.
    scratch.edit("mine/direct_patch.comp", "sums[k][p];", "float(double(sums[k][p]) * 1.00000001LF);");
    let assert = scratch.run_to(exit::VALIDATION, &["tiny.toml", "--validate", "--glsl", "mine"]);
    assert.stderr(in_order(&["results: ", "error: the validation layer reports:\n", "VUID-", "Float64"]));
    assert_eq!(scratch.rows("tiny").experiments().len(), 3, "the rows are kept");
}

#[test]
fn validation_finds_nothing_in_the_investigation() {
    let scratch = Scratch::new();
    let investigation = repository().join("configs/investigation.toml");
    let small = ["problem.height=9", "problem.width=6", "problem.in_channels=5", "problem.out_channels=3"];
    let quick = ["max_seconds=0.001", "min_samples=6", "warmup_seconds=0", "min_region_us=0"]
        .map(|setting| format!("measure.{setting}"));
    let mut arguments = vec![investigation.to_str().unwrap(), "--validate"];
    arguments
        .extend(small.into_iter().chain(quick.iter().map(String::as_str)).flat_map(|set| ["--set", set]));
    scratch.run_to(0, &arguments);
    let rows = scratch.rows("investigation");
    assert_eq!(rows.experiments().len(), 17);
    assert_eq!(statuses(&rows), ["ok"]);
}

/// The statuses that occur.
fn statuses(table: &Table) -> Vec<&str> {
    let mut all: Vec<&str> = table.rows.iter().map(|row| &row["status"]).collect();
    all.sort_unstable();
    all.dedup();
    all
}
