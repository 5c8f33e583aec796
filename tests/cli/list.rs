//! What programs read before anything is measured: the experiments, and the devices.

use predicates::str::contains;

use crate::support::scratch::stdout;
use crate::support::table::Table;
use crate::support::{Scratch, config, exit, in_order};

/// Columns whose cells are known of no device, or before nothing was measured.
const LATER: [&str; 6] = ["device", "device_uuid", "driver", "spirv_hash", "timestamp_utc", "median_ns"];

#[test]
fn a_listed_row_says_what_the_measured_one_does() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    let listed = stdout(&scratch.winoscope(&["list", "tiny.toml"]).assert().code(0).stderr(""));
    let listed = Table::parse(&listed);
    assert!(!scratch.has("results"));
    scratch.run("tiny.toml");
    let measured = scratch.rows("tiny");
    assert_eq!(listed.header[0], "comparison");
    assert_eq!(listed.header[1..], measured.header);
    assert_eq!(listed.rows.len(), 3);
    for row in &listed.rows {
        let total = measured.total(&row["experiment"]);
        let before_settled = measured.header.iter().take_while(|column| *column != "workgroup");
        for column in before_settled.filter(|column| !row[column].is_empty()) {
            match column.as_str() {
                "status" => assert_eq!(&row[column], "failed"),
                "seed" => assert_eq!(&row[column], "0"),
                _ => assert_eq!(row[column], total[column], "{column}"),
            }
        }
        assert!(LATER.iter().all(|column| row[column].is_empty()), "{row:?}");
        assert!(!row["glsl_hash"].is_empty() && !row["git_commit"].is_empty(), "{row:?}");
    }
}

#[test]
fn a_restriction_is_counted_and_comparisons_of_several_files_are_several() {
    let swept = config::tiny() + &config::batches(2);
    let restricted =
        swept.clone() + "where = \"variant == 'direct' or problem.batch == 2\"\ntogether = ['variant']\n";
    let scratch = Scratch::with("all.toml", &swept);
    scratch.write("some.toml", restricted);
    let listed = scratch.winoscope(&["list", "some.toml", "all.toml"]).assert().code(0);
    let listed = stdout(&listed.stderr("some: sweep.where leaves out 2\n"));
    let listed = Table::parse(&listed);
    let cells = |column: &str| listed.rows.iter().map(|row| row[column].to_owned()).collect::<Vec<_>>();
    assert_eq!(cells("comparison"), ["0", "1", "1", "1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!(
        cells("experiment")[..4],
        ["direct/batch=1", "direct/batch=2", "stored/batch=2", "inline/batch=2"]
    );
}

#[test]
fn the_devices_are_a_table_too() {
    let scratch = Scratch::new();
    let devices = Table::parse(&stdout(&scratch.winoscope(&["devices", "--csv"]).assert().code(0)));
    assert_eq!(devices.header, ["index", "device", "device_uuid", "driver", "kind", "missing"]);
    scratch.write("direct.toml", config::direct());
    scratch.run_to(0, &["direct.toml", "--device", &devices.rows[0]["device_uuid"]]);
    for column in ["device", "device_uuid", "driver"] {
        assert_eq!(scratch.rows("direct").rows[0][column], devices.rows[0][column], "{column}");
    }
}

#[test]
fn only_the_named_experiments_are_run() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.write("direct.toml", config::direct());
    scratch.run_to(0, &["tiny.toml", "direct.toml", "--only", "inline", "--only", "stored"]);
    let mut names: Vec<String> =
        scratch.rows("tiny").rows.iter().map(|row| row["experiment"].to_owned()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names, ["inline", "stored"]);
    assert!(!scratch.has("results/direct.csv"), "none of its experiments was named");
    scratch.run_to(0, &["tiny.toml"]).stderr(in_order(&["[1/3] stored  already measured", "[3/3] direct"]));
    Scratch::with("tiny.toml", config::tiny()).refuses(
        &["run", "tiny.toml", "--only", "stord"],
        exit::BAD_CONFIG,
        &["error: --only stord: there is no such experiment; `winoscope list` prints the names"],
    );
    scratch
        .winoscope(&["list", "tiny.toml", "--glsl", "nowhere"])
        .assert()
        .code(exit::KERNEL)
        .stderr(contains("error: cannot read the kernels in nowhere"));
}
