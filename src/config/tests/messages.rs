//! What is refused, word for word.

use super::super::{Configuration, Error, ErrorKind, Tuned};
use super::refuse;

#[track_caller]
fn assert_message(error: &Error, kind: ErrorKind, lines: &[&str]) {
    assert_eq!(error.to_string(), lines.join("\n"));
    assert_eq!(error.kind(), kind);
}

#[test]
fn an_unknown_key_is_named_with_the_keys_there_are() {
    let error = refuse("\n[[variant]]\nname = \"new\"\nbuffers.xhat.placment = \"inline\"\n", &[]);
    assert_message(
        &error,
        ErrorKind::Key,
        &[
            "configs/x.toml:9: unknown key `buffers.xhat.placment`; expected one of placement, layout; did you mean \
         `placement`?",
            "  |",
            "9 | buffers.xhat.placment = \"inline\"",
            "  |              ^^^^^^^^",
        ],
    );
}

#[test]
fn a_key_at_the_wrong_level_is_shown_its_place() {
    let error = refuse("[[variant]]\nname = \"a\"\nstop_after = \"mhat\"\n", &[]).to_string();
    assert!(
        error.starts_with("configs/x.toml:8: unknown key `stop_after`; expected one of name, axes,"),
        "{error}"
    );
    assert!(error.contains("did you mean `schedule.stop_after`?"), "{error}");
}

#[test]
fn a_misspelt_value_is_shown_the_nearest() {
    assert_message(
        &refuse("[algorithm]\nkind = \"windograd\"\n", &[]),
        ErrorKind::Value,
        &[
            "configs/x.toml:7: `algorithm.kind` cannot be `windograd`; expected one of winograd, direct; did you mean \
         `winograd`?",
            "  |",
            "7 | kind = \"windograd\"",
            "  |        ^^^^^^^^^^^",
        ],
    );
}

#[test]
fn a_consumer_is_a_word_or_a_table() {
    assert_message(
        &refuse("[schedule]\nconsume = { xhat = \"ful\" }\n", &[]),
        ErrorKind::Value,
        &[
            "configs/x.toml:7: `schedule.consume.xhat` cannot be `ful`; expected one of none, partial, full; did you \
         mean `full`?",
            "  |",
            "7 | consume = { xhat = \"ful\" }",
            "  |                    ^^^^^",
        ],
    );
    assert_message(
        &refuse("[schedule]\nconsume = true\n", &[]),
        ErrorKind::Value,
        &[
            "configs/x.toml:7: `schedule.consume` is true; expected none, partial, full, or a table that gives one of \
         these to xhat, ghat and mhat",
            "  |",
            "7 | consume = true",
            "  |           ^^^^",
        ],
    );
    let after_output = refuse("[schedule]\nconsume = { output = \"full\" }\n", &[]);
    assert_eq!(after_output.kind(), ErrorKind::Key);
}

#[test]
fn a_size_is_at_least_one_and_fits() {
    let zero = Configuration::parse("[problem]\nheight = 0\n", "configs/x.toml", &[]).unwrap_err();
    assert_message(
        &zero,
        ErrorKind::Size,
        &[
            "configs/x.toml:2: `problem.height` is 0; expected a whole number from 1 to 4294967295",
            "  |",
            "2 | height = 0",
            "  |          ^",
        ],
    );
    for size in ["-1", "4294967296", "99999999999999999999999"] {
        let error = refuse("", &[&format!("problem.batch={size}")]);
        assert_eq!(error.kind(), ErrorKind::Size, "{error}");
    }
    assert_eq!(refuse("", &["problem.padding=2"]).kind(), ErrorKind::Value);
    assert_eq!(refuse("", &["problem.height=1.0"]).kind(), ErrorKind::Value);
}

#[test]
fn a_wrong_type_is_named_as_toml_names_it() {
    let text = "[problem]\nheight = \"32\"\n";
    let error = Configuration::parse(text, "configs/x.toml", &[]).unwrap_err();
    assert_message(
        &error,
        ErrorKind::Value,
        &[
            "configs/x.toml:2: `problem.height` is the string \"32\"; expected a whole number from 1 to 4294967295",
            "  |",
            "2 | height = \"32\"",
            "  |          ^^^^",
        ],
    );
    assert_message(
        &refuse("[schedule]\nstop_after = 3\n", &[]),
        ErrorKind::Value,
        &[
            "configs/x.toml:7: `schedule.stop_after` is 3; expected one of \"xhat\", \"ghat\", \"mhat\", \"output\"",
            "  |",
            "7 | stop_after = 3",
            "  |              ^",
        ],
    );
    // serde would take an array for a table, by position.
    let array = Configuration::parse("schedule = [\"mhat\"]\n", "x.toml", &[]).unwrap_err();
    assert_eq!(array.to_string().lines().next(), Some("x.toml:1: `schedule` is an array; expected a table"));
}

#[test]
fn a_number_out_of_range_is_refused() {
    assert_message(
        &refuse("[measure]\nmax_seconds = 0\n", &[]),
        ErrorKind::Value,
        &[
            "configs/x.toml:7: `measure.max_seconds`: 0 is out of range; expected a finite number above 0",
            "  |",
            "7 | max_seconds = 0",
            "  |               ^",
        ],
    );
    for bad in ["measure.max_seconds=inf", "measure.target_rel_ci=nan", "measure.warmup_seconds=-0.1"] {
        assert_eq!(refuse("", &[bad]).kind(), ErrorKind::Value, "{bad}");
    }
    assert_eq!(refuse("", &["measure.min_samples=0"]).kind(), ErrorKind::Value);
    assert!(refuse("", &["algorithm.tile=3"]).to_string().contains("expected one of 2, 4, 5, 6, 7"));
}

#[test]
fn bad_toml_is_shown_where_it_ends_to_make_sense() {
    assert_message(
        &refuse("[schedule\n", &[]),
        ErrorKind::Syntax,
        &[
            "configs/x.toml:6: not valid TOML: unclosed table, expected `]`",
            "  |",
            "6 | [schedule",
            "  |          ^",
        ],
    );
    let twice = refuse("[schedule]\ngrid = \"spatial_first\"\ngrid = \"spatial_first\"\n", &[]);
    assert_message(
        &twice,
        ErrorKind::Syntax,
        &[
            "configs/x.toml:8: not valid TOML: duplicate key",
            "  |",
            "8 | grid = \"spatial_first\"",
            "  | ^^^^",
        ],
    );
}

#[test]
fn a_caret_stands_under_its_word_after_tabs_and_wide_characters() {
    let error = refuse("\t\"ünknöwn\" = 1 # …\n", &[]).to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines[2..], ["6 | \t\"ünknöwn\" = 1 # …", "  | \t^^^^^^^^^"]);
}

#[test]
fn a_bad_axis_is_shown_where_it_stands() {
    assert_message(
        &refuse("[sweep]\n\"schedule.stop_afer\" = [\"mhat\"]\n", &[]),
        ErrorKind::Key,
        &[
            "configs/x.toml:7: unknown key `schedule.stop_afer`; expected one of stop_after, consume, grid, barriers, first, \
         workgroup; did you mean `stop_after`?",
            "  |",
            "7 | \"schedule.stop_afer\" = [\"mhat\"]",
            "  | ^^^^^^^^^^^^^^^^^^^^",
        ],
    );
    assert_message(
        &refuse("[sweep]\n\"schedule.stop_after\" = [\"mhat\", \"mhta\"]\n", &[]),
        ErrorKind::Value,
        &[
            "configs/x.toml:7: `schedule.stop_after` cannot be `mhta`; expected one of xhat, ghat, mhat, output; did you \
         mean `mhat`?",
            "  |",
            "7 | \"schedule.stop_after\" = [\"mhat\", \"mhta\"]",
            "  |                                  ^^^^^^",
        ],
    );
    assert_message(
        &refuse("[sweep]\n\"measure.max_seconds\" = [1, 2]\n", &[]),
        ErrorKind::Key,
        &[
            "configs/x.toml:7: `measure.max_seconds` is not an axis: of how experiments are measured only \
         `measure.clock` and `measure.cache` can be swept, and the rest is the same for all of them",
            "  |",
            "7 | \"measure.max_seconds\" = [1, 2]",
            "  | ^^^^^^^^^^^^^^^^^^^^^",
        ],
    );
}

#[test]
fn a_variant_sets_the_clock_and_the_caches_of_its_measurement_alone() {
    assert_message(
        &refuse("[[variant]]\nname = \"a\"\nmeasure.max_seconds = 1\n", &[]),
        ErrorKind::Key,
        &[
            "configs/x.toml:8: unknown key `measure.max_seconds`; expected one of clock, cache",
            "  |",
            "8 | measure.max_seconds = 1",
            "  |         ^^^^^^^^^^^",
        ],
    );
    let name = refuse("[sweep]\n\"variant\" = [\"a\"]\n", &[]).to_string();
    let why = "`variant` is not an axis: only what an experiment computes and how can be swept, and `variant` is the \
               same for all of them";
    assert!(name.starts_with(&format!("configs/x.toml:7: {why}")), "{name}");
}

#[test]
fn a_block_size_is_in_range() {
    for (text, message) in [
        (
            "multiply.block.tiles=0",
            "`multiply.block.tiles`: 0 is out of range; expected a whole number from 1 to 1024",
        ),
        (
            "schedule.workgroup=1025",
            "`schedule.workgroup`: 1025 is out of range; expected a whole number from 1 to 1024",
        ),
        (
            "direct.thread.columns=-1",
            "`direct.thread.columns`: -1 is out of range; expected a whole number from 1 to 1024",
        ),
        (
            "multiply.padding=33",
            "`multiply.padding`: 33 is out of range; expected a whole number from 0 to 32",
        ),
        ("multiply.vector=3", "`multiply.vector`: there is no vector of 3 floats; expected one of 1, 2, 4"),
        ("multiply.block.filters=8.5", "`multiply.block.filters` is 8.5; expected a whole number"),
        ("multiply.block=8", "`multiply.block` is 8; expected a table"),
        (
            "multiply.block.rows=8",
            "unknown key `multiply.block.rows`; expected one of filters, tiles, channels; did you mean \
             `direct.block.rows`?",
        ),
        (
            "direct.block.tile=8",
            "unknown key `direct.block.tile`; expected one of filters, rows, columns, channels; \
          did you mean `algorithm.tile`?",
        ),
        (
            "measure.clock=host",
            "`measure.clock` cannot be `host`; expected one of device, host_lazy; did you mean \
          `host_lazy`?",
        ),
    ] {
        let error = refuse("", &[text]).to_string();
        assert_eq!(error, format!("--set {text}: {message}"));
    }
    // A key that stands in several tables is shown in each.
    let error = refuse("", &["padding=1"]).to_string();
    assert!(error.contains("did you mean `problem.padding` or `multiply.padding`?"), "{error}");
}

#[test]
fn an_axis_has_distinct_values() {
    for (axis, message) in [
        ("\"algorithm.tile\" = []", "axis `algorithm.tile` has no values"),
        ("\"algorithm.tile\" = [4, 2, 0x4]", "axis `algorithm.tile` has the value `4` twice"),
        ("\"algorithm.tile\" = 4", "axis `algorithm.tile` needs an array of values"),
        ("\"algorithm.tile\" = [2]\nalgorithm.tile = [4]", "axis `algorithm.tile` is given twice"),
        (
            "\"problem\" = [{ height = 8 }]\n\"problem.height\" = [16]",
            "axis `problem.height` sets what axis `problem` sets too",
        ),
    ] {
        let error = refuse(&format!("[sweep]\n{axis}\n"), &[]).to_string();
        assert_eq!(
            error.lines().next().and_then(|line| line.split_once(": ")).map(|line| line.1),
            Some(message)
        );
    }
}

#[test]
fn variants_are_named_once_and_crossed_with_axes_that_exist() {
    for (text, message) in [
        ("[[variant]]\naxes = []\n", "configs/x.toml:6: a variant needs a `name`"),
        (
            "[[variant]]\nname = \"a\"\n[[variant]]\nname = \"a\"\n",
            "configs/x.toml:9: the name `a` is another variant's already",
        ),
        (
            "[[variant]]\nname = \"a\"\naxes = [\"algorithm.tile\"]\n[sweep]\n\"schedule.grid\" = [\"spatial_first\"]\n",
            "configs/x.toml:8: `algorithm.tile` is not an axis of the sweep; it has schedule.grid",
        ),
        (
            "[[variant]]\nname = \"a\"\naxes = [\"algorithm.tile\"]\n",
            "configs/x.toml:8: `algorithm.tile` is not an axis of the sweep; there is no `[sweep]`",
        ),
        (
            "[[variant]]\nname = \"a/b\"\n",
            "configs/x.toml:7: `name`: \"a/b\" has '/'; expected letters, digits, `_`, `-` and `.` only",
        ),
        (
            "[[variant]]\nname = \"a\"\nalgorithm.tile = 2\n[sweep]\n\"algorithm.tile\" = [2, 4]\n",
            "configs/x.toml:10: axis `algorithm.tile` sets what variant `a` sets too; take it out of the variant, or \
             list in the variant's `axes` those that it is crossed with",
        ),
    ] {
        assert_eq!(refuse(text, &[]).to_string().lines().next(), Some(message));
    }
}

#[test]
fn a_bad_override_is_named() {
    for (text, kind, message) in [
        (
            "schedule.consume=ful",
            ErrorKind::Value,
            "`schedule.consume` cannot be `ful`; expected one of none, partial, full; did you mean `full`?",
        ),
        (
            "schedule.consum=full",
            ErrorKind::Key,
            "unknown key `schedule.consum`; expected one of stop_after, consume, grid, barriers, first, workgroup; did you \
             mean `consume`?",
        ),
        ("problem.height", ErrorKind::Value, "expected key=value, as in problem.height=64"),
        ("problem..height=3", ErrorKind::Key, "expected a dotted key before the `=`, as in problem.height"),
        ("problem.height=[1", ErrorKind::Syntax, "the value is not valid TOML: unclosed array, expected `]`"),
        (
            "problem.height=0",
            ErrorKind::Size,
            "`problem.height` is 0; expected a whole number from 1 to 4294967295",
        ),
    ] {
        assert_message(&refuse("", &[text]), kind, &[&format!("--set {text}: {message}")]);
    }
    for key in ["variant", "sweep.tile"] {
        assert_eq!(refuse("", &[&format!("{key}=1")]).kind(), ErrorKind::Key);
    }
}

#[test]
fn an_override_of_half_an_axis_is_refused() {
    let sweep = "[sweep]\nproblem = [{ height = 8, width = 8 }, { height = 16, width = 16 }]\n";
    let error = refuse(sweep, &["problem.height=4"]);
    assert_message(
        &error,
        ErrorKind::Contradiction,
        &[
            "--set problem.height=4: sets a part of what the sweep axis `problem` sets; set all of it, or change the axis \
         in the file",
        ],
    );
}

#[test]
fn required_sizes_are_all_named() {
    let error = Configuration::parse("[problem]\nheight = 3\n", "configs/x.toml", &[]).unwrap_err();
    assert_message(
        &error,
        ErrorKind::Key,
        &[
            "configs/x.toml:1: `problem.in_channels`, `problem.out_channels`, `problem.width` are required, and nothing \
         sets them",
            "  |",
            "1 | [problem]",
            "  |  ^^^^^^^",
        ],
    );
    let empty = Configuration::parse("", "x.toml", &[]).unwrap_err().to_string();
    assert!(empty.starts_with("x.toml: `problem.in_channels`, "), "{empty}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let missing = folder.path().join("missing.toml");
    let error = Configuration::load(&missing, &[], &Tuned::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert!(error.to_string().starts_with(&format!("{}: cannot be read: ", missing.display())), "{error}");

    let latin = folder.path().join("latin.toml");
    std::fs::write(&latin, b"name = \"\xe9\"")?;
    let error = Configuration::load(&latin, &[], &Tuned::default()).unwrap_err();
    assert_message(
        &error,
        ErrorKind::Syntax,
        &[&format!("{}: is not UTF-8, which TOML must be", latin.display())],
    );
    Ok(())
}

#[test]
fn no_text_makes_it_panic() {
    let whole = include_str!("../../../configs/investigation.toml");
    for end in (0..whole.len()).step_by(7).filter(|&end| whole.is_char_boundary(end)) {
        // Most prefixes are refused, some are configurations; neither may panic, nor may the message.
        if let Err(error) = Configuration::parse(&whole[..end], "x.toml", &[]) {
            assert!(error.to_string().starts_with("x.toml"), "{error}");
        }
    }
    for text in [
        "\u{feff}",
        "\0",
        "=",
        "[",
        "[sweep]\n\"\" = [1]",
        "[sweep]\n\"a..b\" = [1]",
        "variant = [1]",
        "sweep = []",
    ] {
        assert!(Configuration::parse(text, "x.toml", &[]).is_err(), "{text:?}");
    }
}
