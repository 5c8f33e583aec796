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
            "configs/x.toml:8: the `blocked` multiply uses each element from registers several times, so xhat must be \
             stored, but placement `inline` evaluates each use again; nearest valid: multiply.mapping = \"element\"",
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
    let text = "[[variant]]\nname = \"a\"\nbuffers.mhat.placement = \"inline\"\n[[variant]]\nname = \"b\"\n\
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
fn every_placement_has_a_meaning_for_one_mapping_at_least() {
    let placements = ["global", "shared", "register", "inline"];
    for (xhat, ghat, mhat) in triples(placements) {
        let set = [("xhat", xhat), ("ghat", ghat), ("mhat", mhat)]
            .map(|(buffer, placement)| format!("buffers.{buffer}.placement={placement}"));
        let set: Vec<&str> = set.iter().map(String::as_str).collect();
        for phase in ["xhat", "ghat", "mhat", "output"] {
            let stop = format!("schedule.stop_after={phase}");
            let with = |mapping: &'static str| [&set[..], &[&stop, mapping]].concat();
            accept("", &with("multiply.mapping=element"));
            let runs_and_is_inline =
                matches!(phase, "mhat" | "output") && [xhat, ghat, mhat].contains(&"inline");
            if runs_and_is_inline {
                refuse("", &with("multiply.mapping=blocked"));
            } else {
                accept("", &with("multiply.mapping=blocked"));
            }
        }
    }
}

/// Every triple of `values`.
fn triples<T: Copy, const N: usize>(values: [T; N]) -> impl Iterator<Item = (T, T, T)> {
    (0..N.pow(3)).map(move |number| (values[number / N / N], values[number / N % N], values[number % N]))
}

#[test]
fn a_blocked_multiply_needs_both_operands_stored() {
    let both = ["buffers.xhat.placement=inline", "buffers.ghat.placement=inline"];
    let why = |which: &str| {
        format!(
            "the `blocked` multiply uses each element from registers several times, so {which} must be stored, but \
             placement `inline` evaluates each use again"
        )
    };
    let nearest = "multiply.mapping = \"element\"";
    assert_contradiction(&both, &why("xhat and ghat"), nearest);
    assert_contradiction(&both[..1], &why("xhat"), nearest);
    assert_contradiction(&both[1..], &why("ghat"), nearest);
    // Beside sizes that the element mapping has no use for, the nearest is to store the operand.
    let nearest = "buffers.xhat.placement = \"register\"";
    assert_contradiction(&[both[0], "multiply.vector=4"], &why("xhat"), nearest);
    for phase in ["xhat", "ghat"] {
        accept("", &[&both[..], &[&format!("schedule.stop_after={phase}")]].concat());
    }
}

#[test]
fn a_blocked_multiply_keeps_its_sums() {
    for phase in ["mhat", "output"] {
        assert_contradiction(
            &["buffers.mhat.placement=inline", &format!("schedule.stop_after={phase}")],
            "the `blocked` multiply sums MHAT in registers, but placement `inline` of mhat stores it nowhere and \
             evaluates it again for each use",
            "multiply.mapping = \"element\"",
        );
    }
    accept("", &["buffers.mhat.placement=inline", "schedule.stop_after=ghat"]);
}

#[test]
fn the_element_mapping_has_no_use_for_what_an_invocation_owns() {
    let element = "multiply.mapping=element";
    let why = |keys: &str| {
        format!(
            "the `element` multiply makes one element per invocation, which leaves nothing for {keys} to set"
        )
    };
    for (key, value) in [
        ("multiply.thread.filters", 1),
        ("multiply.thread.tiles", 4),
        ("multiply.thread.positions", 36),
        ("multiply.vector", 1),
        ("multiply.padding", 0),
    ] {
        let set = format!("{key}={value}");
        let key = format!("`{key}`");
        assert_contradiction(&[element, &set], &why(&key), "multiply.mapping = \"blocked\"");
        // An inline operand rules the blocked mapping out.
        let inline = problem(&[element, &set, "buffers.xhat.placement=inline"]);
        assert_eq!(inline.message, why(&key));
        assert_eq!(inline.nearest, Some(format!("without {key}")));
    }
    let several = problem(&[element, "multiply.vector=4", "multiply.thread.tiles=3"]);
    assert_eq!(several.message, why("`multiply.thread.tiles`, `multiply.vector`"));
    assert_eq!(several.nearest.as_deref(), Some("without `multiply.thread.tiles`, `multiply.vector`"));
    accept(
        "",
        &[element, "multiply.block={ filters = 3, tiles = 5, channels = 7 }", "schedule.workgroup=96"],
    );
}

#[test]
fn a_buffer_inside_its_reader_needs_a_reader() {
    for (buffer, phase, which) in [
        ("xhat", "xhat", "input transform"),
        ("xhat", "ghat", "input transform"),
        ("mhat", "mhat", "multiply"),
    ] {
        let stop = format!("schedule.stop_after={phase}");
        let with = |placement: &str| format!("buffers.{buffer}.placement={placement}");
        for placement in ["shared", "register", "inline"] {
            assert_contradiction(
                &[&with(placement), "schedule.consume=none", "multiply.mapping=element", &stop],
                &format!(
                    "nothing would run of the {which}: with placement `{placement}` {buffer} exists only inside the \
                     dispatch that reads it, and stop_after `{phase}` with consume `none` has no such dispatch"
                ),
                "schedule.consume = \"full\"",
            );
        }
        accept("", &[&with("global"), "schedule.consume=none", &stop]);
    }
    // The multiply reads XHAT, the output transform MHAT.
    accept("", &["buffers.xhat.placement=shared", "schedule.consume=none", "schedule.stop_after=mhat"]);
    accept("", &["buffers.mhat.placement=register", "schedule.consume=none"]);
}

#[test]
fn only_a_stored_ghat_can_be_cached() {
    let nearest = "filter.reuse = \"per_run\"";
    assert_contradiction(
        &["filter.reuse=cached", "schedule.stop_after=xhat"],
        "reuse `cached` keeps GHAT from run to run, but stop_after `xhat` never makes it",
        nearest,
    );
    for placement in ["shared", "register", "inline"] {
        assert_contradiction(
            &[
                "filter.reuse=cached",
                &format!("buffers.ghat.placement={placement}"),
                "multiply.mapping=element",
            ],
            &format!(
                "reuse `cached` keeps GHAT from run to run, but placement `{placement}` of ghat never stores it in \
                 device memory"
            ),
            nearest,
        );
    }
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
                "`{block}` = 48 is no multiple of `{thread}` = 5: every invocation of a workgroup owns the same share"
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
fn outputs_in_reading_order_have_no_rows() {
    let direct = ["algorithm.kind=direct", "direct.block.rows=4"];
    assert_contradiction(
        &[direct[0], direct[1], "direct.method=implicit_gemm"],
        "a workgroup of the `implicit_gemm` method owns outputs in reading order, which leaves nothing for \
         `direct.block.rows` = 4 to set",
        "direct.method = \"patch\"",
    );
    accept("", &direct);
    accept("", &[direct[0], direct[1], "direct.method=patch"]);
    // Winograd has no baseline's blocks.
    accept("", &[direct[1], "direct.method=implicit_gemm"]);
}

#[test]
fn a_patch_has_one_team() {
    let direct = ["algorithm.kind=direct", "direct.teams=2"];
    for patch in ["direct.method=patch", "direct.block.rows=4"] {
        assert_contradiction(
            &[direct[0], direct[1], patch],
            "a workgroup of the `patch` method is one team, but `direct.teams` = 2",
            "direct.teams = 1",
        );
        accept("", &[direct[0], "direct.teams=1", patch]);
    }
    accept("", &direct);
    accept("", &[direct[0], direct[1], "direct.method=implicit_gemm"]);
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
    for placement in ["shared", "register", "inline"] {
        let ghat = format!("buffers.ghat.placement={placement}");
        accept("", &[channels.as_slice(), &[&ghat, "multiply.mapping=element"]].concat());
    }
}

#[test]
fn the_tensor_of_a_full_consumer_is_counted() {
    // XHAT and what copies it have 36·7·4096² elements.
    let set =
        ["problem.height=16384", "problem.width=16384", "problem.out_channels=1", "problem.in_channels=7"];
    let prefix = [set.as_slice(), &["schedule.stop_after=xhat", "buffers.xhat.placement=inline"]].concat();
    let message = problem(&prefix).message;
    assert!(
        message.starts_with("too large: the consumer's tensor would have 4227858432 elements; "),
        "{message}"
    );
    accept("", &[prefix.as_slice(), &["schedule.consume=partial"]].concat());
    // After the multiply it is MHAT's.
    accept("", &[set.as_slice(), &["schedule.stop_after=mhat", "buffers.xhat.placement=register"]].concat());
}

#[test]
fn the_largest_sizes_do_not_overflow_the_check() {
    let all = ["batch", "in_channels", "out_channels", "height", "width"]
        .map(|key| format!("problem.{key}=4294967295"));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(refuse("", &all).kind(), ErrorKind::Size);
}

#[test]
fn ways_of_measuring_take_no_keys_of_one_another() {
    let cold = "measure.cache=cold";
    assert_contradiction(
        &[cold, "measure.clock=host_lazy"],
        "caches are evicted before a region that the device's clock times, but clock `host_lazy` times none",
        "measure.cache = \"warm\"",
    );
    assert_contradiction(
        &[cold, "measure.min_region_us=5"],
        "a region is repeated until it is long enough, but no experiment is warm, and a cold one runs once per sample",
        "measure.min_region_us = 0",
    );
    assert_contradiction(
        &["measure.evict_mib=64"],
        "caches are evicted before cold samples, but no experiment is cold",
        "measure.cache = \"cold\"",
    );
    assert_contradiction(
        &["measure.regions=isolated", "measure.clock=host_lazy"],
        "regions are what the device's clock times, but every experiment is timed by the host's",
        "measure.clock = \"device\"",
    );
    assert_contradiction(
        &["measure.regions=isolated", "measure.give_up_at=3"],
        "an experiment is given up by its total, but regions `isolated` leave the total out",
        "measure.regions = \"all\"",
    );
    accept("", &[cold, "measure.min_region_us=0", "measure.evict_mib=64"]);
    accept("", &["measure.regions=pipelined", "measure.give_up_at=3"]);
    // Where both stand side by side, each key is about its own.
    let both =
        "[measure]\nmin_region_us = 5\nevict_mib = 64\n[sweep]\n\"measure.cache\" = [\"warm\", \"cold\"]\n";
    accept(both, &[]);
}

#[test]
fn nothing_is_given_up_for_being_no_better_than_the_best() {
    let message = problem(&["measure.give_up_at=1"]).message;
    assert_eq!(message, "`measure.give_up_at`: 1 is out of range; expected a finite number above 1");
}
