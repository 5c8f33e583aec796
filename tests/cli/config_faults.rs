//! Configurations that are refused before anything runs: no device is asked for, no results folder is made.

use crate::support::{Scratch, config, exit};

#[test]
fn a_missing_file_is_named() {
    Scratch::new().refuses(
        &["run", "nosuch.toml"],
        exit::UNREADABLE,
        &["error: nosuch.toml: cannot be read: No such file or directory"],
    );
}

#[test]
fn a_folder_is_no_configuration() {
    let scratch = Scratch::with("folder/x", "");
    scratch.refuses(&["run", "folder"], exit::UNREADABLE, &["error: folder: cannot be read: Is a directory"]);
}

#[test]
fn a_file_that_is_not_utf8_is_named() {
    let scratch = Scratch::with("latin.toml", b"name = \"caf\xe9\"\n");
    scratch.refuses(
        &["run", "latin.toml"],
        exit::BAD_CONFIG,
        &["error: latin.toml: is not UTF-8, which TOML must be"],
    );
}

#[test]
fn bad_toml_is_shown_with_line_and_caret() {
    let scratch = Scratch::with("bad.toml", "name = \"x\"\n[problem\n");
    scratch.refuses(
        &["run", "bad.toml"],
        exit::BAD_CONFIG,
        &["error: bad.toml:2: not valid TOML: unclosed table", "\n2 | [problem\n", "  |         ^\n"],
    );
}

#[test]
fn an_unknown_key_is_shown_with_its_line_a_caret_and_the_nearest_spelling() {
    let misspelt = config::tiny().replace("xhat.placement", "xhat.placment");
    let line = 1 + misspelt.lines().position(|line| line.contains("placment")).unwrap();
    let scratch = Scratch::with("tiny.toml", &misspelt);
    scratch.refuses(
        &["run", "tiny.toml"],
        exit::BAD_CONFIG,
        &[
            &format!("error: tiny.toml:{line}: unknown key `buffers.xhat.placment`; expected one of placement, layout"),
            "did you mean `placement`?",
            &format!("\n{line} | buffers.xhat.placment = \"inline\"\n"),
            " |              ^^^^^^^^\n",
        ],
    );
}

#[test]
fn a_bad_value_is_shown_with_those_there_are() {
    let scratch = Scratch::with("tiny.toml", config::tiny().replace("kind = \"direct\"", "kind = \"dirct\""));
    scratch.refuses(
        &["run", "tiny.toml"],
        exit::BAD_CONFIG,
        &[
            "`algorithm.kind` cannot be `dirct`; expected one of winograd, direct; did you mean `direct`?",
            "^^^^^^^",
        ],
    );
}

#[test]
fn what_is_not_set_and_has_no_default_is_asked_for() {
    let scratch = Scratch::with("empty.toml", "");
    scratch.refuses(
        &["run", "empty.toml"],
        exit::BAD_CONFIG,
        &["error: empty.toml: ", "`problem.height`", "are required, and nothing sets them"],
    );
}

#[test]
fn contradictions_are_told_together_each_with_the_nearest_valid_choice() {
    let contradictory = config::tiny().replace("multiply.mapping = \"element\"", "filter.reuse = \"cached\"");
    let scratch = Scratch::with("tiny.toml", &contradictory);
    scratch.refuses(
        &["run", "tiny.toml"],
        exit::CONTRADICTION,
        &[
            "error: tiny.toml:",
            "the `blocked` multiply uses each element from registers several times, so xhat and ghat must be stored",
            "nearest valid: multiply.mapping = \"element\"",
            "in inline\n",
            "reuse `cached` keeps GHAT from run to run, but placement `inline` of ghat never stores it",
            "nearest valid: filter.reuse = \"per_run\"",
        ],
    );
}

#[test]
fn a_size_of_zero_is_shown_where_it_stands() {
    let scratch = Scratch::with("tiny.toml", config::tiny().replace("height = 7", "height = 0"));
    scratch.refuses(
        &["run", "tiny.toml"],
        exit::SIZE,
        &[
            "error: tiny.toml:4: `problem.height` is 0; expected a whole number from 1 to 4294967295",
            "4 | height = 0\n",
            "  |          ^\n",
        ],
    );
}

#[test]
fn an_empty_output_is_explained() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.refuses(
        &["run", "tiny.toml", "--set", "problem.height=2", "--set", "problem.padding=0"],
        exit::SIZE,
        &["2 rows with padding 0 are fewer than the filter's 3", "nearest valid: problem.padding = 1"],
    );
}

#[test]
fn a_buffer_of_2_to_the_31_elements_is_the_first_that_is_too_large() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let sized = |command, width| {
        let width = ["--set", width];
        let others = ["problem.in_channels=1", "problem.out_channels=1", "problem.height=32768"];
        let others = others.into_iter().flat_map(|set| ["--set", set]);
        [command, "direct.toml"].into_iter().chain(others).chain(width).collect::<Vec<_>>()
    };
    scratch.refuses(
        &sized("run", "problem.width=65536"),
        exit::SIZE,
        &["x would have 2147483648 elements", "each buffer must have fewer than 2147483648"],
    );
    // One column less is for a device to judge.
    scratch.winoscope(&sized("explain", "problem.width=65535")).assert().code(0);
}

#[test]
fn sizes_whose_product_overflows_every_integer_are_still_counted() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    let largest = ["batch", "in_channels", "out_channels", "height", "width"]
        .map(|key| format!("--set=problem.{key}={}", u32::MAX));
    let mut arguments = vec!["run", "tiny.toml"];
    arguments.extend(largest.iter().map(String::as_str));
    scratch.refuses(&arguments, exit::SIZE, &["too large: x would have", "in direct", "XHAT", "in stored"]);
}

#[test]
fn an_override_that_makes_no_sense_is_quoted() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    for (set, code, sentence) in [
        ("problem.hight=4", exit::BAD_CONFIG, "unknown key `problem.hight`; expected one of"),
        ("problem.height", exit::BAD_CONFIG, "expected key=value, as in problem.height=64"),
        ("problem.height=", exit::BAD_CONFIG, "the value is not valid TOML"),
        ("=4", exit::BAD_CONFIG, "expected a dotted key before the `=`"),
        ("problem.height=x", exit::BAD_CONFIG, "expected a whole number"),
        ("problem.height=0", exit::SIZE, "expected a whole number from 1"),
        ("name=..", exit::BAD_CONFIG, "must begin with a letter"),
        ("multiply.mapping=blocked", exit::CONTRADICTION, "nearest valid: multiply.mapping = \"element\""),
    ] {
        let place = format!("error: --set {set}: ");
        scratch.refuses(&["run", "tiny.toml", "--set", set], code, &[&place, sentence]);
    }
}

#[test]
fn one_bad_configuration_keeps_the_others_from_running() {
    let scratch = Scratch::with("good.toml", config::direct());
    scratch.write("bad.toml", "nonsense = 1\n");
    scratch.refuses(
        &["run", "good.toml", "bad.toml"],
        exit::BAD_CONFIG,
        &["bad.toml:1: unknown key `nonsense`"],
    );
}

#[test]
fn explain_refuses_what_run_refuses() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.refuses(&["explain", "nosuch.toml"], exit::UNREADABLE, &["nosuch.toml: cannot be read"]);
    scratch.refuses(
        &["explain", "tiny.toml", "--set", "multiply.mapping=blocked"],
        exit::CONTRADICTION,
        &["nearest valid"],
    );
}

#[test]
fn wrong_usage_shows_the_usage() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    for (arguments, sentence) in [
        (vec![], "Usage: winoscope <COMMAND>"),
        (vec!["rum"], "a similar subcommand exists: 'run'"),
        (vec!["run"], "<CONFIG>..."),
        (vec!["report"], "<CSV>..."),
        (vec!["run", "tiny.toml", "--frsh"], "a similar argument exists: '--fresh'"),
        (vec!["run", "tiny.toml", "--seed", "x"], "invalid value 'x' for '--seed <N>'"),
    ] {
        scratch.refuses(&arguments, exit::USAGE, &[sentence]);
    }
}
