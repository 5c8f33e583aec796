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
