//! Comparisons of made-up times: how often they are wrong where the truth is known, and what they print.

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

use super::*;
use crate::measure::Summary;
use crate::results::synthetic::{RowsBuilder, row, timed};
use crate::results::values::{Mode, Phase, Status};

/// What a sample's noise looks like, with about 1 % of the time as its spread.
#[derive(Clone, Copy, Debug)]
enum Noise {
    Gaussian,
    /// A floor with a tail above it, as the times of a busy device have.
    Skewed,
}

const NOISES: [Noise; 2] = [Noise::Gaussian, Noise::Skewed];

/// What an interval is made of.
#[derive(Clone, Copy, Debug)]
enum By {
    Samples,
    Medians,
}

fn draw(noise: Noise, scale: f64, count: usize, rng: &mut impl Rng) -> Vec<f64> {
    let mut uniform = || 1.0 - rng.random::<f64>();
    let mut sample = || match noise {
        // G. E. P. Box and M. E. Muller, Ann. Math. Statist. 29 (1958).
        Noise::Gaussian => (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos(),
        Noise::Skewed => -uniform().ln(),
    };
    (0..count).map(|_| scale * 1000.0 * (1.0 + 0.01 * sample())).collect()
}

fn interval(by: By, a: &[f64], b: &[f64], miss: f64) -> Interval {
    let of = |samples: &[f64]| {
        let Summary { median: mid, ci_low: low, ci_high: high, .. } = Summary::of(samples).unwrap();
        Interval { mid, low, high }
    };
    match by {
        By::Samples => ratio::of_samples(a, b, miss),
        By::Medians => ratio::of_medians(&of(a), &of(b), miss),
    }
}

/// The share of `trials` in which `is_so` of the interval of B over A, B being `effect` times as long.
fn share(
    (by, noise, count): (By, Noise, usize),
    effect: f64,
    (trials, miss): (u32, f64),
    is_so: impl Fn(&Interval) -> bool,
) -> f64 {
    let mut rng = StdRng::seed_from_u64(2_026);
    let mut found = 0;
    for _ in 0..trials {
        let (a, b) = (draw(noise, 1.0, count, &mut rng), draw(noise, effect, count, &mut rng));
        found += u32::from(is_so(&interval(by, &a, &b, miss)));
    }
    f64::from(found) / f64::from(trials)
}

fn is_alarm(ratio: &Interval) -> bool {
    matches!(Verdict::of(ratio, 0.0), Verdict::Slower | Verdict::Faster)
}

/// Without a margin, equal experiments are told apart in at most 7 % of 600 comparisons at 95 %; nor is the interval so
/// wide that it could not be wrong, save that of few samples' medians.
#[test]
fn equal_times_raise_few_alarms() {
    for noise in NOISES {
        for count in [10, 20, 50, 100] {
            let of_medians = if count < 50 { 0.0 } else { 0.005 };
            for (by, least) in [(By::Samples, 0.015), (By::Medians, of_medians)] {
                let alarms = share((by, noise, count), 1.0, (600, MISS), is_alarm);
                assert!((least..=0.07).contains(&alarms), "{by:?}, {noise:?}, n = {count}: {alarms}");
            }
        }
    }
}

/// One alarm anywhere among 10 equal experiments, in 400 such comparisons.
#[test]
fn many_comparisons_raise_no_more_alarms_than_one() {
    let mut rng = StdRng::seed_from_u64(11);
    for (noise, count) in [(Noise::Skewed, 20), (Noise::Gaussian, 60)] {
        let mut alarming = 0;
        for _ in 0..400 {
            let mut one = || {
                let (a, b) = (draw(noise, 1.0, count, &mut rng), draw(noise, 1.0, count, &mut rng));
                is_alarm(&interval(By::Samples, &a, &b, MISS / 10.0))
            };
            let alarms = (0..10).filter(|_| one()).count();
            alarming += usize::from(alarms > 0);
        }
        assert!((2..=28).contains(&alarming), "{noise:?}, n = {count}: {alarming} of 400");
    }
}

/// The interval holds the true ratio, whatever it is, as often as it says.
#[test]
fn intervals_hold_the_known_effect() {
    for effect in [1.0, 1.02, 1.1, 2.0] {
        for noise in NOISES {
            for (by, most) in [(By::Samples, 0.985), (By::Medians, 1.0)] {
                let held = share((by, noise, 30), effect, (300, MISS), |ratio| ratio.contains(effect));
                assert!((0.93..=most).contains(&held), "{by:?}, {noise:?}, {effect}: {held}");
            }
        }
    }
}

/// With the usual margin and 20 samples of 1 % noise, equal is told as the same and each effect as what it is.
#[test]
fn known_effects_are_told_as_such() {
    let told = |by, count, effect, expected| {
        let is_expected = |ratio: &Interval| Verdict::of(ratio, 0.01) == expected;
        share((by, Noise::Skewed, count), effect, (300, MISS), is_expected)
    };
    for by in [By::Samples, By::Medians] {
        assert!(told(by, 50, 1.0, Verdict::Same) >= 0.95, "{by:?}");
        assert!(told(by, 50, 1.02, Verdict::Slower) >= 0.9, "{by:?}");
        assert!(told(by, 20, 1.1, Verdict::Slower) == 1.0, "{by:?}");
        assert!(told(by, 20, 2.0, Verdict::Slower) == 1.0, "{by:?}");
        assert!(told(by, 20, 0.5, Verdict::Faster) == 1.0, "{by:?}");
        // On the margin itself nothing may be said, save by mistake.
        assert!(told(by, 50, 1.01, Verdict::Unclear) >= 0.93, "{by:?}");
    }
}

/// Samples of which each keeps 0.7 of the deviation of the one before: taken for independent, three in ten equal pairs
/// would be told apart.
#[test]
fn correlated_samples_raise_few_alarms() {
    let mut rng = StdRng::seed_from_u64(5);
    let mut series = |count| {
        let mut deviation = 0.0;
        let noise = draw(Noise::Gaussian, 1.0, count, &mut rng);
        let follow = |sample: f64| {
            deviation = 0.7 * deviation + (sample - 1000.0);
            1000.0 + deviation
        };
        noise.into_iter().map(follow).collect::<Vec<f64>>()
    };
    let (mut alarms, mut naive) = (0, 0);
    for _ in 0..400 {
        let (a, b) = (series(100), series(100));
        alarms += usize::from(is_alarm(&ratio::of_samples(&a, &b, MISS)));
        let ordered = |samples: &[f64]| {
            // Far neighbours side by side: the dependence is hidden.
            (0..10).flat_map(|start| samples.iter().skip(start).step_by(10).copied()).collect::<Vec<f64>>()
        };
        naive += usize::from(is_alarm(&ratio::of_samples(&ordered(&a), &ordered(&b), MISS)));
    }
    assert!(alarms <= 40, "{alarms} of 400");
    assert!(naive >= 80, "{naive} of 400 where the dependence is not seen");
}

#[test]
fn ties_of_a_coarse_clock_are_met_exactly() {
    let exactly = |mid| Interval { mid, low: mid, high: mid };
    assert_eq!(ratio::of_samples(&[10.0; 20], &[10.0; 20], MISS), exactly(1.0));
    assert_eq!(ratio::of_samples(&[10.0; 20], &[30.0; 30], MISS), exactly(3.0));
}

#[test]
fn a_step_of_the_clock_is_no_difference() {
    let (a, mut b) = ([1000.0; 30], [1032.0; 30]);
    b[7] = 1064.0;
    let ratio = ratio::of_samples(&a, &b, MISS);
    assert!(ratio.contains(1.0) && ratio.contains(1.06), "{ratio:?}");
}

#[test]
fn ends_are_ratios_of_pairs() {
    // Critical U of 6 and 6 is 5: the 6th of 36 from either side. Steps are of 1 among the samples of A.
    let (a, b) = ([13.0, 10.0, 45.0, 58.0, 34.0, 11.0], [7.0; 6]);
    let mut ratios: Vec<f64> = b.iter().flat_map(|b| a.iter().map(move |a| b / a)).collect();
    ratios.sort_by(f64::total_cmp);
    let found = ratio::of_samples(&a, &b, MISS);
    let wider = (1.0 + 1.0 / 23.5) * (1.0 + 1.0 / 7.0);
    assert_eq!((found.low, found.high), (ratios[5] / wider, ratios[30] * wider));
}

#[test]
fn too_few_samples_leave_the_ratio_open() {
    let ratio = ratio::of_samples(&[1.0; 6], &[2.0; 6], MISS / 200.0);
    assert_eq!((ratio.low, ratio.high), (0.0, f64::INFINITY));
    assert_eq!(Verdict::of(&ratio, 0.01), Verdict::Unclear);
}

/// Two modes of which the middle of the pairs sees nothing: the medians' ratio is held all the same.
#[test]
fn another_shape_leaves_the_medians_inside() {
    let spread = |index: i32| f64::from(index) * 1e-4;
    let a: Vec<f64> = (0..100).map(|index| 1.0 + spread(index)).collect();
    let b: Vec<f64> = (0..100)
        .map(|index| if index % 100 < 52 { 1.0 + spread(index) } else { 2.0 + spread(index) })
        .collect();
    let ratio = ratio::of_samples(&a, &b, MISS);
    assert!(ratio.contains(ratio.mid), "{ratio:?}");
}

#[test]
fn verdicts_are_of_the_whole_interval() {
    let verdict = |low, high| Verdict::of(&Interval { mid: (low + high) / 2.0, low, high }, 0.01);
    assert_eq!(verdict(1.011, 1.05), Verdict::Slower);
    assert_eq!(verdict(0.9, 0.99), Verdict::Faster);
    assert_eq!(verdict(0.9902, 1.01), Verdict::Same);
    for (low, high) in [(1.0, 1.02), (1.009, 1.2), (0.98, 1.0), (0.9, 1.1)] {
        assert_eq!(verdict(low, high), Verdict::Unclear, "{low}, {high}");
    }
    let exact = Interval { mid: 1.0, low: 1.0, high: 1.0 };
    assert_eq!(Verdict::of(&exact, 0.0), Verdict::Same);
}

/// Rows of ±1 % with samples beside them.
struct Sampled {
    builder: RowsBuilder,
    samples: Vec<Sample>,
    rng: StdRng,
}

impl Sampled {
    fn new(seed: u64) -> Self {
        let rng = StdRng::seed_from_u64(seed);
        Self { builder: RowsBuilder::default(), samples: Vec::new(), rng }
    }

    /// Adds an experiment's total of so many microseconds, with 40 samples.
    fn total(&mut self, experiment: &str, us: f64) -> &mut Row {
        let base = Row {
            experiment: experiment.to_owned(),
            variant: experiment.to_owned(),
            stop_after: "output".to_owned(),
            samples: Some(40),
            ..row()
        };
        let row = timed(&base, Phase::Total, Mode::Pipelined, us * 1e3);
        let times = draw(Noise::Skewed, us, 40, &mut self.rng);
        self.samples.extend(times.into_iter().zip(0..).map(|(nanoseconds, sample)| Sample {
            config: row.config.clone(),
            experiment: row.experiment.clone(),
            phase: row.phase,
            mode: row.mode,
            sample,
            nanoseconds,
            timestamp_utc: row.timestamp_utc.clone(),
        }));
        self.builder.rows.push(row);
        self.builder.rows.last_mut().unwrap()
    }

    fn side(self, name: &str) -> Side {
        Side { name: name.to_owned(), rows: self.builder.rows, samples: self.samples }
    }
}

fn sides() -> [Side; 2] {
    let (mut a, mut b) = (Sampled::new(1), Sampled::new(2));
    for (name, of_a, of_b) in
        [("slower", 10.0, 10.6), ("faster", 10.0, 5.0), ("same", 10.0, 10.0), ("unclear", 10.0, 10.1)]
    {
        a.total(name, of_a);
        let row = b.total(name, of_b);
        row.git_commit = "89abcde".to_owned();
    }
    a.total("without samples", 10.0);
    b.total("without samples", 11.0).spirv_hash = "b7b7".to_owned();
    b.samples.retain(|sample| sample.experiment != "without samples");
    a.total("broken", 10.0);
    let broken = b.total("broken", 10.0);
    *broken = Row {
        status: Status::Wrong,
        reason: "y differs".to_owned(),
        median_ns: None,
        ci_low_ns: None,
        ci_high_ns: None,
        ..broken.clone()
    };
    a.total("gone", 10.0);
    b.total("added", 10.0).height = 64;
    [a.side("a.csv"), b.side("b.csv")]
}

#[test]
fn changes_as_they_are_printed() {
    let [a, b] = sides();
    let changes = Changes::of(&a, &b, Phase::ALL, 0.01);
    insta::assert_snapshot!(changes.render());
    let certain: Vec<String> = changes.slower_than(0.03).map(Change::named).collect();
    assert!(certain.len() == 2 && certain[0].starts_with("`slower` total: 1.06"), "{certain:?}");
    assert!(changes.maybe_slower_than(0.01).any(|change| change.b.row.experiment == "unclear"));
    assert_eq!(changes.devices(), None);
}

#[test]
fn another_device_is_told_loudly() {
    let [a, mut b] = sides();
    for row in &mut b.rows {
        row.device = "llvmpipe (LLVM 15)".to_owned();
    }
    let changes = Changes::of(&a, &b, Phase::ALL, 0.01);
    assert_eq!(changes.devices(), Some(("NVIDIA H200", "llvmpipe (LLVM 15)")));
    let text = changes.render();
    assert!(text.contains("CAUTION: the devices differ") && text.contains("software driver"), "{text}");
}

#[test]
fn nothing_in_common_is_empty() {
    let [a, _] = sides();
    let none = Side { rows: Vec::new(), ..a.clone() };
    assert!(Changes::of(&a, &none, Phase::ALL, 0.01).is_empty());
    assert!(Changes::of(&a, &a, &[Phase::Mhat], 0.01).is_empty());
    assert!(Ties::of(&none, Phase::ALL, 0.01).is_empty());
}

#[test]
fn what_was_not_to_be_sampled_is_lost_only_where_it_was_before() {
    let [a, _] = sides();
    let mut unsampled = a.clone();
    for row in unsampled.rows.iter_mut().filter(|row| row.experiment == "same") {
        *row = Row {
            reason: "not sampled".to_owned(),
            median_ns: None,
            ci_low_ns: None,
            ci_high_ns: None,
            ..row.clone()
        };
    }
    let of = |a, b| {
        let changes = Changes::of(a, b, Phase::ALL, 0.01);
        (changes.changes.len(), changes.lost(), changes.untimed.iter().map(|(_, why)| why.clone()).collect())
    };
    let others = a.rows.len() - 1;
    let why = vec!["in B ok: not sampled".to_owned()];
    assert_eq!(of(&a, &unsampled), (others, 1, why));
    assert_eq!(of(&unsampled, &a), (others, 0, Vec::new()));
    assert_eq!(of(&unsampled, &unsampled), (others, 0, Vec::new()));
}

#[test]
fn cold_times_do_not_tie_with_warm_ones() {
    let mut file = Sampled::new(3);
    for (name, cache, us) in [("a", "warm", 1.0), ("b", "warm", 1.0), ("c", "cold", 1.0), ("d", "cold", 2.0)]
    {
        file.total(name, us).cache = cache.to_owned();
    }
    let file = file.side("a.csv");
    let ties = Ties::of(&file, &[Phase::Total], 0.01);
    let names = |group: &ties::Group<'_>| -> Vec<String> {
        let rivals = group.rivals.iter().map(|rival| rival.timed.row);
        let mut names: Vec<_> = rivals.chain([group.fastest.row]).map(|row| row.experiment.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(ties.groups.iter().map(names).collect::<Vec<_>>(), [["a", "b"], ["c", "d"]]);
    assert_eq!(ties.render().matches(", caches cold\n").count(), 1);
}

/// A file against itself is the same throughout, as far as its samples can say.
#[test]
fn a_file_is_never_faster_or_slower_than_itself() {
    let [a, _] = sides();
    let changes = Changes::of(&a, &a, Phase::ALL, 0.01);
    assert_eq!(changes.changes.len(), a.rows.len());
    assert_eq!((changes.count(Verdict::Slower), changes.count(Verdict::Faster)), (0, 0));
}

#[test]
fn the_fastest_and_its_ties_as_they_are_printed() {
    let mut file = Sampled::new(3);
    for (name, us) in [("slow", 14.0), ("fastest", 10.0), ("tied", 10.005), ("close", 10.1)] {
        file.total(name, us);
    }
    let baseline = file.total("direct", 12.0);
    (baseline.algorithm, baseline.stop_after) = ("direct".to_owned(), String::new());
    file.total("prefix", 3.0).stop_after = "xhat".to_owned();
    file.total("other problem", 1.0).batch = 2;
    let side = file.side("a.csv");
    let ties = Ties::of(&side, &[Phase::Total], 0.01);
    assert_eq!((ties.groups.len(), ties.pairs), (1, 10), "the prefix and the other problem are alone");
    insta::assert_snapshot!(ties.render());
}
