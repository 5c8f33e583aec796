//! Tables of tuned choices, from text to the experiments that take from them and back.

use super::*;
use crate::config::{AlgorithmKind, Base, Configuration, ErrorKind, FilterReuse, Placement};

const TABLE: &str = "\
device = \"Test GPU\"

[[choice]]
problem = { batch = 1, in_channels = 16, out_channels = 16, height = 32, width = 32 }
rel_error = 1.5e-6
algorithm.kind = \"winograd\"
buffers.xhat.placement = \"shared\"
buffers.ghat.placement = \"shared\"
buffers.mhat.placement = \"shared\"
multiply.mapping = \"element\"

[[choice]]
problem = { batch = 16, in_channels = 256, out_channels = 256, height = 56, width = 56 }
algorithm.kind = \"winograd\"
algorithm.tile = 6
multiply.block.tiles = 128

[[choice]]
problem = { batch = 1, in_channels = 3, out_channels = 64, height = 224, width = 224 }
algorithm.kind = \"direct\"
direct.block.columns = 16
";

/// The one experiment of a problem of C = K `channels` and images of `side`², `batch` of them, and what else is set.
fn experiment([batch, channels, side]: [u32; 3], set: &str) -> Experiment {
    let text = format!(
        "[problem]\nbatch = {batch}\nin_channels = {channels}\nout_channels = {channels}\nheight = {side}\nwidth = {side}\n\
         [algorithm]\ndefaults = \"tuned\"\n{set}"
    );
    let tuned = Tuned::from(Table::parse(TABLE, "test.toml").unwrap());
    let configuration = Configuration::parse_with(&text, "x.toml", &[], &tuned).unwrap();
    configuration.experiments.into_iter().next().unwrap()
}

fn source(experiment: &Experiment) -> &str {
    experiment.tuned_from.as_deref().unwrap()
}

#[test]
fn every_table_in_the_binary_is_valid_and_canonical() {
    for file in EMBEDDED.files() {
        let (text, origin) = (file.contents_utf8().unwrap(), file.path().display().to_string());
        let table = Table::parse(text, &origin).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(table.to_toml(), text, "{origin} is not as `winoscope tune --table` writes it");
    }
    assert!(tables().any(|table| table.device == "NVIDIA H200"));
}

#[test]
fn what_is_left_open_is_the_nearest_choices() {
    let small = experiment([2, 16, 32], "");
    assert_eq!((source(&small), small.xhat.placement), ("b1_c16_k16_32x32", Placement::Shared));
    let large = experiment([8, 256, 64], "");
    assert_eq!((source(&large), large.tile.m()), ("b16_c256_k256_56x56", 6));
    assert_eq!(large.blocks.multiply.tiles, Some(128));
    assert_eq!(large.problem.batch, 8, "the problem stays its own");
}

#[test]
fn what_is_set_is_kept_and_a_choice_of_something_else_is_passed_over() {
    let other_tile = experiment([16, 256, 56], "tile = 2\n");
    assert_eq!((source(&other_tile), other_tile.tile.m()), (UNTUNED, 2));
    // The same value is no other.
    assert_eq!(source(&experiment([16, 256, 56], "tile = 6\n")), "b16_c256_k256_56x56");
    let contradicted = experiment([16, 256, 56], "[multiply]\nthread.tiles = 3\n");
    assert_eq!(source(&contradicted), UNTUNED, "128 is no multiple of 3");
    let prefix = experiment([1, 16, 32], "[schedule]\nstop_after = \"mhat\"\n");
    assert_eq!(source(&prefix), "b1_c16_k16_32x32");
    let cached = experiment([16, 256, 56], "[filter]\nreuse = \"cached\"\n");
    assert_eq!((source(&cached), cached.filter_reuse), (UNTUNED, FilterReuse::Cached));
}

#[test]
fn of_two_that_are_near_the_nearer_is_taken() {
    for (height, from) in [(40, "b1_c16_k16_32x32"), (60, "b1_c16_k16_64x64")] {
        let text = format!(
            "[problem]\nin_channels = 16\nout_channels = 16\nheight = {height}\nwidth = {height}\n\
             [algorithm]\ndefaults = \"tuned\"\n"
        );
        let larger = TABLE.replace("width = 224", "width = 64").replace("height = 224", "height = 64");
        let larger =
            larger.replace("in_channels = 3, out_channels = 64", "in_channels = 16, out_channels = 16");
        let tuned = Tuned::from(Table::parse(&larger, "test.toml").unwrap());
        let found = Configuration::parse_with(&text, "x.toml", &[], &tuned).unwrap().experiments.remove(0);
        assert_eq!(source(&found), from);
    }
}

#[test]
fn what_was_tuned_with_a_cached_filter_is_of_other_work() {
    let table = TABLE.replace("algorithm.tile = 6\n", "algorithm.tile = 6\nfilter.reuse = \"cached\"\n");
    let tuned = Tuned::from(Table::parse(&table, "test.toml").unwrap());
    let from = |set: &str| {
        let text = format!(
            "[problem]\nbatch = 16\nin_channels = 256\nout_channels = 256\nheight = 56\nwidth = 56\n\
             [algorithm]\ndefaults = \"tuned\"\n{set}"
        );
        Configuration::parse_with(&text, "x.toml", &[], &tuned).unwrap().experiments.remove(0).tuned_from
    };
    assert_eq!(from("").as_deref(), Some(UNTUNED));
    assert_eq!(from("[filter]\nreuse = \"cached\"\n").as_deref(), Some("b16_c256_k256_56x56_cached"));
}

#[test]
fn the_baseline_stands_for_no_prefix() {
    let of = |stop_after: &str| {
        let set = format!("[schedule]\nstop_after = \"{stop_after}\"\n");
        let text = format!(
            "[problem]\nin_channels = 3\nout_channels = 64\nheight = 224\nwidth = 224\n[algorithm]\ndefaults = \
             \"tuned\"\n{set}"
        );
        let tuned = Tuned::from(Table::parse(TABLE, "test.toml").unwrap());
        Configuration::parse_with(&text, "x.toml", &[], &tuned).unwrap().experiments.remove(0)
    };
    let whole = of("output");
    assert_eq!((whole.algorithm, whole.blocks.direct.columns), (AlgorithmKind::Direct, Some(16)));
    assert_eq!(of("mhat").algorithm, AlgorithmKind::Winograd);
}

#[test]
fn what_is_far_away_or_on_another_device_is_chosen_by_limits() {
    assert_eq!(source(&experiment([1, 1024, 7], "")), UNTUNED);
    assert!(Tuned::of_device("another GPU").is_empty());
    let fixed =
        Configuration::parse("[problem]\nin_channels=1\nout_channels=1\nheight=9\nwidth=9", "x.toml", &[]);
    assert_eq!(fixed.unwrap().experiments[0].tuned_from, None, "nothing asks for tuned values");
}

#[test]
fn a_table_is_written_in_one_form_whatever_the_order() {
    let table = Table::parse(TABLE, "test.toml").unwrap();
    let text = table.to_toml();
    assert_eq!(Table::parse(&text, "test.toml").unwrap(), table);
    let (head, choices) = TABLE.split_once("[[choice]]").unwrap();
    let reversed: Vec<&str> = choices.split("[[choice]]").collect();
    let reversed: String = reversed.iter().rev().map(|choice| format!("[[choice]]{choice}\n")).collect();
    assert_eq!(Table::parse(&format!("{head}{reversed}"), "test.toml").unwrap().to_toml(), text);
    let places: Vec<&str> = text.lines().filter(|line| line.starts_with("problem = ")).collect();
    assert!(places.is_sorted_by_key(|line| line.find("in_channels = 256").is_some()), "{places:#?}");
    assert!(
        text.contains("rel_error = 1.50e-6\nalgorithm.kind = \"winograd\"\nalgorithm.tile = 4\n"),
        "{text}"
    );
}

#[test]
fn a_problem_has_one_choice_the_last_one_put_in() {
    let mut table = Table::parse(TABLE, "test.toml").unwrap();
    let text = "[problem]\nbatch = 16\nin_channels = 256\nout_channels = 256\nheight = 56\nwidth = 56\n";
    let base = Base::parse(text, "x.toml", &[], &Tuned::default()).unwrap();
    table.put(&base.with("other", &["algorithm.tile=2".to_owned()]).unwrap(), Some(1e-7)).unwrap();
    assert_eq!(table.choices.len(), 3);
    let text = table.to_toml();
    assert!(
        text.contains("rel_error = 1.00e-7\nalgorithm.kind = \"winograd\"\nalgorithm.tile = 2\n"),
        "{text}"
    );
    assert!(!text.contains("algorithm.tile = 6"), "{text}");
    table.put(&base.with("cached", &["filter.reuse=cached".to_owned()]).unwrap(), None).unwrap();
    assert_eq!(table.choices.len(), 4, "GHAT made once is other work");
}

#[test]
fn a_search_begins_with_what_is_near_too() {
    let begins = |set: &str| {
        let text = format!(
            "[problem]\nbatch = 8\nin_channels = 256\nout_channels = 256\nheight = 56\nwidth = 56\n{set}"
        );
        let tuned = Tuned::from(Table::parse(TABLE, "test.toml").unwrap());
        let base = Base::parse(&text, "x.toml", &[], &tuned).unwrap();
        base.experiments.iter().map(|experiment| experiment.tile.m()).collect::<Vec<_>>()
    };
    assert_eq!(begins(""), [4, 6]);
    assert_eq!(begins("[algorithm]\ntile = 2\n"), [2]);
}

#[test]
fn faults_are_told_with_their_place() {
    let choice = "[[choice]]\nproblem = { in_channels = 1, out_channels = 1, height = 9, width = 9 }\n";
    for (text, kind, sentence) in [
        ("", ErrorKind::Key, "t.toml: `device` is required"),
        ("device = \"x\"\ntile = 4", ErrorKind::Key, "unknown key `tile`"),
        (
            "device = \"x\"\n[[choice]]\nalgorithm.tile = 3",
            ErrorKind::Value,
            "t.toml:3: `algorithm.tile`: tile 3",
        ),
        (
            &format!("device = \"x\"\n{choice}"),
            ErrorKind::Key,
            "t.toml:2: a tuned choice needs `algorithm.kind`",
        ),
        (
            &format!("device = \"x\"\n{choice}algorithm.kind = \"direct\"\nschedule.stop_after = \"mhat\""),
            ErrorKind::Key,
            "cannot set schedule.stop_after",
        ),
        (
            &format!(
                "device = \"x\"\n{choice}algorithm.kind = \"winograd\"\nbuffers.xhat.placement = \"inline\""
            ),
            ErrorKind::Contradiction,
            "placement `inline` evaluates each use again; nearest valid: multiply.mapping = \"element\"",
        ),
        (
            &format!("device = \"x\"\n{}", format!("{choice}algorithm.kind = \"direct\"\n").repeat(2)),
            ErrorKind::Value,
            "`b1_c1_k1_9x9` has a choice already",
        ),
    ] {
        let error = Table::parse(text, "t.toml").unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(sentence), "{error}");
    }
}
