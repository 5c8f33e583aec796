//! Attributions of made-up times whose shares are known.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::results::synthetic::row;
use crate::results::{Mode, Phase, Row};

/// Samples per mixture.
const SAMPLES: usize = 25;

/// Mixtures that take `time(mixture)`, give or take up to `noise`, a share, each sample on its own.
fn lattice(names: &[&str], noise: f64, rng: &mut StdRng, time: impl Fn(usize) -> f64) -> Lattice {
    let mixture = |index: usize| {
        let bits: String = (0..names.len()).map(|f| if index >> f & 1 == 1 { '1' } else { '0' }).collect();
        let mut sample = || time(index) * (1.0 + noise * (2.0 * rng.random::<f64>() - 1.0));
        Mixture {
            name: bits,
            times: Ok((0..SAMPLES).map(|_| sample()).collect()),
            work: work(index),
            phases: Vec::new(),
        }
    };
    Lattice {
        about: Row { phase: Phase::Total, mode: Mode::Pipelined, ..row() },
        factors: names
            .iter()
            .map(|&name| Factor { name: name.to_owned(), from: "a".to_owned(), to: "b".to_owned() })
            .collect(),
        mixtures: (0..1 << names.len()).map(mixture).collect(),
        runs: 1,
    }
}

fn work(launches: usize) -> Work {
    Work { launches, ..Work::default() }
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(20_261_122)
}

/// The share of a factor, by name.
fn share<'a>(attribution: &'a Attribution<'_>, name: &str) -> &'a Share {
    let shares = attribution.shares.as_ref().unwrap();
    let is_it = |share: &&Share| attribution.lattice.factors[share.factor].name == name;
    shares.shares.iter().find(is_it).unwrap()
}

/// What changing the factors of `mixture` does: layout ×2, evaluation ×1.5, grid nothing.
fn independent(mixture: usize) -> f64 {
    1e4 * [2.0, 1.5, 1.0]
        .iter()
        .enumerate()
        .filter(|(f, _)| mixture >> f & 1 == 1)
        .map(|(_, effect)| effect)
        .product::<f64>()
}

const NAMES: [&str; 3] = ["layout", "evaluation", "grid"];

#[test]
fn independent_factors_have_their_effects() {
    let lattice = lattice(&NAMES, 0.01, &mut rng(), independent);
    let attribution = Attribution::of(&lattice);
    let shares = attribution.shares.as_ref().unwrap();
    let order: Vec<usize> = shares.shares.iter().map(|share| share.factor).collect();
    assert_eq!(order, [0, 1, 2], "the largest first");
    for (name, effect) in [("layout", 2.0), ("evaluation", 1.5), ("grid", 1.0)] {
        let share = share(&attribution, name);
        assert!(share.share.contains(effect), "{name}: {share:?}");
        assert!(share.share.half_share() < 0.01, "{name}: {share:?}");
        for alone in [share.first, share.last] {
            assert!((alone.unwrap() / effect - 1.0).abs() < 0.02, "{name}: {share:?}");
        }
    }
    assert!(attribution.is_noise(&share(&attribution, "grid").share));
    assert!(!attribution.is_noise(&share(&attribution, "evaluation").share));
    assert!(shares.whole.contains(3.0));
}

#[test]
fn shares_multiply_to_the_whole() {
    let names = ["1", "2", "3", "4", "5"];
    let lattice = lattice(&names, 0.3, &mut rng(), |m| 1e3 + (m * m % 23) as f64 * 100.0);
    let shares = Attribution::with_resamples(&lattice, 10).shares.unwrap();
    let product: f64 = shares.shares.iter().map(|share| share.share.mid).product();
    assert!((product / shares.whole.mid - 1.0).abs() < 1e-12, "{product} {:?}", shares.whole);
}

#[test]
fn two_factors_that_are_slow_only_together_share_it() {
    let lattice = lattice(&NAMES, 0.01, &mut rng(), |m| if m & 3 == 3 { 4e4 } else { 1e4 });
    let attribution = Attribution::of(&lattice);
    for name in ["layout", "evaluation"] {
        let share = share(&attribution, name);
        assert!(share.share.contains(2.0), "{share:?}");
        assert!((share.first.unwrap() - 1.0).abs() < 0.02 && (share.last.unwrap() - 4.0).abs() < 0.1);
    }
    assert!(share(&attribution, "grid").share.contains(1.0));
}

#[test]
fn shares_are_over_the_orders_that_avoid_missing_mixtures() {
    let mut lattice = lattice(&NAMES, 0.01, &mut rng(), independent);
    lattice.mixtures[1].times = Err("refused".to_owned());
    let attribution = Attribution::of(&lattice);
    assert_eq!((attribution.orderings.count, attribution.orderings.total), (4, 6));
    let layout = share(&attribution, "layout");
    assert!(layout.share.contains(2.0) && layout.first.is_none() && layout.last.is_some(), "{layout:?}");
}

#[test]
fn equal_work_says_what_noise_is() {
    let mut lattice =
        lattice(&NAMES, 0.001, &mut rng(), |m| independent(m) * if m == 5 { 1.04 } else { 1.0 });
    let without = Attribution::of(&lattice);
    let grid = share(&without, "grid").share;
    assert!(without.spread == Spread::Unknown && !without.is_noise(&grid), "{grid:?}");
    // Changing the grid alone changes nothing of what is run.
    for mixture in 4..8 {
        lattice.mixtures[mixture].work = work(mixture - 4);
    }
    let with = Attribution::of(&lattice);
    assert!(
        matches!(with.spread, Spread::Whole(spread) if (spread - 0.04).abs() < 0.003),
        "{:?}",
        with.spread
    );
    assert!(with.is_noise(&grid));
}

#[test]
fn equal_phases_say_it_where_no_equal_mixtures_do() {
    let mut lattice = lattice(&NAMES, 0.001, &mut rng(), independent);
    for (mixture, time) in [(1, 100.0), (4, 103.0), (6, 101.0)] {
        lattice.mixtures[mixture].phases = vec![(work(mixture), 7.0), (work(100), time)];
    }
    let attribution = Attribution::of(&lattice);
    assert!(matches!(attribution.spread, Spread::Phase(spread) if (spread - 0.03).abs() < 1e-12));
    assert!(attribution.render().contains("single phases that do differ by up to 3.0 %: a share no farther"));
}

/// The interval of a factor that does nothing covers 1 about as often as it says.
#[test]
fn intervals_cover_as_often_as_they_say() {
    let mut rng = rng();
    let trials = 200;
    let covered = (0..trials)
        .filter(|_| {
            let lattice = lattice(&NAMES, 0.1, &mut rng, independent);
            let attribution = Attribution::with_resamples(&lattice, 200);
            share(&attribution, "grid").share.contains(1.0)
        })
        .count();
    assert!((180..=199).contains(&covered), "covered {covered} of {trials}");
}

#[test]
fn the_same_samples_give_the_same_intervals() {
    let lattice = lattice(&NAMES, 0.1, &mut rng(), independent);
    assert_eq!(Attribution::of(&lattice), Attribution::of(&lattice));
}

/// Three factors as the command names them: one of them works against the others, one does nothing.
fn rendered(change: impl Fn(&mut Lattice)) -> String {
    let effects = |m: usize| independent(m & 3) * if m & 5 == 5 { 0.8 } else { 1.0 };
    let names = ["buffers.xhat.layout", "transforms.evaluation", "schedule.grid", "schedule.barriers"];
    let mut lattice = lattice(&names, 0.002, &mut rng(), effects);
    let values = [
        ("transform_major", "tile_major"),
        ("separable", "kron"),
        ("spatial_first", "channel_first"),
        ("minimal", "full"),
    ];
    for (factor, (from, to)) in lattice.factors.iter_mut().zip(values) {
        (factor.from, factor.to) = (from.to_owned(), to.to_owned());
    }
    for index in 0..16 {
        lattice.mixtures[index].work = work(index & 7);
    }
    let last = lattice.mixtures.len() - 1;
    lattice.mixtures[0].name = "old/stop_after=mhat".to_owned();
    lattice.mixtures[last].name = "new/stop_after=mhat".to_owned();
    change(&mut lattice);
    Attribution::of(&lattice).render()
}

#[test]
fn a_table_and_its_sentences() {
    insta::assert_snapshot!(rendered(|_| {}));
}

#[test]
fn a_table_of_some_orders_on_a_software_driver() {
    insta::assert_snapshot!(rendered(|lattice| {
        lattice.mixtures[1].times = Err("unsupported: needs 40 KiB of shared memory".to_owned());
        lattice.about.device = "llvmpipe (LLVM 15)".to_owned();
        lattice.runs = 2;
    }));
}

#[test]
fn a_table_of_times_where_no_path_leads() {
    insta::assert_snapshot!(rendered(|lattice| {
        for index in 1..12 {
            lattice.mixtures[index].times = Err("unsupported: it makes no sense".to_owned());
        }
        lattice.mixtures[12].times = Err("unsupported: nor does this".to_owned());
        for index in 13..15 {
            lattice.mixtures[index].times = Err("failed".to_owned());
        }
    }));
}

#[test]
fn equal_times_are_not_told_apart() {
    let lattice = lattice(&NAMES, 0.01, &mut rng(), |_| 1e4);
    let text = Attribution::of(&lattice).render();
    assert!(text.contains("cannot be told apart") && text.contains("no factor's share stands out"), "{text}");
}

#[test]
fn rows_are_the_tables_and_the_whole() {
    let lattice = lattice(&NAMES, 0.01, &mut rng(), independent);
    let rows = Attribution::of(&lattice).rows("2025-11-01T10:00:00Z");
    let factors: Vec<&str> = rows.iter().map(|row| row.factor.as_str()).collect();
    assert_eq!(factors, ["layout", "evaluation", "grid", "whole"]);
    let product: f64 = rows[..3].iter().map(|row| row.share).product();
    assert!((product / rows[3].share - 1.0).abs() < 1e-12);
    assert_eq!(rows.iter().map(|row| row.is_noise).collect::<Vec<_>>(), [0, 0, 1, 0]);
    assert_eq!((rows[0].from.as_str(), rows[0].to.as_str(), rows[0].orderings), ("000", "111", 6));
}
