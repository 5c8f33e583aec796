//! `tune`: a search on a real device, small enough for a test, and what configurations take from tuned choices.

use predicates::prelude::*;
use predicates::str::contains;

use crate::support::scratch::{rows_file, stderr, stdout};
use crate::support::{Scratch, config, exit, in_order};

/// Fixes what a search would vary, but for points and algorithm: F(2×2) with each of its points, and the baseline.
const FIXED: &str = "\
[algorithm]
tile = 2
[buffers]
xhat.placement = \"global\"
ghat.placement = \"global\"
mhat.placement = \"global\"
[multiply]
mapping = \"blocked\"
block = { filters = 32, tiles = 32, channels = 16 }
thread = { filters = 4, tiles = 4 }
vector = 4
padding = 0
turns = 1
splits = 1
[direct]
method = \"patch\"
block = { filters = 16, rows = 4, columns = 8, channels = 16 }
thread = { filters = 4, columns = 1 }
[transforms]
vector = 1
input_tiles = 1
filter_passes = 2
[schedule]
grid = \"spatial_first\"
workgroup = 64
first = \"xhat\"
";

/// The labels of what is then left.
const LABELS: [&str; 3] = ["f2_ggg", "f2_sqrt2_ggg", "direct"];

fn problem() -> Scratch {
    let text = [config::PROBLEM, config::QUICK, FIXED].concat();
    // Nothing is given up, so that the same is recorded every time.
    Scratch::with("tiny.toml", text.replace("min_region_us = 0\n", "min_region_us = 0\ngive_up_at = 1e9\n"))
}

#[test]
fn a_search_tells_its_winner_and_writes_what_run_takes() {
    let scratch = problem();
    let arguments = ["tune", "tiny.toml", "--table", "table.toml"];
    let searched = scratch.winoscope(&arguments).assert().code(0);
    let progress = stderr(&searched);
    assert!(
        in_order(&["round 1: 2 candidates, 2 in all; best so far: ", "results: results/tune_tiny.csv"])
            .eval(&progress),
        "{progress}"
    );
    assert!(progress.contains("winner: results/tune_tiny.toml\ntable: table.toml\n"), "{progress}");
    let told = stdout(&searched);
    assert!(
        in_order(&[
            "# The fastest of results/tune_tiny.csv",
            "Fastest: `final2/",
            "the quickest of 3 candidates: "
        ])
        .eval(&told),
        "{told}"
    );
    assert!(told.contains(" at its quickest: "), "{told}");
    let rows = scratch.rows("tune_tiny");
    // The points are what is left to change of the quicker one.
    let rounds = ["1/f2_ggg", "1/direct", "2/f2_sqrt2_ggg"].map(str::to_owned).into_iter();
    for name in rounds.chain(LABELS.map(|label| format!("final2/{label}"))) {
        assert_eq!(rows.phases(&name).last(), Some(&"total"), "{name}: {progress}");
    }

    let winner = scratch.read("results/tune_tiny.toml");
    assert!(winner.starts_with("# The quickest of 3 candidates on llvmpipe"), "{winner}");
    let quickly = ["--set", "measure.max_seconds=0.001", "--set", "measure.warmup_seconds=0"];
    scratch.run_to(0, &[&["results/tune_tiny.toml"][..], &quickly].concat());
    assert_eq!(scratch.rows("tiny_tuned").experiments().len(), 1);
    assert!(scratch.read("table.toml").contains("problem = { batch = 1, in_channels = 3, "));

    // The same search again finds everything measured, and the same winner.
    let files = || {
        [rows_file("tune_tiny"), "results/tune_tiny.toml".into(), "table.toml".into()]
            .map(|file| scratch.read(&file))
    };
    let before = files();
    let again = stderr(&scratch.winoscope(&arguments).assert().code(0));
    assert_eq!(again.matches("already measured").count(), 7, "{again}");
    assert_eq!(files(), before);
}

#[test]
fn a_bound_that_nothing_keeps_is_told_with_the_least_error() {
    let scratch = problem();
    let arguments = ["tune", "tiny.toml", "--max-rel-error", "1e-12", "--seconds", "0.001"];
    let refused = scratch.winoscope(&arguments).assert().code(exit::INACCURATE);
    refused.stderr(in_order(&[
        "none of 2 candidates has a relative error of at most 1e-12; the most accurate has ",
    ]));
    assert!(!scratch.has("results/tune_tiny.toml"));
}

#[test]
fn what_cannot_be_tuned_is_refused_before_a_device_is_opened() {
    let scratch = problem();
    scratch.write("bad.toml", "[problem]\nin_channels = 1\n");
    scratch.write("two.toml", [config::PROBLEM, "[sweep]\n\"problem.batch\" = [1, 2]\n"].concat());
    for (arguments, code, sentence) in [
        (&["nowhere.toml"][..], exit::UNREADABLE, "nowhere.toml: cannot be read"),
        (&["bad.toml"], exit::BAD_CONFIG, "`problem.height`"),
        (&["two.toml"], exit::CONTRADICTION, "do not do the same work; tune one problem at a time"),
        (
            &["tiny.toml", "--set", "schedule.stop_after=mhat"],
            exit::CONTRADICTION,
            "what is tuned is the whole convolution",
        ),
        (
            &["tiny.toml", "--set", "measure.clock=host_lazy"],
            exit::CONTRADICTION,
            "is timed by the host's clock",
        ),
        (&["tiny.toml", "--max-rel-error", "0"], exit::USAGE, "expected a number above 0, such as 3.5e-6"),
    ] {
        scratch.refuses(&[&["tune"], arguments].concat(), code, &[sentence]);
    }
}

#[test]
fn a_table_of_another_device_and_a_place_that_cannot_be_written_are_refused() {
    let scratch = problem();
    scratch.write("other.toml", "device = \"Another GPU\"\n");
    let refused = scratch.winoscope(&["tune", "tiny.toml", "--table", "other.toml"]).assert();
    refused.code(exit::CONTRADICTION).stderr(contains("other.toml:1: the table is of `Another GPU`"));
    assert!(!scratch.has("results"), "it was told before anything was measured");
    let refused = scratch.winoscope(&["tune", "tiny.toml", "--write", "nowhere/winner.toml"]).assert();
    refused.code(exit::NOT_WRITABLE).stderr(contains("cannot write nowhere/winner.toml"));
}

#[test]
fn an_experiment_that_asks_for_tuned_values_says_where_they_come_from() {
    let scratch = Scratch::with(
        "asks.toml",
        [
            config::PROBLEM,
            config::QUICK,
            config::DIRECT,
            "[[variant]]\nname = \"tuned\"\nalgorithm.defaults = \"tuned\"\n",
        ]
        .concat(),
    );
    let said = "what it leaves open is chosen by the device's limits";
    let run = scratch.run("asks.toml");
    run.stderr(
        contains("note: tuned: nothing was tuned on llvmpipe")
            .and(contains(said))
            .and(contains("note: direct").not()),
    );
    let rows = scratch.rows("asks").rows;
    let of =
        |variant: &str| rows.iter().find(|row| &row["variant"] == variant).unwrap()["tuned_from"].to_owned();
    assert_eq!([of("direct"), of("tuned")], ["", "limits"]);
    let explained =
        scratch.winoscope(&["explain", "asks.toml", "--tuned-for", "Another GPU"]).assert().code(0);
    explained.stdout(contains("  nothing was tuned on Another GPU, so what it leaves open is chosen by"));
}
