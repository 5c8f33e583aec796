//! What commands print, and what becomes of it where nobody reads it.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use predicates::str::contains;
use serde_json::Value;

use crate::support::scratch::{rows_file, stdout};
use crate::support::{Scratch, config, exit, in_order};

/// The commands that print and end, each with what it needs in the folder of [`printing`].
const PRINTING: [&[&str]; 5] =
    [&["--help"], &["devices"], &["explain", "tiny.toml"], &["report", "results/tiny.csv"], &["schema"]];

fn printing() -> Scratch {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.run("tiny.toml");
    scratch
}

#[test]
fn help_lists_the_commands_and_every_exit_code() {
    let help = stdout(&Scratch::new().winoscope(&["--help"]).assert().code(0));
    for command in ["devices", "explain", "run", "tune", "report", "attribute", "prove", "ceilings", "schema"]
    {
        assert!(help.lines().any(|line| line.starts_with(&format!("  {command} "))), "{command}: {help}");
    }
    let (_, listed) = help.split_once("Exit codes:\n").expect("they have a section");
    let number = |line: &str| line.split_whitespace().next()?.parse::<i32>().ok();
    let listed: Vec<i32> = listed.lines().filter_map(number).collect();
    assert_eq!(listed, [&[0], &exit::ALL[..]].concat());
}

#[test]
fn help_of_each_command_teaches_it() {
    for (command, taught) in [
        ("devices", &["--validate"][..]),
        ("explain", &["<CONFIG>", "--set <KEY=VALUE>", "problem.height=64"]),
        (
            "run",
            &[
                "<CONFIG>",
                "--set <KEY=VALUE>",
                "--device <DEVICE>",
                "WINOSCOPE_DEVICE",
                "--results <DIR>",
                "--fresh",
                "--glsl <DIR>",
                "--cache <DIR>",
                "WINOSCOPE_CACHE",
                "--seed <N>",
                "--validate",
                "goes on where it was",
                "exits with 50",
            ],
        ),
        (
            "tune",
            &[
                "<PROBLEM>",
                "--max-rel-error <ERROR>",
                "--seconds <SECONDS>",
                "--write <FILE>",
                "--table <FILE>",
                "stays as it is",
                "goes on where it was",
            ],
        ),
        ("report", &["<CSV>", "--ceilings <FILE>"]),
        ("ceilings", &["--max-bytes <BYTES>", "--results <DIR>", "DIR/ceilings/<device>.csv", "floor_ns"]),
        (
            "attribute",
            &[
                "<CONFIG>",
                "--from <VARIANT>",
                "--to <VARIANT>",
                "--phase <PHASE>",
                "--group <NAME=KEY,KEY>",
                "--fresh",
                "Shapley",
                "winoscope attribute configs/investigation.toml --from old --to new",
                "An attribution that was stopped",
            ],
        ),
        ("prove", &["--quick", "--device <DEVICE>", "--results <DIR>", "DIR/proof.csv", "nothing is judged"]),
        ("schema", &["JSON Schema"]),
    ] {
        let scratch = Scratch::new();
        let long = scratch.winoscope(&[command, "--help"]).assert().code(0).stderr("");
        long.stdout(contains(format!("Usage: winoscope {command}")));
        let help = stdout(&scratch.winoscope(&["help", command]).assert().code(0));
        for part in taught {
            assert!(help.contains(part), "{part} in {help}");
        }
    }
}

#[test]
fn devices_tells_name_uuid_and_timestamps() {
    let list = stdout(&Scratch::new().winoscope(&["devices"]).assert().code(0).stderr(""));
    let field = |label: &str| {
        let cells = list.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
        let found = cells.into_iter().find(|cells| cells.get(1) == Some(&label));
        found.unwrap_or_else(|| panic!("no {label} in {list}"))[2].to_owned()
    };
    assert!(field("0").starts_with("llvmpipe"));
    assert_eq!(field("verdict"), "can measure");
    let uuid = field("UUID");
    let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
    assert_eq!(groups, [8, 4, 4, 4, 12], "{uuid}");
    assert!(uuid.chars().all(|c| c == '-' || c.is_ascii_hexdigit()), "{uuid}");
    assert_eq!(field("timestamps"), "1 ns per tick, 64 bits");
}

#[test]
fn the_schema_refuses_unknown_keys_at_every_level() {
    let text = stdout(&Scratch::new().winoscope(&["schema"]).assert().code(0).stderr(""));
    let schema: Value = serde_json::from_str(&text).expect("it is JSON");
    assert!(schema["properties"]["problem"].is_object(), "{text}");
    let mut tables = 0;
    for_each_table(&schema, &mut |table| {
        tables += 1;
        assert_eq!(table["additionalProperties"], Value::Bool(false), "{table:#}");
    });
    assert!(tables >= 10, "{tables} tables");
}

/// Visits every schema of a table with named keys.
fn for_each_table(schema: &Value, visit: &mut impl FnMut(&Value)) {
    match schema {
        Value::Object(entries) => {
            if schema["properties"].is_object() {
                visit(schema);
            }
            entries.values().for_each(|entry| for_each_table(entry, visit));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| for_each_table(entry, visit)),
        _ => {}
    }
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let scratch = printing();
    for arguments in PRINTING {
        let ended = unread(&scratch, arguments);
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "", "{arguments:?}");
        assert_quiet_end(&ended);
    }
}

#[test]
fn a_run_whose_table_nobody_reads_keeps_its_rows() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let ended = unread(&scratch, &["run", "direct.toml"]);
    assert_eq!(scratch.rows("direct").phases("direct"), ["direct", "total"]);
    assert_quiet_end(&ended);
}

/// Runs a command whose stdout is a pipe that nobody reads, as in `… | true`.
fn unread(scratch: &Scratch, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    scratch.process(arguments).stdout(writer).output().unwrap()
}

/// Checks that a command ended as filters do: well, or by the signal that a closed pipe sends.
#[track_caller]
fn assert_quiet_end(ended: &Output) {
    const SIGPIPE: i32 = 13;
    let is_quiet = ended.status.success() || ended.status.signal() == Some(SIGPIPE);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(is_quiet && !said.contains("panicked"), "{}: {said}", ended.status);
}

#[test]
fn a_full_disk_behind_stdout_is_a_sentence() {
    let scratch = printing();
    for arguments in PRINTING {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ended = scratch.process(arguments).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        // clap prints the help, and passes over what it cannot print.
        if arguments != ["--help"] {
            assert_eq!(ended.status.code(), Some(exit::DISK_FULL), "{arguments:?}: {said}");
            assert!(said.contains("No space left on device"), "{arguments:?}: {said}");
        }
    }
    assert!(scratch.has(&rows_file("tiny")));
}

#[test]
fn a_run_names_the_device_each_experiment_and_its_results() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let assert = scratch.run("direct.toml");
    let assert = assert.stderr(in_order(&[
        "device: llvmpipe",
        "[1/1] direct  ",
        " ± ",
        "results: results/direct.csv\n",
        "wall time: ",
        "; experiments measured: 1, ",
        "; sampling ",
    ]));
    assert.stdout(in_order(&["| Experiment |", "| direct ", "total "]));
}

#[test]
fn explain_needs_no_device() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    let mut command = scratch.winoscope(&["explain", "tiny.toml"]);
    command.env("VK_DRIVER_FILES", "/nonexistent").env("LD_LIBRARY_PATH", "/nonexistent");
    command.assert().code(0).stderr("").stdout(in_order(&[
        "direct\n",
        "stored\n",
        "dispatch input_transform: ",
        "inline\n",
    ]));
}
