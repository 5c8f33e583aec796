//! `prove` on a software driver: every proof is measured and recorded, and none is judged.

use predicates::prelude::*;
use predicates::str::contains;

use crate::support::process::wait_until;
use crate::support::scratch::stdout;
use crate::support::{Scratch, exit, in_order};

/// The proofs in their order, each with a case of it.
const PROOFS: [(&str, &str); 6] = [
    ("same", "false alarms"),
    ("own buffers", "false alarms"),
    ("known effect", "1.02×"),
    ("smallest effect", "smallest"),
    ("additivity", "total over its phases"),
    ("clocks", "timestamps over host"),
];

#[test]
fn every_proof_is_recorded_and_none_is_judged() {
    let scratch = Scratch::new();
    let arguments = ["prove", "--quick", "--seed", "7", "--validate"];
    let ended = scratch.winoscope(&arguments).assert().code(0);
    let ended = ended.stderr(in_order(&["[1/6] same", "[6/6] clocks", "proofs: results/proof.csv"]));
    let printed = stdout(&ended);
    let rows = scratch.rows("proof");
    for (proof, case) in PROOFS {
        let found = rows.rows.iter().find(|row| &row["proof"] == proof && &row["case"] == case);
        let row = found.unwrap_or_else(|| panic!("no {proof}, {case} in {rows:?}"));
        assert_eq!(&row["seed"], "7");
        let cells = printed.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
        let is_printed = |cells: Vec<&str>| {
            cells.get(1..3) == Some(&[proof, case]) && cells.get(6) == Some(&&row["verdict"])
        };
        assert!(cells.into_iter().any(is_printed), "{proof}, {case}: {printed}");
        if proof != "own buffers" {
            assert_eq!(&row["verdict"], "unjudged", "{row:?}");
            assert!(row["reason"].contains("software driver"), "{row:?}");
        }
    }
    let judged = |verdict: &str| ["holds", "fails"].contains(&verdict);
    assert!(!rows.rows.iter().any(|row| judged(&row["verdict"])));
    let comparisons = scratch.rows("proof.comparisons");
    for proof in ["same", "own buffers"] {
        let of = || comparisons.rows.iter().filter(|row| &row["proof"] == proof);
        assert_eq!(of().count(), 6, "{proof}");
        for row in of() {
            let [low, ratio, high]: [f64; 3] =
                ["ci_low", "ratio", "ci_high"].map(|name| row[name].parse().unwrap());
            assert!(low <= ratio && ratio <= high, "{row:?}");
        }
    }
    let again = scratch.winoscope(&["report", "results/proof.csv"]).assert().code(0);
    assert_eq!(stdout(&again), printed, "the file says what the proofs did");
}

/// Work that is not what it is said to be proves nothing, and is seen.
#[test]
fn a_kernel_that_works_too_much_is_wrong() {
    let scratch = Scratch::new();
    scratch.copy_kernels("mine");
    scratch.edit("mine/calibration/work.comp", "round < rounds", "round <= rounds");
    let ended = scratch.winoscope(&["prove", "--quick", "--glsl", "mine"]).assert().code(exit::WRONG);
    ended.stderr(contains("counts_1").and(contains("f64 twin"))).stdout("");
}

#[test]
fn ctrl_c_ends_it_and_keeps_what_was_found() {
    let scratch = Scratch::new();
    let running = scratch.start(&["prove"]);
    assert!(wait_until(|| scratch.has("results/proof.csv")));
    running.signal("INT");
    running.end().code(exit::INTERRUPTED).stderr(contains("error: interrupted; what was proven is kept"));
}
