//! Variants × axes, names and order, and overrides over both.

use super::super::{
    AlgorithmKind, Clock, Configuration, Consume, Experiment, Layout, Placement, StopAfter, hash,
};
use super::{accept, names, parse, single};

const SWEEP: &str =
    "[sweep]\n\"schedule.stop_after\" = [\"xhat\", \"output\"]\n\"algorithm.tile\" = [2, 4]\n";
const VARIANTS: &str = "[[variant]]\nname = \"b\"\n[[variant]]\nname = \"a\"\naxes = []\n[[variant]]\nname = \"c\"\n\
                        axes = [\"algorithm.tile\"]\n";

#[test]
fn variants_and_axes_keep_the_order_of_the_file_and_the_last_axis_is_fastest() {
    let configuration = accept(&format!("{VARIANTS}{SWEEP}"), &[]);
    assert_eq!(
        names(&configuration),
        [
            "b/stop_after=xhat/tile=2",
            "b/stop_after=xhat/tile=4",
            "b/stop_after=output/tile=2",
            "b/stop_after=output/tile=4",
            "a",
            "c/tile=2",
            "c/tile=4",
        ]
    );
    let experiment = &configuration.experiments[2];
    assert_eq!(experiment.variant, "b");
    assert_eq!((experiment.stop_after, experiment.tile.m()), (StopAfter::Output, 2));
    assert_eq!(configuration.experiments[4].tile.m(), 4);
}

#[test]
fn without_variants_the_configuration_is_the_variant() {
    let configuration = accept(SWEEP, &[]);
    assert_eq!(configuration.name, "x");
    assert_eq!(configuration.experiments[0].variant, "x");
    assert_eq!(names(&configuration)[3], "x/stop_after=output/tile=4");
    assert_eq!(single("", &["name=other"]).name, "other");
}

#[test]
fn an_axis_takes_as_many_segments_as_tell_it_from_the_others() {
    let sweep = "[sweep]\nbuffers.xhat.layout = [\"tile_major\"]\nbuffers.ghat.layout = [\"tile_major\"]\n\
                 schedule.grid = [\"channel_first\"]\n";
    let experiment = single(sweep, &[]);
    assert_eq!(experiment.name, "x/xhat.layout=tile_major/ghat.layout=tile_major/grid=channel_first");
    assert_eq!((experiment.xhat.layout, experiment.mhat.layout), (Layout::TileMajor, Layout::TransformMajor));
}

#[test]
fn an_axis_can_be_a_table_of_keys_that_change_together() {
    let configuration =
        accept("[sweep]\nproblem = [{ height = 8, width = 8 }, { height = 16, width = 12 }]\n", &[]);
    assert_eq!(names(&configuration), ["x/problem={height:8,width:8}", "x/problem={height:16,width:12}"]);
    let problem = configuration.experiments[1].problem;
    assert_eq!((problem.height, problem.width, problem.in_channels), (16, 12, 16));
}

#[test]
fn an_override_wins_and_the_axis_that_it_fixes_is_dropped() {
    let configuration =
        accept(&format!("{VARIANTS}{SWEEP}"), &["algorithm.tile = 6", "schedule.grid=channel_first"]);
    assert_eq!(names(&configuration), ["b/stop_after=xhat", "b/stop_after=output", "a", "c"]);
    assert!(configuration.experiments.iter().all(|experiment| experiment.tile.m() == 6));
    // Also where the whole table is given.
    let fixed = accept(SWEEP, &["algorithm={ tile = 2 }"]);
    assert_eq!(names(&fixed), ["x/stop_after=xhat", "x/stop_after=output"]);
}

#[test]
fn the_later_override_wins_and_words_need_no_quotes() {
    let experiment =
        single("", &["schedule.stop_after=\"ghat\"", "schedule.stop_after=mhat", "problem.height=0x40"]);
    assert_eq!((experiment.stop_after, experiment.problem.height), (StopAfter::Mhat, 64));
    let configuration = accept("", &["measure.max_seconds=1", "name=run-2.b"]);
    assert!(configuration.measure.max_seconds == 1.0);
    assert_eq!(configuration.name, "run-2.b");
}

#[test]
fn a_block_size_is_an_axis_like_any_other() {
    let sweep = "[multiply]\nthread.tiles = 4\n[sweep]\n\"multiply.block.tiles\" = [32, 64]\nmultiply.vector = [1, 4]\n";
    let configuration = accept(sweep, &[]);
    assert_eq!(
        names(&configuration),
        ["x/tiles=32/vector=1", "x/tiles=32/vector=4", "x/tiles=64/vector=1", "x/tiles=64/vector=4"]
    );
    let blocks = configuration.experiments[3].blocks.multiply;
    assert_eq!((blocks.tiles, blocks.thread_tiles, blocks.vector), (Some(64), Some(4), Some(4)));
    let fixed = accept(sweep, &["multiply.block.tiles=16"]);
    assert_eq!(names(&fixed), ["x/vector=1", "x/vector=4"]);
}

#[test]
fn the_clock_is_laid_like_a_factor_and_the_rest_of_measure_is_the_files() {
    use Clock::{Device, HostLazy};
    let clocks = |text: &str, overrides: &[&str]| {
        accept(text, overrides).experiments.iter().map(|experiment| experiment.clock).collect::<Vec<_>>()
    };
    let base = "[measure]\nclock = \"host_lazy\"\nmax_seconds = 3\n";
    let variants = "[[variant]]\nname = \"a\"\n[[variant]]\nname = \"b\"\nmeasure.clock = \"device\"\n";
    let layered = format!("{base}{variants}");
    assert_eq!(clocks(variants, &[]), [Device, Device]);
    assert_eq!(clocks(&layered, &[]), [HostLazy, Device]);
    assert_eq!(clocks(&layered, &["measure.clock=host_lazy"]), [HostLazy, HostLazy]);
    let sweep = "[sweep]\n\"measure.clock\" = [\"device\", \"host_lazy\"]\n";
    for sweep in [sweep, "[sweep]\nmeasure.clock = [\"device\", \"host_lazy\"]\n"] {
        let text = format!("{base}{sweep}");
        assert_eq!(clocks(&text, &[]), [Device, HostLazy]);
        assert_eq!(names(&accept(&text, &[])), ["x/clock=device", "x/clock=host_lazy"]);
        assert_eq!(names(&accept(&text, &["measure={ clock = \"device\", max_seconds = 1 }"])), ["x"]);
    }
    assert_eq!(clocks(sweep, &["measure.clock=host_lazy"]), [HostLazy]);
    assert!(accept(&layered, &["measure.clock=device"]).measure.max_seconds == 3.0);
}

#[test]
fn an_override_reaches_into_a_variant() {
    let variant = "[[variant]]\nname = \"a\"\nbuffers.xhat = { placement = \"inline\", layout = \"tile_major\" }\n\
                   multiply.mapping = \"element\"\n";
    let experiment = single(variant, &["buffers.xhat.placement=global"]);
    assert_eq!((experiment.xhat.placement, experiment.xhat.layout), (Placement::Global, Layout::TileMajor));
}

#[test]
fn equal_factors_under_two_names_are_two_experiments() {
    let configuration = accept("[[variant]]\nname = \"a1\"\n[[variant]]\nname = \"a2\"\n", &[]);
    let [a1, a2] = configuration.experiments.as_slice() else { panic!("{:?}", names(&configuration)) };
    assert_eq!(Experiment { name: a2.name.clone(), variant: a2.variant.clone(), ..a1.clone() }, *a2);
    assert_ne!(hash(a1, &configuration.measure), hash(a2, &configuration.measure));
}

#[test]
fn the_hash_changes_with_what_is_measured_and_how() {
    let one = accept("", &[]);
    let hash_of = |configuration: &Configuration| hash(&configuration.experiments[0], &configuration.measure);
    assert_eq!(hash_of(&one), hash_of(&accept("# a comment\n", &["problem.padding=1"])));
    assert_eq!(hash_of(&one).len(), 16);
    assert!(hash_of(&one).bytes().all(|digit| digit.is_ascii_hexdigit()));
    for change in [
        "problem.width=31",
        "schedule.barriers=full",
        "multiply.vector=1",
        "measure.clock=host_lazy",
        "measure.min_samples=21",
    ] {
        assert_ne!(hash_of(&one), hash_of(&accept("", &[change])), "{change}");
    }
}

#[test]
fn a_file_name_that_cannot_name_results_needs_a_name() {
    let text = super::PROBLEM;
    let error = Configuration::parse(text, "my configs/my file.toml", &[]).unwrap_err().to_string();
    assert!(error.starts_with("my configs/my file.toml: has no `name`"), "{error}");
    let named = Configuration::parse(text, "my file.toml", &["name=mine".to_owned()]);
    assert_eq!(named.map(|configuration| configuration.name), Ok("mine".to_owned()));
}

#[test]
fn a_sweep_beyond_reason_is_refused_before_it_is_made() {
    let sizes = |count: u32| (1..=count).map(|size| size.to_string()).collect::<Vec<_>>().join(",");
    let sweep = ["batch", "in_channels", "out_channels"]
        .map(|key| format!("problem.{key} = [{}]\n", sizes(100)))
        .concat();
    let error = parse(&format!("[sweep]\n{sweep}"), &[]).unwrap_err().to_string();
    assert_eq!(error, "configs/x.toml: the sweep makes 1000000 experiments; at most 100000 are run");
}

#[test]
fn the_investigation_is_the_seeds() -> Result<(), super::Error> {
    let text = include_str!("../../../configs/investigation.toml");
    let configuration = Configuration::parse(text, "configs/investigation.toml", &[])?;
    assert_eq!(configuration.name, "investigation");
    let phases = ["xhat", "ghat", "mhat", "output"];
    let crossed = ["old", "new", "old_compiled", "new_compiled"]
        .map(|variant| phases.map(|phase| format!("{variant}/stop_after={phase}")));
    assert_eq!(names(&configuration)[0], "direct");
    assert_eq!(names(&configuration)[1..], crossed.concat());

    let named = |name: &str| configuration.experiments.iter().find(|e| e.name == name).cloned();
    let renamed = |mut e: Experiment| {
        e.name.clear();
        e.variant.clear();
        e
    };
    let (Some(direct), Some(old)) = (named("direct"), named("old/stop_after=output")) else {
        panic!("missing")
    };
    assert_eq!(direct.algorithm, AlgorithmKind::Direct);
    // OLD is the defaults.
    assert_eq!(renamed(old.clone()), renamed(single("", &[])));

    let consumers = |variant: &str| {
        phases.map(|phase| named(&format!("{variant}/stop_after={phase}")).map(|e| e.consume))
    };
    use Consume::{Full, None, Partial};
    for (variant, expected) in [
        ("old", [Full, Full, Full, None]),
        ("old_compiled", [Full, Full, Full, None]),
        ("new", [Partial, Partial, Full, None]),
        ("new_compiled", [Partial, Partial, Full, None]),
    ] {
        assert_eq!(consumers(variant), expected.map(Some), "{variant}");
    }

    let as_factors = |variant: &str| {
        named(&format!("{variant}/stop_after=output")).map(|e| {
            let placements = [e.xhat, e.ghat, e.mhat].map(|buffer| buffer.placement.as_str());
            let layouts = [e.xhat, e.ghat, e.mhat].map(|buffer| buffer.layout.as_str());
            let rest = [e.evaluation.as_str(), e.coefficients.as_str(), e.mapping.as_str(), e.grid.as_str()];
            [placements.join(","), layouts.join(","), rest.join(",")].join(" ")
        })
    };
    let global = "global,global,global";
    let inline = "inline,inline,global";
    let (transform, tile) =
        ("transform_major,transform_major,transform_major", "tile_major,tile_major,tile_major");
    for (variant, expected) in [
        ("old", format!("{global} {transform} separable,literal,blocked,spatial_first")),
        ("new", format!("{global} {tile} kron,select,blocked,channel_first")),
        ("old_compiled", format!("{inline} {transform} separable,literal,element,spatial_first")),
        ("new_compiled", format!("{inline} {tile} kron,select,element,channel_first")),
    ] {
        assert_eq!(as_factors(variant), Some(expected));
    }
    Ok(())
}
