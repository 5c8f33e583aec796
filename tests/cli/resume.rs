//! The same command a second time: what is settled is not measured again, what has changed is.

use predicates::prelude::*;
use predicates::str::contains;

use crate::support::scratch::{repository, rows_file, samples_file};
use crate::support::table::Table;
use crate::support::{Scratch, config, exit};

const MEASURED: &str = "already measured";

#[test]
fn a_finished_run_is_not_measured_again() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.run("tiny.toml");
    let files = || (scratch.read(&rows_file("tiny")), scratch.read(&samples_file("tiny")));
    let before = files();
    let again = scratch.run("tiny.toml");
    let again = again.stderr(contains("[1/3] direct  already measured\n"));
    let again = again.stderr(contains("[2/3] stored  already measured\n"));
    let again = again.stderr(contains("[3/3] inline  already measured\n"));
    // The table at the end is of all that is known, measured now or before.
    again.stdout(contains("| direct ").and(contains("| stored ")).and(contains("| inline ")));
    assert_eq!(files(), before);
}

#[test]
fn fresh_measures_again_and_keeps_the_old_files() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.run("direct.toml");
    let files = |ending: &str| {
        [rows_file("direct"), samples_file("direct")].map(|file| scratch.read(&(file + ending)))
    };
    let first = files("");
    let fresh = scratch.run_to(0, &["direct.toml", "--fresh"]);
    let fresh = fresh.stderr(contains(MEASURED).not());
    fresh.stderr(contains("the earlier results/direct.csv is kept as results/direct.csv.old\n"));
    assert_eq!(files(".old"), first);
    let second = files("");
    assert_ne!(second, first);
    scratch.run_to(0, &["direct.toml", "--fresh"]).stderr(contains("is kept as results/direct.csv.old.2\n"));
    assert_eq!(files(".old"), first);
    assert_eq!(files(".old.2"), second);
    assert_eq!(scratch.rows("direct").phases("direct"), ["direct", "total"]);
}

#[test]
fn a_changed_configuration_is_measured_again() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.run("direct.toml");
    let first = scratch.rows("direct").rows;
    scratch.run_to(0, &["direct.toml", "--set", "problem.height=8"]).stderr(contains(MEASURED).not());
    let rows = scratch.rows("direct").rows;
    assert_eq!(rows[..2], first);
    let heights: Vec<&str> = rows.iter().map(|row| &row["height"]).collect();
    assert_eq!(heights, ["7", "7", "8", "8"]);
}

#[test]
fn an_edited_kernel_is_compiled_and_measured_again_without_a_rebuild() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.copy_kernels("glsl");
    let arguments = ["direct.toml", "--glsl", "glsl"];
    scratch.run_to(0, &arguments);
    let before = hash(&scratch.rows("direct"), 1);
    // What makes no difference to the module is not measured again.
    scratch.edit("glsl/direct_patch.comp", "void main() {", "// A remark.\nvoid main() {");
    scratch.run_to(0, &arguments).stderr(contains(MEASURED));
    scratch.edit(
        "glsl/direct_patch.comp",
        "void main() {",
        "void main() {\n    if (IN_CHANNELS == 0u) { return; }",
    );
    scratch.run_to(0, &arguments).stderr(contains(MEASURED).not());
    let rows = scratch.rows("direct");
    assert_eq!(rows.phases("direct"), ["direct", "total", "direct", "total"]);
    assert_ne!(hash(&rows, 3), before);
}

fn hash(table: &Table, row: usize) -> String {
    table.rows[row]["spirv_hash"].to_owned()
}

#[test]
fn what_the_device_cannot_run_is_recorded_once() {
    let scratch = Scratch::with("large.toml", config::with_a_problem_too_large());
    scratch.run_to(exit::SIZE, &["large.toml"]);
    let before = scratch.read(&rows_file("large"));
    scratch.run_to(exit::SIZE, &["large.toml"]);
    assert_eq!(scratch.read(&rows_file("large")), before);
}

#[test]
fn what_failed_is_tried_again() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.copy_kernels("glsl");
    scratch.edit("glsl/direct_patch.comp", "void main() {", "void main() { nonsense;");
    scratch.run_to(exit::KERNEL, &["direct.toml", "--glsl", "glsl"]);
    let repaired = repository().join("glsl");
    scratch
        .run_to(0, &["direct.toml", "--glsl", repaired.to_str().unwrap()])
        .stderr(contains(MEASURED).not());
    let rows = scratch.rows("direct");
    let statuses: Vec<&str> = rows.rows.iter().map(|row| &row["status"]).collect();
    assert_eq!(statuses, ["failed", "ok", "ok"]);
}
