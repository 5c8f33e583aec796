//! The state of the device while it is measured, told by a stand-in for NVIDIA's library; and nothing where it is missing
//! or broken.

use std::path::{Path, PathBuf};

use predicates::prelude::*;
use predicates::str::{contains, is_empty};

use crate::support::driver::compiled;
use crate::support::process::bounded;
use crate::support::scratch::stdout;
use crate::support::{Scratch, config, exit, in_order};

const LIBRARY: &str = "nvml/libnvidia-ml.so.1";

/// Reasons as NVML numbers them.
const POWER_CAP: u64 = 4;
const HARDWARE_THERMAL: u64 = 0x40;

/// A folder in which the stand-in is found.
fn with_library() -> Scratch {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.write(LIBRARY, std::fs::read(compiled("fake_nvml")).unwrap());
    scratch
}

/// `winoscope ARGUMENTS` where the folder's library is loaded before the system's, and tells of this device.
fn winoscope(scratch: &Scratch, uuid: &str, reasons: u64, arguments: &[&str]) -> assert_cmd::Command {
    let mut process = scratch.process(arguments);
    let folder: PathBuf = scratch.path(LIBRARY).parent().map(Path::to_owned).unwrap();
    process.env("LD_LIBRARY_PATH", folder);
    process.env("FAKE_NVML_UUID", uuid).env("FAKE_NVML_REASONS", reasons.to_string());
    bounded(process)
}

/// The device's UUID, as `devices` tells it.
fn uuid(scratch: &Scratch) -> String {
    let list = stdout(&scratch.winoscope(&["devices"]).assert().code(0));
    let line = list.lines().find(|line| line.contains("| UUID")).expect("a UUID").to_owned();
    line.split('|').nth(2).expect("a cell").trim().to_owned()
}

#[test]
fn clocks_heat_and_power_stand_in_every_row() {
    let scratch = with_library();
    let uuid = uuid(&scratch);
    winoscope(&scratch, &uuid, POWER_CAP, &["run", "direct.toml"]).assert().code(0);
    for row in &scratch.rows("direct").rows {
        assert_eq!(&row["status"], "ok");
        for (column, value) in [
            ("sm_clock_mhz", "1980"),
            ("sm_clock_after_mhz", "1980"),
            ("memory_clock_mhz", "3201"),
            ("memory_clock_after_mhz", "3201"),
            ("temperature_c", "41"),
            ("temperature_after_c", "41"),
            ("power_w", "123.4"),
            ("power_after_w", "123.4"),
            ("throttle_reasons", "power_cap"),
            ("throttled_samples", "0"),
        ] {
            assert_eq!(&row[column], value, "{column}");
        }
    }
    let devices = winoscope(&scratch, &uuid, 0, &["devices"]).assert().code(0);
    devices.stdout(in_order(&["clocks and heat", "read by NVML"]));
}

#[test]
fn a_device_that_stays_too_hot_has_no_times_and_says_why() {
    let scratch = with_library();
    let run = winoscope(&scratch, &uuid(&scratch), HARDWARE_THERMAL, &["run", "direct.toml"]).assert();
    let run = run.code(exit::NO_TIMES);
    run.stderr(in_order(&[
        "error: direct: the device was throttling (hardware_thermal): ",
        " samples were discarded",
    ]));
    for row in &scratch.rows("direct").rows {
        assert_eq!((&row["median_ns"], &row["samples"]), ("", ""));
        assert!(row.number("throttled_samples") >= 6.0, "{row:?}");
    }
    assert!(scratch.samples("direct").rows.is_empty());
}

#[test]
fn another_device_a_broken_library_and_none_are_passed_over_in_silence() {
    let scratch = with_library();
    let quiet = |arguments: &[&str]| {
        let run = winoscope(&scratch, "of-another-device", HARDWARE_THERMAL, arguments).assert().code(0);
        // A busy processor's times may be warned about.
        run.stderr(contains("library").not().and(contains("nvml").not()).and(contains("NVML").not()));
        let row = scratch.rows("direct").rows.pop().expect("a row");
        assert_eq!((&row["status"], &row["sm_clock_mhz"], &row["throttled_samples"]), ("ok", "", ""));
    };
    quiet(&["run", "direct.toml"]);
    scratch.write(LIBRARY, "no library at all");
    quiet(&["run", "direct.toml", "--set", "problem.height=8"]);
    let devices = winoscope(&scratch, "", 0, &["devices"]).assert().code(0).stderr(is_empty());
    devices.stdout(in_order(&["clocks and heat", "not read"]));
}
