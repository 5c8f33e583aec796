//! Where kernels come from, kernels that do not compile, and the cache of those that did.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;

use crate::support::kernels::line_of;
use crate::support::scratch::{repository, rows_file, stderr};
use crate::support::table::Table;
use crate::support::{Scratch, config, exit, in_order};

#[test]
fn an_error_in_an_include_is_shown_with_file_and_line_and_the_others_are_measured() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.copy_kernels("mine");
    scratch.edit("mine/include/xhat_inline.glsl", "float load_xhat(", "float load_xhat(nonsense ");
    let line = line_of(&scratch.read("mine/include/xhat_inline.glsl"), "nonsense");
    let place = format!("mine/include/xhat_inline.glsl:{line}: error: ");
    let assert = scratch.run_to(exit::KERNEL, &["tiny.toml", "--glsl", "mine"]);
    assert.stderr(in_order(&["\nerror: inline: mine/multiply_element.comp does not compile:\n", &place]));
    assert_only_fails(&scratch, "inline", &place);
}

#[test]
fn a_missing_kernel_is_named_and_the_others_are_measured() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.copy_kernels("mine");
    fs::remove_file(scratch.path("mine/direct_patch.comp")).unwrap();
    let assert = scratch.run_to(exit::KERNEL, &["tiny.toml", "--glsl", "mine"]);
    let sentence = "cannot read mine/direct_patch.comp: No such file or directory";
    assert.stderr(in_order(&[
        "\nerror: direct: ",
        sentence,
        "name the kernels' folder with --glsl, or leave it out",
    ]));
    assert_only_fails(&scratch, "direct", sentence);
}

#[test]
fn a_missing_include_is_named() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.copy_kernels("mine");
    fs::remove_file(scratch.path("mine/include/x.glsl")).unwrap();
    let assert = scratch.run_to(exit::KERNEL, &["direct.toml", "--glsl", "mine"]);
    let line = line_of(&scratch.read("mine/direct_patch.comp"), "include/x.glsl");
    assert.stderr(in_order(&[
        &format!("mine/direct_patch.comp:{line}: error: "),
        "cannot read mine/include/x.glsl",
    ]));
}

#[test]
fn a_warning_is_an_error() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.copy_kernels("mine");
    scratch.edit(
        "mine/direct_patch.comp",
        "void main() {",
        "const float two__underscores = 1.0;\nvoid main() {",
    );
    let line = line_of(&scratch.read("mine/direct_patch.comp"), "two__underscores");
    let assert = scratch.run_to(exit::KERNEL, &["direct.toml", "--glsl", "mine"]);
    assert.stderr(contains(format!("mine/direct_patch.comp:{line}: error: 'two__underscores'")));
}

#[test]
fn a_folder_without_kernels_is_named() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let refused = |folder: &str, why: &str| {
        let assert = scratch.run_to(exit::KERNEL, &["direct.toml", "--glsl", folder]);
        assert.stderr(in_order(&[why, "name the kernels' folder with --glsl"]));
    };
    refused("nosuch", "cannot read the kernels in nosuch");
    scratch.write("empty/notes.txt", "");
    refused("empty", "cannot read empty/direct_patch.comp");
}

/// Checks the rows of `tiny.toml` after one kernel failed.
#[track_caller]
fn assert_only_fails(scratch: &Scratch, failed: &str, reason: &str) {
    let rows = scratch.rows("tiny");
    let total = rows.total(failed);
    assert_eq!((rows.phases(failed), &total["status"], &total["median_ns"]), (vec!["total"], "failed", ""));
    assert!(total["reason"].contains(reason), "{}", &total["reason"]);
    for experiment in ["direct", "stored", "inline"].into_iter().filter(|&other| other != failed) {
        assert_eq!(&rows.total(experiment)["status"], "ok", "{experiment}");
    }
}

#[test]
fn kernels_are_in_the_binary_and_those_of_the_repository() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    // A folder that happens to be called glsl is not the project's.
    scratch.write("glsl/direct_patch.comp", "nonsense");
    scratch.run("tiny.toml");
    let embedded = hashes(&scratch.rows("tiny"));
    let folder = repository().join("glsl");
    scratch.run_to(0, &["tiny.toml", "--fresh", "--glsl", folder.to_str().unwrap()]);
    assert_eq!(hashes(&scratch.rows("tiny")), embedded);
}

fn hashes(table: &Table) -> Vec<[String; 3]> {
    let columns = ["experiment", "phase", "spirv_hash"];
    let mut hashes: Vec<[String; 3]> =
        table.rows.iter().map(|row| columns.map(|column| row[column].to_owned())).collect();
    hashes.sort();
    hashes
}

#[test]
fn in_a_checkout_its_own_kernels_are_used() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.write("Cargo.toml", "[package]\nname = \"winoscope\"\n");
    scratch.copy_kernels("glsl");
    scratch.edit("glsl/direct_patch.comp", "void main() {", "void main() { nonsense;");
    let assert = scratch.run_to(exit::KERNEL, &["direct.toml"]);
    assert.stderr(contains("glsl/direct_patch.comp:").and(contains("'nonsense' : undeclared identifier")));
}

#[test]
fn compiled_kernels_are_kept_and_damaged_ones_made_again() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    assert_eq!(compiled(&scratch, "first"), ["direct", "inline", "stored"]);
    assert!(compiled(&scratch, "second").is_empty());
    let kept = files(&scratch, "cache/spirv");
    assert!(kept.len() >= 6, "{kept:?}");
    for name in &kept {
        // Whole in its length, and wrong in its last instruction.
        let path = scratch.path(&format!("cache/spirv/{name}"));
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    scratch.write(&format!("cache/spirv/{}", kept[0]), "damaged");
    scratch.write(&pipelines(&scratch), "damaged");
    assert_eq!(compiled(&scratch, "third"), ["direct", "inline", "stored"]);
    assert_eq!(files(&scratch, "cache/spirv"), kept, "no half-written file is left");
    assert!(compiled(&scratch, "fourth").is_empty());
}

/// Runs with a cache in this folder; the experiments whose rows state what compiling took.
#[track_caller]
fn compiled(scratch: &Scratch, results: &str) -> Vec<String> {
    scratch.run_to(0, &["tiny.toml", "--cache", "cache", "--results", results]);
    let mut rows = Table::read(&scratch.path(&format!("{results}/tiny.csv")));
    assert!(rows.rows.iter().all(|row| &row["status"] == "ok"), "{rows:#?}");
    rows.rows.retain(|row| !row["compile_ns"].is_empty());
    rows.experiments().into_iter().map(str::to_owned).collect()
}

fn files(scratch: &Scratch, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(scratch.path(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The cache of pipelines, of which there is one for the device.
#[track_caller]
fn pipelines(scratch: &Scratch) -> String {
    let name = files(scratch, "cache").into_iter().find(|name| name.starts_with("pipelines-"));
    format!("cache/{}", name.expect("pipelines are kept too"))
}

#[test]
fn without_a_cache_it_costs_time_and_nothing_else() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.write("taken", "a file in place of the folder");
    let assert = scratch.run_to(0, &["direct.toml", "--cache", "taken"]);
    assert.stderr(contains("warning: ").and(contains("taken")));
    assert_eq!(&scratch.rows("direct").total("direct")["status"], "ok");
}

#[test]
fn the_cache_is_in_the_users_cache_folder_by_default() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let mut command = scratch.winoscope(&["run", "direct.toml"]);
    command.env_remove("WINOSCOPE_CACHE").env("XDG_CACHE_HOME", scratch.path("user"));
    command.assert().code(0);
    assert!(!files(&scratch, "user/winoscope/spirv").is_empty());
}

#[test]
fn the_failing_kernel_is_told_before_anything_is_measured() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.copy_kernels("mine");
    scratch.edit("mine/multiply_element.comp", "void main() {", "void main() { nonsense;");
    let told = stderr(&scratch.run_to(exit::KERNEL, &["tiny.toml", "--glsl", "mine"]));
    assert!(told.contains("[1/3] inline  failed: "), "{told}");
    assert!(scratch.read(&rows_file("tiny")).lines().nth(1).unwrap().starts_with("tiny,inline,"));
}
