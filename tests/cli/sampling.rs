//! Ways of sampling, each labelled in its rows.

use predicates::str::contains;

use crate::support::driver::Fault;
use crate::support::{Scratch, config, exit};

const DEVICE_COSTS: [&str; 4] = ["record_ns", "submit_to_start_ns", "device_ns", "readback_ns"];

#[test]
fn cold_and_warm_stand_side_by_side_each_with_its_label() {
    let measure = "[measure]\nmax_seconds = 0.001\nmin_samples = 6\nwarmup_seconds = 0\nmin_region_us = 20000\n\
                   evict_mib = 2\n";
    let caches = "[sweep]\n\"measure.cache\" = [\"warm\", \"cold\"]\n";
    let scratch = Scratch::with("both.toml", [config::PROBLEM, measure, config::STORED, caches].concat());
    scratch.run("both.toml");
    let rows = scratch.rows("both");
    let seed = &rows.rows[0]["order_seed"];
    for cache in ["warm", "cold"] {
        let of_cache = rows.of(&format!("stored/cache={cache}"));
        assert_eq!(of_cache.len(), 5);
        for row in of_cache {
            assert_eq!((&row["cache"], &row["status"]), (cache, "ok"));
            assert_eq!(row.number("repeats") == 1.0, cache == "cold", "{row:?}");
            assert_eq!(row["reason"].starts_with("once per sample, since"), cache == "cold", "{row:?}");
            assert_eq!(&row["order_seed"], seed, "they are interleaved");
            assert!(row.number("pipeline_ns") > 0.0 && row.number("pipeline_cached_ns") > 0.0);
            for column in DEVICE_COSTS {
                assert_eq!(!row[column].is_empty(), &row["phase"] == "total", "{column} of {row:?}");
            }
        }
    }
}

/// Its first repetition would fetch the kernels' code, which the others find.
#[test]
fn a_warm_region_runs_once_before_its_first_timestamp_and_a_cold_one_does_not() {
    let measure = "[measure]\nmax_seconds = 0.001\nmin_samples = 6\nwarmup_seconds = 0\n";
    for (cache, is_warm) in [("cache = \"warm\"\n", true), ("cache = \"cold\"\nevict_mib = 2\n", false)] {
        let scratch =
            Scratch::with("stored.toml", [config::PROBLEM, measure, cache, config::STORED].concat());
        let fault = Fault::NotesRecordings { file: scratch.path("notes") };
        scratch.winoscope_on(&fault, &["run", "stored.toml"]).assert().code(0);
        let notes = scratch.read("notes");
        // Dispatches before the first timestamp, and between it and the second, of each region that is not empty.
        let regions: Vec<(usize, usize)> = notes
            .lines()
            .filter_map(|line| line.split_once('t'))
            .map(|(before, inside)| (before.len(), inside.trim_end_matches('t').len()))
            .filter(|&(_, inside)| inside > 0)
            .collect();
        let runs_once_before = |&(before, inside): &(usize, usize)| before > 0 && inside % before == 0;
        for dispatches in [1, 4] {
            let is_there = regions.iter().any(|&(before, _)| before == dispatches);
            assert_eq!(is_there, is_warm, "{cache}, {dispatches} dispatches: {notes}");
        }
        // The whole is verified with nothing before it, and what the way to the device costs is timed of it likewise.
        assert!(regions.iter().filter(|region| **region == (0, 4)).count() > 1, "{cache}: {notes}");
        let others = regions.iter().filter(|&region| *region != (0, 4));
        assert!(
            others.clone().count() > 0 && others.clone().all(|region| runs_once_before(region) == is_warm)
        );
    }
}

/// A large product's way to the host would leave the device idle, and its clocks would fall.
#[test]
fn nothing_is_copied_while_regions_are_sized_and_the_way_to_the_device_is_timed() {
    let measure = "[measure]\nmax_seconds = 0.001\nmin_samples = 6\nwarmup_seconds = 0\n";
    let variants =
        "[[variant]]\nname = \"direct\"\nalgorithm.kind = \"direct\"\n[[variant]]\nname = \"stored\"\n";
    let scratch = Scratch::with("two.toml", [config::PROBLEM, measure, variants].concat());
    let fault = Fault::NotesRecordings { file: scratch.path("notes") };
    scratch.winoscope_on(&fault, &["run", "two.toml"]).assert().code(0);
    let notes = scratch.read("notes");
    let lines: Vec<&str> = notes.lines().collect();
    // The first of each experiment's recordings with nothing before the first timestamp: one dispatch, and four.
    let mut ways =
        ["tdt", "tddddt"].map(|way| lines.iter().position(|line| *line == way).expect("a way that is timed"));
    ways.sort_unstable();
    let [first, second] = ways;
    assert!(!lines[first..second].contains(&"c"), "{notes}");
    assert!(lines[second..].contains(&"c"), "products are copied: {notes}");
    let rows = scratch.rows("two");
    for row in rows.rows.iter().filter(|row| &row["phase"] == "total") {
        assert!(DEVICE_COSTS.iter().all(|column| row.number(column) > 0.0), "{row:?}");
    }
}

#[test]
fn what_is_not_sampled_is_verified_and_says_so() {
    let scratch = Scratch::with("tiny.toml", config::direct());
    for (regions, sampled) in [("isolated", "direct"), ("pipelined", "total")] {
        let set = format!("measure.regions={regions}");
        let results = format!("--results={regions}");
        scratch.run_to(0, &["tiny.toml", "--set", &set, &results]);
        let rows = crate::support::table::Table::read(&scratch.path(&format!("{regions}/tiny.csv")));
        assert_eq!(rows.phases("direct"), ["direct", "total"]);
        for row in &rows.rows {
            let is_sampled = &row["phase"] == sampled;
            assert_eq!(!row["median_ns"].is_empty(), is_sampled, "{row:?}");
            assert_eq!(&row["reason"] == "not sampled, as measure.regions asks for", !is_sampled);
            assert!(&row["status"] == "ok" && row.number("rel_error") < 1e-5, "{row:?}");
        }
        scratch.run_to(0, &["tiny.toml", "--set", &set, &results]).stderr(contains("already measured"));
    }
}

#[test]
fn what_is_given_up_says_of_which_best() {
    let measure = "[measure]\ntarget_rel_ci = 1e-9\nmax_seconds = 0.5\nmin_samples = 200\nwarmup_seconds = 0\n\
                   min_region_us = 0\ngive_up_at = 1.5\n";
    // Every element is evaluated again at each of its uses: many times the arithmetic, on every machine.
    let problem = "[problem]\nin_channels = 16\nout_channels = 16\nheight = 16\nwidth = 16\n";
    let scratch = Scratch::with("race.toml", [problem, measure, config::DIRECT, config::INLINE].concat());
    scratch.run("race.toml").stderr(contains(", given up\n"));
    let rows = scratch.rows("race");
    for row in rows.of("inline") {
        assert_eq!((&row["stopped"], &row["status"]), ("gave_up", "ok"));
        assert!(row["reason"].contains("certainly above 1.5 times the best of the same work"), "{row:?}");
        assert!((6.0..200.0).contains(&row.number("samples")), "{row:?}");
    }
    assert_eq!(&rows.total("direct")["stopped"], "time");
}

#[test]
fn more_scratch_than_the_device_has_room_for_is_said() {
    let scratch = Scratch::with("tiny.toml", config::direct());
    let set = ["--set", "measure.cache=cold", "--set", "measure.evict_mib=100000000"];
    let run = scratch.run_to(exit::SIZE, &[["tiny.toml"].as_slice(), &set].concat());
    run.stderr(contains("choose a smaller measure.evict_mib"));
    let rows = scratch.rows("tiny");
    assert_eq!((rows.rows.len(), &rows.total("direct")["status"]), (1, "unsupported"));
}

#[test]
fn options_of_one_way_are_refused_in_another() {
    let scratch = Scratch::with("tiny.toml", config::direct());
    let refused = |set: &[&str]| {
        let set: Vec<&str> = set.iter().flat_map(|&set| ["--set", set]).collect();
        scratch.run_to(exit::CONTRADICTION, &[["tiny.toml"].as_slice(), &set].concat())
    };
    refused(&["measure.cache=cold", "measure.clock=host_lazy"]).stderr(contains("measure.cache = \"warm\""));
    refused(&["measure.evict_mib=64"]).stderr(contains("no experiment is cold"));
}
