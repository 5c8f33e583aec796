//! Each verdict on made-up times of the experiments of `configs/hypothesis.toml`.

use super::super::synthetic::{row, timed};
use super::*;
use crate::config::{Clock, Configuration, Experiment};
use crate::results::columns::Row;
use crate::results::report;
use crate::results::run::latest_runs;
use crate::results::values::{Mode, Phase, Status};

/// The experiments' totals, each 100 µs ± 1 % times what `slowdown` gives for its name, and equal kernels besides.
fn rows(slowdown: impl Fn(&str) -> f64) -> Vec<Row> {
    let text = include_str!("../../../configs/hypothesis.toml");
    let configuration = Configuration::parse(text, "hypothesis.toml", &[]).unwrap();
    let row = |experiment: &Experiment| {
        let base = Row {
            config: configuration.name.clone(),
            experiment: experiment.name.clone(),
            variant: experiment.variant.clone(),
            stop_after: experiment.stop_after.to_string(),
            consume: experiment.consume.to_string(),
            mhat_placement: experiment.mhat.placement.to_string(),
            ..row()
        };
        let ns = 1e5 * slowdown(&experiment.name);
        match experiment.clock {
            Clock::HostLazy => vec![timed(&base, Phase::Total, Mode::HostLazy, ns)],
            Clock::Device => {
                // The multiply is no measure of how equal kernels differ: it is what is judged.
                let isolated = [(Phase::Ghat, 3000.0), (Phase::Mhat, ns)];
                isolated
                    .map(|(phase, ns)| timed(&base, phase, Mode::Isolated, ns))
                    .into_iter()
                    .chain([timed(&base, Phase::Total, Mode::Pipelined, ns)])
                    .collect()
            }
        }
    };
    configuration.experiments.iter().flat_map(row).collect()
}

/// The verdicts in order, and the sentence on the nearest factor.
fn verdicts(rows: &[Row]) -> Vec<String> {
    let text = render(&latest_runs(rows)).unwrap();
    text.lines().filter(|line| line.starts_with("**") || line.starts_with("Of ")).map(str::to_owned).collect()
}

/// Whether `name` has every part.
fn has(name: &str, parts: &[&str]) -> bool {
    parts.iter().all(|part| name.contains(part))
}

#[test]
fn nothing_is_slow() {
    let rows = rows(|_| 1.0);
    insta::assert_snapshot!(render(&latest_runs(&rows)).unwrap());
}

#[test]
fn an_mhat_that_nothing_reads_in_full_is_slow() {
    let found = verdicts(&rows(|name| if name == "written_none" { 40.0 } else { 1.0 }));
    assert_eq!(
        found[0],
        "**Supported.** With as written, MHAT global, consumer none, *Phase 3 / phase 4* is 40.0× [39.2, 40.8], \
         *Phase 3 with MHAT read in full / phase 4* is 1.000× [0.980, 1.020]. It would no longer be if *Phase 3 / \
         phase 4* fell below 10× or *Phase 3 with MHAT read in full / phase 4* rose above 2×."
    );
    assert!(
        found[1].starts_with("**Not supported.**") && found[2].starts_with("**Not supported.**"),
        "{found:#?}"
    );
    assert!(
        found[3].starts_with(
            "Of all 31 changes of one factor, the nearest is `schedule.consume` (full → none) in phase 3 of NEW as \
             written with MHAT global: 40.0×"
        ),
        "{found:#?}"
    );
}

#[test]
fn a_phase_3_that_is_slow_whoever_reads_it_is_not_the_seeds() {
    let is_slow = |name: &str| name.starts_with("compiled_") && !name.contains("stop_after=output");
    let found = verdicts(&rows(|name| if is_slow(name) { 40.0 } else { 1.0 }));
    assert!(
        found[0].contains("Phase 3 is slow, but nothing is recovered.") || found[0].contains("not that slow")
    );
    assert!(found[0].starts_with("**Not supported.**"), "{found:#?}");
}

#[test]
fn recomputation_that_phase_4_is_rid_of() {
    let is_slow = |name: &str| has(name, &["recompute_xhat", "stop_after=mhat"]);
    let found = verdicts(&rows(|name| if is_slow(name) { 20.0 } else { 1.0 }));
    assert!(found[1].starts_with("**Supported.** With xhat, *Phase 3 / all stored* is 20.0×"), "{found:#?}");
}

#[test]
fn recomputation_that_phase_4_has_too() {
    let found = verdicts(&rows(|name| if name.starts_with("recompute_xhat") { 12.0 } else { 1.0 }));
    assert_eq!(
        found[1],
        "**Not supported.** Nearest is xhat: *Phase 3 / all stored* is 12.0× [11.8, 12.2], *Phase 4 / all stored* is \
         12.0× [11.8, 12.2]. Phase 3 is slow, but nothing recovers. It would be supported if *Phase 4 / all stored* \
         were 6.12× smaller."
    );
}

#[test]
fn what_is_evaluated_again_says_how_often() {
    let mut rows = rows(|_| 1.0);
    for row in &mut rows {
        (row.settled.xhat_evaluations, row.settled.ghat_evaluations) = (Some(16.0), Some(64.0));
        row.settled.mhat_evaluations = Some(if row.stop_after == "mhat" { 1.0 } else { 9.0 });
    }
    let text = render(&latest_runs(&rows)).unwrap();
    let names =
        ["| xhat (×16) ", "| ghat (×64) ", "| xhat and ghat (×16 ×64) ", "| mhat (×1, in phase 4 ×9) "];
    assert!(names.iter().all(|name| text.contains(name)), "{text}");
}

/// By the host's clock as the seed had it; by the device's `device`.
fn seeds_times(device: f64) -> impl Fn(&str) -> f64 {
    move |name| match name {
        "clock_new/stop_after=mhat/clock=host_lazy" => 163.0,
        "clock_old/stop_after=mhat/clock=host_lazy" => 4.0,
        "clock_new/stop_after=output/clock=host_lazy" => 6.0,
        "clock_old/stop_after=output/clock=host_lazy" => 5.0,
        "clock_new/stop_after=mhat/clock=device" => device,
        _ => 1.0,
    }
}

#[test]
fn a_clock_that_invents_it() {
    let rows = rows(seeds_times(1.0));
    let found = verdicts(&rows);
    assert!(
        found[2].starts_with("**Supported.** With host_lazy, *NEW/OLD in phase 3* is 40.8×"),
        "{found:#?}"
    );
    assert!(found[2].ends_with("or if device showed the same."), "{found:#?}");
    assert!(
        found[3].contains("`measure.clock` (device → host_lazy) in phase 3 over phase 4 of NEW"),
        "{found:#?}"
    );
    let text = render(&latest_runs(&rows)).unwrap();
    assert!(
        text.contains("NEW's own phase 3 takes 27.2× [26.6, 27.7] of its phase 4 by the host's clock"),
        "{text}"
    );
}

#[test]
fn a_clock_that_only_shows_it() {
    let found = verdicts(&rows(seeds_times(40.0)));
    assert!(found[2].starts_with("**Not supported.** With host_lazy,"), "{found:#?}");
    assert!(found[2].contains("but device shows the same"), "{found:#?}");
}

#[test]
fn what_is_missing_is_named() {
    let mut rows = rows(|_| 1.0);
    rows.retain(|row| !row.experiment.starts_with("clock_old") && row.variant != "recompute_none");
    let wrong = Row { status: Status::Wrong, reason: "MHAT differs.".to_owned(), ..row() };
    for row in rows.iter_mut().filter(|row| row.experiment == "written_none") {
        (row.status, row.reason) = (wrong.status, wrong.reason.clone());
    }
    let found = verdicts(&rows);
    assert_eq!(found[0], "**Cannot tell.** Missing: `written_none` is wrong: MHAT differs.");
    assert_eq!(
        found[1],
        "**Cannot tell.** Missing: no rows of `recompute_none` with stop_after `mhat`; no rows of `recompute_none` with \
         stop_after `output`."
    );
    assert!(
        found[2].contains("no rows of `clock_old` with stop_after `mhat` by the host's clock"),
        "{found:#?}"
    );
    assert!(found[3].starts_with("Of 23 changes of one factor (8 more could not be compared)"), "{found:#?}");
}

#[test]
fn one_case_that_holds_is_enough_whatever_is_missing() {
    let mut rows = rows(|name| if name == "written_none" { 40.0 } else { 1.0 });
    rows.retain(|row| !row.variant.starts_with("compiled_"));
    assert!(verdicts(&rows)[0].starts_with("**Supported.**"));
}

#[test]
fn a_time_within_the_noise_floor_is_none() {
    let mut rows = rows(|_| 1.0);
    for row in rows.iter_mut().filter(|row| row.experiment == "clock_new/stop_after=mhat/clock=device") {
        row.noise_floor_ns = Some(1e9);
    }
    let text = render(&latest_runs(&rows)).unwrap();
    assert!(!text.contains("NEW's own phase 3") && text.contains("OLD's own phase 3"), "{text}");
}

#[test]
fn equal_kernels_decide_what_is_noise() {
    let mut rows = rows(|name| if name == "written_none" { 1.2 } else { 1.0 });
    let line = |rows: &[Row]| {
        let text = render(&latest_runs(rows)).unwrap();
        text.lines()
            .find(|line| line.starts_with("| as written, MHAT global, consumer none"))
            .unwrap()
            .to_owned()
    };
    assert!(line(&rows).contains("1.20× [1.18, 1.22] |"), "{}", line(&rows));
    for row in rows.iter_mut().filter(|row| row.variant == "written_full" && row.phase == Phase::Ghat) {
        row.median_ns = row.median_ns.map(|median| median * 1.25);
    }
    rows.iter_mut().for_each(|row| row.spirv_hash = row.phase.to_string());
    assert!(line(&rows).contains("1.20× [1.18, 1.22] (within noise) |"), "{}", line(&rows));
}

#[test]
fn other_experiments_have_no_hypotheses() {
    let other = Row { variant: "clock".to_owned(), ..row() };
    assert_eq!(render(&latest_runs(&[row(), other])), None);
}

#[test]
fn the_report_has_them_and_no_empty_investigation() {
    let rows = rows(|_| 1.0);
    let text = report::render(&rows, &super::super::Beside::default());
    assert!(text.contains("\n## Hypotheses\n") && !text.contains("## The seed's investigation"), "{text}");
    assert!(text.ends_with(&report::hypotheses(&rows).unwrap()));
}
