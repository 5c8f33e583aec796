//! `winoscope attribute`: what it measures, prints and records, and what it refuses.

use predicates::prelude::*;
use predicates::str::contains;

use crate::support::scratch::stdout;
use crate::support::table::Table;
use crate::support::{Scratch, config, exit, in_order};

/// Two variants with three factors between them, of which GHAT's layout does nothing before phase 2.
const VARIANTS: &str = "\
[[variant]]
name = \"old\"
[[variant]]
name = \"new\"
buffers.xhat.layout = \"tile_major\"
buffers.ghat.layout = \"tile_major\"
transforms.evaluation = \"kron\"
";

const PREFIXES: &str = "[sweep]\n\"schedule.stop_after\" = [\"xhat\", \"output\"]\n";

fn scratch() -> Scratch {
    Scratch::with("c.toml", [config::PROBLEM, config::QUICK, VARIANTS, PREFIXES].concat())
}

const ATTRIBUTE: [&str; 6] = ["attribute", "c.toml", "--from", "old", "--to", "new"];

/// `attribute c.toml --from old --to new` with more arguments.
fn arguments(more: &[&'static str]) -> Vec<&'static str> {
    [&ATTRIBUTE, more].concat()
}

fn shares(scratch: &Scratch) -> Table {
    Table::read(&scratch.path("results/c.shares.csv"))
}

#[test]
fn every_mixture_is_measured_and_shares_multiply_to_the_whole() {
    let scratch = scratch();
    let assert = scratch.winoscope(&arguments(&["--phase", "xhat"])).assert().code(0);
    let assert = assert.stderr(in_order(&[
        "device: llvmpipe",
        "[8/8] ",
        "results: results/c.attribution.csv\nshares: results/c.shares.csv\n",
    ]));
    assert.stdout(in_order(&[
        "## `old/stop_after=xhat` → `new/stop_after=xhat`\n",
        "| Factor ",
        "| whole ",
        "over all 6 orders of changing the 3 factors",
        "Mixtures that do the same work differ by up to ",
        "Caution: this is a software driver",
    ]));
    let mixtures = scratch.rows("c.attribution");
    assert_eq!(mixtures.experiments().len(), 8);
    let mixture = "old+xhat.layout=tile_major+evaluation=kron";
    let row = mixtures.total(&format!("{mixture}/stop_after=xhat"));
    let cells = ["status", "config", "variant", "xhat_layout", "ghat_layout"].map(|column| &row[column]);
    assert_eq!(cells, ["ok", "c", mixture, "tile_major", "transform_major"]);
    assert!(scratch.samples("c.attribution").rows.len() >= 8 * 3 * config::QUICK_SAMPLES);

    let shares = shares(&scratch);
    let mut factors: Vec<&str> = shares.rows.iter().map(|row| &row["factor"]).collect();
    assert_eq!(factors.pop(), Some("whole"));
    factors.sort_unstable();
    assert_eq!(factors, ["buffers.ghat.layout", "buffers.xhat.layout", "transforms.evaluation"]);
    let product: f64 = shares.rows[..3].iter().map(|row| row.number("share")).product();
    assert!((product / shares.rows[3].number("share") - 1.0).abs() < 1e-9);
    for row in &shares.rows {
        assert!(row.number("ci_low") <= row.number("share") && row.number("share") <= row.number("ci_high"));
        assert_eq!([&row["orderings"], &row["orderings_total"]], ["6", "6"]);
        assert!(row.number("spread") >= 0.0);
    }
}

#[test]
fn phases_are_attributed_one_by_one_and_resumed() {
    let scratch = scratch();
    let both = arguments(&["--phase", "xhat,output"]);
    let assert = scratch.winoscope(&both).assert().code(0);
    assert.stdout(in_order(&["→ `new/stop_after=xhat`", "→ `new/stop_after=output`"]));
    let (rows, table) = (scratch.read("results/c.attribution.csv"), scratch.read("results/c.shares.csv"));
    let again = scratch.winoscope(&both).assert().code(0).stderr(contains("already measured").count(16));
    assert!(stdout(&again).contains("## `old/stop_after=output`"));
    assert_eq!(scratch.read("results/c.attribution.csv"), rows);
    assert_eq!(scratch.read("results/c.shares.csv"), table, "the same shares are not written twice");

    scratch.winoscope(&[&both[..], &["--fresh"]].concat()).assert().code(0);
    assert_eq!(scratch.read("results/c.attribution.csv.old"), rows);
    assert_eq!(scratch.read("results/c.shares.csv.old"), table);
}

#[test]
fn a_group_is_one_factor() {
    let scratch = scratch();
    let group = "layouts=buffers.xhat.layout,buffers.ghat.layout";
    let assert = scratch.winoscope(&arguments(&["--group", group])).assert().code(0);
    assert.stderr(contains("[4/4] ")).stdout(contains("| layouts ").and(contains("all 2 orders")));
    let shares = shares(&scratch);
    let row = shares.rows.iter().find(|row| &row["factor"] == "layouts").unwrap();
    assert_eq!([&row["from_value"], &row["to_value"]], ["transform_major", "tile_major"]);
}

/// XHAT and GHAT inline need the multiply by element.
const INLINE: &str = "\
[[variant]]
name = \"old\"
[[variant]]
name = \"new\"
buffers.xhat.placement = \"inline\"
buffers.ghat.placement = \"inline\"
multiply.mapping = \"element\"
";

#[test]
fn mixtures_without_meaning_are_listed_and_avoided() {
    let scratch = Scratch::with("c.toml", [config::PROBLEM, config::QUICK, INLINE].concat());
    scratch.winoscope(&ATTRIBUTE).assert().code(0).stdout(in_order(&[
        "over 2 of the 6 orders",
        "No time of `old+xhat.placement=inline`: unsupported: the `blocked` multiply",
    ]));
    let mixtures = scratch.rows("c.attribution");
    let row = mixtures.total("old+ghat.placement=inline");
    assert_eq!(&row["status"], "unsupported");
    assert!(row["reason"].contains("nearest valid: multiply.mapping"), "{row:?}");
    assert_eq!(&shares(&scratch).rows[0]["orderings"], "2");
}

#[test]
fn without_a_path_there_are_times_but_no_shares() {
    // Each group alone breaks a rule: a GHAT that is never stored cannot be kept, and a blocked multiply stages XHAT.
    let variants = "\
[[variant]]
name = \"old\"
buffers.xhat.placement = \"inline\"
buffers.ghat.placement = \"inline\"
multiply.mapping = \"element\"
[[variant]]
name = \"new\"
filter.reuse = \"cached\"
";
    let scratch = Scratch::with("c.toml", [config::PROBLEM, config::QUICK, variants].concat());
    let groups = [
        "--group",
        "a=buffers.xhat.placement,filter.reuse",
        "--group",
        "b=buffers.ghat.placement,multiply.mapping",
    ];
    let assert = scratch.winoscope(&arguments(&groups)).assert().code(exit::NO_PATH);
    let assert = assert.stderr(contains("no order of changing the factors of `old` one by one into `new`"));
    assert.stdout(in_order(&["| old ", "| new ", "No path leads from `old` to `new`", "No time of `old+"]));
    assert!(shares(&scratch).rows.is_empty());
}

#[test]
fn what_fails_outranks_the_missing_path() {
    let scratch = Scratch::with("c.toml", [config::PROBLEM, config::QUICK, INLINE].concat());
    scratch.copy_kernels("glsl");
    scratch.edit("glsl/multiply_element.comp", "void main() {", "void main() { nonsense;");
    let assert = scratch.winoscope(&arguments(&["--glsl", "glsl"])).assert().code(exit::KERNEL);
    assert.stdout(in_order(&[
        "No path leads from `old` to `new`",
        "No time of `old+mapping=element`, ",
        "failed: ",
    ]));
}

#[test]
fn what_says_nothing_is_refused_before_a_device_is_opened() {
    let scratch = scratch();
    let refuses = |arguments: &[&str], code, sentence: &[&str]| {
        scratch.refuses(arguments, code, sentence);
    };
    let between = |from, to| ["attribute", "c.toml", "--from", from, "--to", to];
    refuses(
        &between("old", "news"),
        exit::BAD_CONFIG,
        &["no variant `news` (did you mean `new`?); it has old, new"],
    );
    refuses(&between("old", "old"), exit::INCOMPARABLE, &["differ in no factor"]);
    refuses(&arguments(&["--phase", "mhat"]), exit::BAD_CONFIG, &["after `mhat`, but after output, xhat"]);
    refuses(&arguments(&["--phase", "mhta"]), exit::USAGE, &["'mhta'", "xhat, ghat, mhat, output", "'mhat'"]);
    refuses(
        &arguments(&["--group", "g=schedule.gird"]),
        exit::USAGE,
        &["`schedule.gird` is not the key of a factor; did you mean `schedule.grid`?"],
    );
    refuses(&arguments(&["--group", "g=schedule.grid"]), exit::INCOMPARABLE, &["group `g` changes nothing"]);
}

#[test]
fn different_problems_and_too_many_factors_are_refused() {
    let with = |new: &str| {
        let variants = format!("[[variant]]\nname = \"old\"\n[[variant]]\nname = \"new\"\n{new}");
        Scratch::with("c.toml", [config::PROBLEM, &variants].concat())
    };
    let taller = with("problem.height = 64\n");
    taller.refuses(&ATTRIBUTE, exit::INCOMPARABLE, &["differ in `problem`", "different amounts of work"]);
    let many = with(
        "algorithm = { tile = 2 }\nschedule = { grid = \"channel_first\", barriers = \"full\" }\n\
         transforms = { evaluation = \"kron\", coefficients = \"select\" }\n\
         multiply.mapping = \"element\"\nfilter.reuse = \"cached\"\n\
         buffers.xhat = { placement = \"inline\", layout = \"tile_major\" }\n\
         buffers.ghat.layout = \"tile_major\"\nbuffers.mhat.layout = \"tile_major\"\n",
    );
    many.refuses(&ATTRIBUTE, exit::INCOMPARABLE, &["differ in 11 factors", "2^11 mixtures", "--group"]);
}
