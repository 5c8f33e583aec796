//! Combinations and sizes that are refused, and their neighbours that are not.

use super::super::{Diagnostic, ErrorKind};
use super::{accept, refuse};

#[test]
fn a_contradiction_shows_the_key_the_reason_and_the_nearest() {
    let text = "[[variant]]\nname = \"a\"\nbuffers.xhat.placement = \"inline\"\n[sweep]\n\
                \"schedule.stop_after\" = [\"xhat\", \"ghat\", \"mhat\", \"output\"]\n";
    let error = refuse(text, &[]);
    assert_eq!(
        error.to_string(),
        [
            "configs/x.toml:8: the `blocked` multiply stages its operands in shared memory, so they must be \
             materialised, but placement `inline` of xhat evaluates each use again; nearest valid: multiply.mapping = \
             \"element\"",
            "  |",
            "8 | buffers.xhat.placement = \"inline\"",
            "  |                          ^^^^^^^^",
            "  in a/stop_after=mhat, a/stop_after=output",
        ]
        .join("\n")
    );
    assert_eq!(error.kind(), ErrorKind::Contradiction);
    accept(text, &["multiply.mapping=element"]);
    accept(text, &["schedule.stop_after=ghat"]);
}

#[test]
fn several_problems_are_reported_together() {
    let text = "[[variant]]\nname = \"a\"\nbuffers.mhat.placement = \"register\"\n[[variant]]\nname = \"b\"\n\
                filter.reuse = \"cached\"\nschedule.stop_after = \"xhat\"\n";
    let error = refuse(text, &[]);
    let lines: Vec<_> =
        error.diagnostics().map(|problem| (problem.place.line, problem.experiments.clone())).collect();
    assert_eq!(lines, [(Some(8), vec!["a".to_owned()]), (Some(11), vec!["b".to_owned()])]);
}

/// The one problem of the overrides on top of the base.
#[track_caller]
fn problem(overrides: &[&str]) -> Diagnostic {
    let error = refuse("", overrides);
    assert_eq!(error.diagnostics().count(), 1, "{error}");
    error.diagnostics().next().cloned().unwrap_or_else(|| panic!("{error}"))
}

#[track_caller]
fn assert_contradiction(overrides: &[&str], message: &str, nearest: &str) {
    let problem = problem(overrides);
    assert_eq!(problem.kind, ErrorKind::Contradiction);
    assert_eq!(problem.message, message);
    assert_eq!(problem.nearest.as_deref(), Some(nearest));
    // The nearest is valid indeed.
    let nearest = nearest.replace([' ', '"'], "");
    accept("", &[overrides, &[nearest.as_str()]].concat());
}

#[test]
fn a_placement_without_a_kernel_is_refused() {
    for (buffer, placement) in [
        ("xhat", "shared"),
        ("xhat", "register"),
        ("ghat", "shared"),
        ("ghat", "register"),
        ("mhat", "shared"),
        ("mhat", "inline"),
    ] {
        assert_contradiction(
            &[&format!("buffers.{buffer}.placement={placement}")],
            &format!("placement `{placement}` of {buffer} has no kernel yet"),
            &format!("buffers.{buffer}.placement = \"global\""),
        );
    }
}

#[test]
fn a_blocked_multiply_needs_both_operands_in_memory() {
    let both = ["buffers.xhat.placement=inline", "buffers.ghat.placement=inline"];
    let why = |which: &str| {
        format!(
            "the `blocked` multiply stages its operands in shared memory, so they must be materialised, but placement \
             `inline` of {which} evaluates each use again"
        )
    };
    let nearest = "multiply.mapping = \"element\"";
    assert_contradiction(&both, &why("xhat and ghat"), nearest);
    assert_contradiction(&both[..1], &why("xhat"), nearest);
    assert_contradiction(&both[1..], &why("ghat"), nearest);
}

#[test]
fn an_inline_xhat_needs_a_use() {
    for phase in ["xhat", "ghat"] {
        let stop = format!("schedule.stop_after={phase}");
        assert_contradiction(
            &["buffers.xhat.placement=inline", "schedule.consume=none", &stop],
            &format!(
                "nothing would run of the input transform: placement `inline` evaluates xhat where it is used, and \
                 stop_after `{phase}` with consume `none` uses it nowhere"
            ),
            "schedule.consume = \"full\"",
        );
        accept("", &["schedule.consume=none", &stop]);
    }
    let multiply = ["multiply.mapping=element", "schedule.stop_after=mhat"];
    accept("", &[&["buffers.xhat.placement=inline", "schedule.consume=none"], multiply.as_slice()].concat());
}

#[test]
fn only_a_stored_ghat_can_be_cached() {
    let nearest = "filter.reuse = \"per_run\"";
    assert_contradiction(
        &["filter.reuse=cached", "schedule.stop_after=xhat"],
        "reuse `cached` keeps GHAT from run to run, but stop_after `xhat` never makes it",
        nearest,
    );
    assert_contradiction(
        &["filter.reuse=cached", "buffers.ghat.placement=inline", "multiply.mapping=element"],
        "reuse `cached` keeps GHAT from run to run, but placement `inline` of ghat never stores it",
        nearest,
    );
    accept("", &["filter.reuse=cached"]);
    accept("", &["filter.reuse=cached", "schedule.stop_after=ghat"]);
}

#[test]
fn a_block_is_shared_out_evenly() {
    for (table, axis, kind) in [
        ("multiply", "filters", "winograd"),
        ("multiply", "tiles", "winograd"),
        ("direct", "filters", "direct"),
        ("direct", "columns", "direct"),
    ] {
        let kind = format!("algorithm.kind={kind}");
        let block = format!("{table}.block.{axis}");
        let thread = format!("{table}.thread.{axis}");
        let with = |block_size: u32, thread_size: u32| {
            [kind.clone(), format!("{block}={block_size}"), format!("{thread}={thread_size}")]
        };
        let uneven = with(48, 5);
        assert_contradiction(
            &uneven.each_ref().map(String::as_str),
            &format!(
                "`{block}` = 48 is no multiple of `{thread}` = 5: every invocation of a workgroup owns as much"
            ),
            &format!("{thread} = 4"),
        );
        accept("", &with(48, 6).each_ref().map(String::as_str));
        // What is unset fits.
        accept("", &[&kind, &uneven[1]]);
        accept("", &[&kind, &uneven[2]]);
    }
    accept("", &["multiply.block={ filters = 7, tiles = 5 }", "multiply.thread={ filters = 7, tiles = 5 }"]);
}

#[test]
fn what_is_loaded_in_vectors_is_whole_vectors() {
    for (set, vector, message, nearest) in [
        (
            "multiply.block.filters=30",
            4,
            "`multiply.block.filters` = 30 is no multiple of `multiply.vector` = 4: a workgroup stages whole vectors",
            "multiply.block.filters = 28",
        ),
        (
            "multiply.block.tiles=31",
            2,
            "`multiply.block.tiles` = 31 is no multiple of `multiply.vector` = 2: a workgroup stages whole vectors",
            "multiply.block.tiles = 30",
        ),
        (
            "multiply.thread.tiles=3",
            4,
            "`multiply.thread.tiles` = 3 is no multiple of `multiply.vector` = 4: an invocation loads and stores whole \
             vectors",
            "multiply.thread.tiles = 4",
        ),
    ] {
        assert_contradiction(&[set, &format!("multiply.vector={vector}")], message, nearest);
        accept("", &[set, "multiply.vector=1"]);
    }
    // The nearest suits the other sizes too, as far as there is such a one.
    let nearest = |sets: &[&str]| problem(sets).nearest.unwrap_or_default();
    let tiles = |block: &str, thread: &str| {
        let sets = [format!("multiply.block.tiles={block}"), format!("multiply.thread.tiles={thread}")];
        nearest(&[&sets[0], &sets[1], "multiply.vector=4"])
    };
    assert_eq!(tiles("64", "12"), "multiply.thread.tiles = 8");
    assert_eq!(tiles("64", "11"), "multiply.thread.tiles = 8");
    assert_eq!(tiles("18", "8"), "multiply.block.tiles = 16");
    assert_eq!(tiles("18", "3"), "multiply.thread.tiles = 4");
    let filters = ["multiply.block.filters=1022", "multiply.thread.filters=511", "multiply.vector=4"];
    assert_eq!(nearest(&filters), "multiply.block.filters = 1020");
    // Threads' filters are no vectors.
    accept("", &["multiply.thread.filters=3", "multiply.block.filters=24", "multiply.vector=4"]);
}

#[test]
fn an_output_without_pixels_is_too_small() {
    for (key, what) in [("height", "rows"), ("width", "columns")] {
        let small = problem(&["problem.padding=0", &format!("problem.{key}=2")]);
        assert_eq!(small.kind, ErrorKind::Size);
        assert_eq!(
            small.message,
            format!("the output would be empty: 2 {what} with padding 0 are fewer than the filter's 3")
        );
        assert_eq!(small.nearest.as_deref(), Some("problem.padding = 1"));
        accept("", &["problem.padding=0", &format!("problem.{key}=3")]);
        accept("", &["problem.padding=1", &format!("problem.{key}=1")]);
    }
}

#[test]
fn a_buffer_beyond_a_shaders_index_is_too_large() {
    let text = "[problem]\nin_channels = 1\nout_channels = 1\nheight = 32768\nwidth = 32768\nbatch = 2\n";
    let error = super::Configuration::parse(text, "configs/x.toml", &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "configs/x.toml:4: too large: x would have 2147483648 elements, y would have 2147483648 elements, XHAT would \
         have 4831838208 elements, MHAT would have 4831838208 elements; shaders index with 32 bits, so each buffer \
         must have fewer than 2147483648\n  |\n4 | height = 32768\n  |          ^^^^^"
    );
    assert_eq!(error.kind(), ErrorKind::Size);
    // Direct convolution has no transformed buffers, and one row less is within the bound.
    let direct = ["algorithm.kind=direct", "problem.height=32767"].map(str::to_owned);
    assert!(super::Configuration::parse(text, "x.toml", &direct).is_ok());
    assert!(super::Configuration::parse(text, "x.toml", &direct[..1]).is_err());
}

#[test]
fn only_buffers_that_are_made_are_counted() {
    // GHAT has 36·8192·8192 elements, w 9·8192·8192.
    let channels = ["problem.in_channels=8192", "problem.out_channels=8192"];
    let named = |more: &[&str]| problem(&[channels.as_slice(), more].concat()).message;
    assert!(named(&[]).starts_with("too large: GHAT would have 2415919104 elements; "), "{}", named(&[]));
    accept("", &[channels.as_slice(), &["schedule.stop_after=xhat"]].concat());
    accept(
        "",
        &[channels.as_slice(), &["buffers.ghat.placement=inline", "multiply.mapping=element"]].concat(),
    );
}

#[test]
fn the_largest_sizes_do_not_overflow_the_check() {
    let all = ["batch", "in_channels", "out_channels", "height", "width"]
        .map(|key| format!("problem.{key}=4294967295"));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(refuse("", &all).kind(), ErrorKind::Size);
}
