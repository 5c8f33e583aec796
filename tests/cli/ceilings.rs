//! `winoscope ceilings`, and the floors that come of it.

use predicates::prelude::*;
use predicates::str::contains;
use winoscope::results::ceilings::CEILING_COLUMNS;

use crate::support::scratch::{rows_file, stdout};
use crate::support::table::Table;
use crate::support::{Scratch, config, exit, in_order};

/// A ceilings file with one row, of a device that no test has.
fn foreign() -> String {
    let header: Vec<&str> = CEILING_COLUMNS.iter().map(|column| column.name).collect();
    let row =
        "f32_fma,,1e12,1e12,1e12,flop/s,20,ok,,Another GPU,driver 1,shaderc,5a5a,c0ffee,2025-11-01T00:00:00Z";
    format!("{}\n{row}\n", header.join(","))
}

/// The one file among the ceilings.
fn saved(scratch: &Scratch) -> String {
    let files: Vec<_> = std::fs::read_dir(scratch.path("results/ceilings")).unwrap().collect();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    format!("results/ceilings/{}", file.as_ref().unwrap().file_name().to_str().unwrap())
}

#[test]
fn ceilings_are_measured_saved_and_the_floors_of_what_follows() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let arguments = ["ceilings", "--max-bytes", "128KiB", "--validate", "--seed", "1"];
    let measured = scratch.winoscope(&arguments).assert().code(0);
    let measured = measured.stderr(in_order(&["device: llvmpipe", "ceilings: results/ceilings/llvmpipe"]));
    let tables = stdout(&measured);
    assert!(
        tables.contains("| Working set |") && tables.contains("Caution: this is a software driver"),
        "{tables}"
    );

    let file = saved(&scratch);
    let table = Table::read(&scratch.path(&file));
    assert!(table.header.iter().eq(CEILING_COLUMNS.iter().map(|column| column.name)));
    let of = |ceiling: &str| -> Vec<&str> {
        table.rows.iter().filter(|row| &row["ceiling"] == ceiling).map(|row| &row["bytes"]).collect()
    };
    assert_eq!(of("copy_bandwidth"), ["65536", "131072"]);
    assert_eq!(of("fill_bandwidth"), ["32768", "65536"]);
    assert_eq!(of("read_bandwidth"), ["32768", "65536"]);
    for ceiling in ["shared_bandwidth", "f32_fma", "f16_fma", "dispatch", "ordered_dispatch", "barrier"] {
        assert_eq!(of(ceiling), [""], "{ceiling}");
    }
    // No software driver multiplies matrices.
    let matrix = table.rows.iter().find(|row| &row["ceiling"] == "matrix_f16_f32").unwrap();
    assert_eq!((&matrix["status"], &matrix["value"]), ("unsupported", ""));
    assert!(matrix["reason"].contains("VK_KHR_cooperative_matrix"), "{matrix:?}");
    for row in table.rows.iter().filter(|row| &row["status"] == "ok") {
        assert!(row["driver"].ends_with(" (validated)") && !row["git_commit"].is_empty(), "{row:?}");
        let [low, value, high] =
            ["ci_low", "value", "ci_high"].map(|column| row[column].parse::<f64>().unwrap());
        assert!(low <= value && value <= high, "{row:?}");
    }

    assert_eq!(
        stdout(&scratch.winoscope(&["report", &file]).assert().code(0)),
        tables,
        "the file says the same"
    );

    let run = scratch.run_to(0, &["direct.toml", "--validate"]);
    run.stderr(contains("no ceilings").not());
    for row in &scratch.rows("direct").rows {
        assert!(row["floor_ns"].parse::<f64>().unwrap() > 0.0, "{row:?}");
    }
    let report = scratch.winoscope(&["report", &rows_file("direct")]).assert().code(0);
    report.stdout(in_order(&["## Every experiment", "## Against the floor", "| direct "]));
}

#[test]
fn without_ceilings_it_is_said_how_to_get_them() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.run("direct.toml").stderr(in_order(&[
        "note: results/ceilings/llvmpipe",
        "has no ceilings of llvmpipe",
        "floor_ns stays empty; `winoscope ceilings` measures them",
    ]));
    assert!(scratch.rows("direct").rows.iter().all(|row| row["floor_ns"].is_empty()));
    let report = scratch.winoscope(&["report", &rows_file("direct")]).assert().code(0).stderr("");
    report.stdout(contains("floor").not());
}

#[test]
fn rows_without_floors_get_them_from_ceilings_saved_later() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.run("direct.toml");
    let (device, driver) = {
        let rows = scratch.rows("direct").rows;
        (rows[0]["device"].to_owned(), rows[0]["driver"].to_owned())
    };
    let own = foreign().replace("Another GPU", &format!("\"{device}\"")).replace("driver 1", &driver);
    scratch.write("elsewhere.csv", own);
    let rows = scratch.read(&rows_file("direct"));
    let arguments = ["report", &rows_file("direct"), "--ceilings", "elsewhere.csv"];
    scratch.winoscope(&arguments).assert().code(0).stdout(contains("## Against the floor"));
    assert_eq!(scratch.read(&rows_file("direct")), rows, "a report changes nothing");
}

#[test]
fn ceilings_of_another_device_are_refused() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.write("foreign.csv", foreign());
    scratch.run("direct.toml");
    let sentence = ["error: foreign.csv has no ceilings of llvmpipe", "but of Another GPU (driver 1)"];
    for arguments in [["report", "results/direct.csv"], ["run", "direct.toml"]] {
        let arguments = [&arguments[..], &["--ceilings", "foreign.csv"]].concat();
        scratch
            .winoscope(&arguments)
            .assert()
            .code(exit::OTHER_DEVICE)
            .stdout("")
            .stderr(in_order(&sentence));
    }
}

#[test]
fn a_ceilings_file_that_is_none_is_refused() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.run("direct.toml");
    scratch.write("other.csv", "a,b\n1,2\n");
    scratch.write("bad.csv", foreign().replace(",ok,", ",fine,"));
    for (file, code, said) in [
        ("nosuch.csv", exit::UNREADABLE, "error: cannot read nosuch.csv"),
        ("other.csv", exit::BAD_RESULTS, "error: other.csv: it lacks the columns ceiling, "),
        ("bad.csv", exit::BAD_RESULTS, "error: bad.csv line 2, column `status`"),
    ] {
        let arguments = ["report", "results/direct.csv", "--ceilings", file];
        scratch.winoscope(&arguments).assert().code(code).stdout("").stderr(contains(said));
    }
}

#[test]
fn a_size_that_is_none_is_wrong_usage() {
    let scratch = Scratch::new();
    scratch.refuses(&["ceilings", "--max-bytes", "1MB"], exit::USAGE, &["--max-bytes", "such as 64MiB"]);
}
