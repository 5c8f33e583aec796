//! The search on times that a formula gives, so that its optimum is known.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::HashSet;

use super::space::coarse;
use super::*;
use crate::config::{AlgorithmKind, Base, Experiment, Mapping, Placement, Points, Tuned};
use crate::plan::{Limits, Plan};

/// A device whose times are a formula's.
struct Fake {
    time: fn(&Experiment, &Settled) -> f64,
    rel_error: fn(&Experiment) -> f64,
    floor: Option<fn(&Experiment) -> f64>,
    /// What the plans of candidates settled, by their labels: each is looked at before it is measured.
    settled: RefCell<HashMap<String, Settled>>,
    /// What was measured, by the experiments' names, as a results file keeps it.
    kept: HashMap<String, Outcome>,
    /// The names of what was measured in this search, in order.
    measured: Vec<String>,
    /// After so many measurements the time is up.
    patience: usize,
    told: Vec<String>,
}

/// What a plan settled, by its columns.
type Settled = HashMap<String, f64>;

impl Fake {
    fn new(time: fn(&Experiment, &Settled) -> f64) -> Self {
        Self {
            time,
            rel_error: |_| 1e-6,
            floor: None,
            settled: RefCell::default(),
            kept: HashMap::new(),
            measured: Vec::new(),
            patience: usize::MAX,
            told: Vec::new(),
        }
    }

    fn search(&mut self, max_rel_error: Option<f64>) -> Found {
        search(self, LAYER, max_rel_error)
    }
}

/// A layer whose transforms' text is short, so that a test makes hundreds of plans in a moment.
const LAYER: &str = "[problem]\nin_channels = 256\nout_channels = 256\nheight = 56\nwidth = 56\n\
                     [transforms]\ncoefficients = \"select\"\n";

fn search(fake: &mut Fake, text: &str, max_rel_error: Option<f64>) -> Found {
    fake.measured.clear();
    let base = Base::parse(text, "x.toml", &[], &Tuned::default()).unwrap();
    Search::new(&base, fake, max_rel_error).run().unwrap()
}

impl Bench for Fake {
    type Error = std::convert::Infallible;

    fn limits(&self) -> Limits {
        Limits { max_invocations: 1024, max_shared_bytes: 48 << 10 }
    }

    fn check(&self, plan: &Plan) -> Result<(), String> {
        let fits = |dispatch: &crate::plan::Dispatch| {
            dispatch.workgroup.element_product() <= 1024 && dispatch.shared_bytes <= 48 << 10
        };
        if plan.dispatches().all(|(_, dispatch)| fits(dispatch)) { Ok(()) } else { Err("too large".into()) }
    }

    fn floor(&self, experiment: &Experiment, plan: &Plan) -> Option<f64> {
        assert_eq!(self.check(plan), Ok(()), "{} has no place on the device", experiment.variant);
        let number = |(name, value): &(String, String)| Some((name.clone(), value.parse().ok()?));
        let settled = plan.parameters.iter().filter_map(number).collect();
        self.settled.borrow_mut().insert(experiment.variant.clone(), settled);
        self.floor.map(|floor| floor(experiment))
    }

    fn measure(&mut self, experiments: &[&Experiment]) -> Result<Vec<Outcome>, Self::Error> {
        let outcome = |experiment: &&Experiment| {
            if let Some(&kept) = self.kept.get(&experiment.name) {
                return kept;
            }
            let rel_error = Some((self.rel_error)(experiment));
            Outcome {
                time_ns: Some((self.time)(experiment, &self.settled.borrow()[&experiment.variant])),
                rel_error,
            }
        };
        let outcomes: Vec<Outcome> = experiments.iter().map(outcome).collect();
        for (experiment, outcome) in experiments.iter().zip(&outcomes) {
            if self.kept.insert(experiment.name.clone(), *outcome).is_none() {
                self.measured.push(experiment.name.clone());
            }
        }
        Ok(outcomes)
    }

    fn is_out_of_time(&self) -> bool {
        self.measured.len() >= self.patience
    }

    fn tell(&mut self, text: &str, best: Option<(&Experiment, Outcome)>) {
        self.told.push(format!("{text}; {:?}", best.and_then(|(_, outcome)| outcome.time_ns)));
    }
}

fn is_direct(experiment: &Experiment) -> bool {
    experiment.algorithm == AlgorithmKind::Direct
}

/// Least, 100, with 32 filters and 256 tiles per workgroup and 8 channels at a time, 4×8 sums and F(6×6), every buffer in
/// device memory: no block that a search begins with, and three changes from the nearest.
fn far_optimum(experiment: &Experiment, settled: &Settled) -> f64 {
    let is_global = [experiment.xhat, experiment.ghat, experiment.mhat]
        .iter()
        .all(|buffer| buffer.placement == Placement::Global);
    if is_direct(experiment) || !is_global || experiment.mapping == Mapping::Element {
        return 1000.0;
    }
    let doublings = |column: &str, best: f64| (settled[column] / best).log2().abs();
    let wrong = doublings("block_filters", 32.0)
        + doublings("block_tiles", 256.0)
        + doublings("block_channels", 8.0)
        + doublings("thread_filters", 4.0)
        + doublings("thread_tiles", 8.0)
        + f64::from(experiment.tile.m().abs_diff(6));
    100.0 * (1.0 + 0.2 * wrong)
}

#[test]
fn it_finds_an_optimum_that_is_no_candidate_of_the_first_round() {
    let mut fake = Fake::new(far_optimum);
    let found = fake.search(None);
    let winner = found.winner().unwrap();
    assert_eq!(winner.outcome.time_ns, Some(100.0), "{}", winner.experiment.name);
    let label = &winner.experiment.variant;
    assert!(label.starts_with("f6_ggg_k32_p256_c8_tk4_tp8"), "{label}");
    assert!(
        found.other_algorithm().is_some_and(|trial| is_direct(&trial.experiment)),
        "the baseline is a finalist"
    );
    assert!((50..300).contains(&found.measured), "{}", found.measured);
    assert!(fake.told.last().unwrap().ends_with("Some(100.0)"), "{:?}", fake.told);
}

#[test]
fn no_experiment_is_measured_twice_in_a_round_and_the_last_is_of_the_quickest() {
    let mut fake = Fake::new(far_optimum);
    let found = fake.search(None);
    let names: HashSet<&String> = fake.measured.iter().collect();
    assert_eq!(names.len(), fake.measured.len());
    let last: Vec<&Trial> = found.finalists.iter().collect();
    assert_eq!(last.len(), 6);
    assert!(last.iter().all(|trial| trial.experiment.name.starts_with("final")));
    assert!(last.is_sorted_by_key(|trial| trial.outcome.time_ns.unwrap() as u64));
}

/// The larger the tile, the quicker and the less accurate; F(4×4) with balanced points is slower and more accurate.
fn by_tile(experiment: &Experiment, _: &Settled) -> f64 {
    let points = if experiment.points == Points::Integer { 0.0 } else { 5.0 };
    if is_direct(experiment) { 900.0 } else { 600.0 / f64::from(experiment.tile.m()) + points }
}

fn error_of_tile(experiment: &Experiment) -> f64 {
    match (experiment.algorithm, experiment.tile.m(), experiment.points) {
        (AlgorithmKind::Direct, ..) => 1e-7,
        (_, 7, _) => 1e-4,
        (_, 5 | 6, _) => 1e-5,
        (_, 4, Points::Integer) => 3e-6,
        (_, 4, Points::Balanced) => 1.5e-6,
        _ => 5e-7,
    }
}

#[test]
fn nothing_less_accurate_than_asked_for_wins() {
    for (bound, tile, points) in [
        (Some(1e-5), 6, Points::Integer),
        (Some(9e-6), 4, Points::Integer),
        (Some(2e-6), 4, Points::Balanced),
        (Some(1e-6), 2, Points::Integer),
    ] {
        let mut fake = Fake { rel_error: error_of_tile, ..Fake::new(by_tile) };
        let found = fake.search(bound);
        let winner = &found.winner().unwrap().experiment;
        assert_eq!((winner.tile.m(), winner.points), (tile, points), "within {bound:?}");
        let worst = found.finalists.iter().filter_map(|trial| trial.outcome.rel_error).fold(0.0, f64::max);
        assert!(bound.is_none_or(|bound| worst <= bound), "{worst} within {bound:?}");
    }
    let mut fake = Fake { rel_error: error_of_tile, ..Fake::new(by_tile) };
    let found = fake.search(Some(2e-7));
    assert!(is_direct(&found.winner().unwrap().experiment), "the baseline alone is accurate enough");
    let found = fake.search(Some(1e-9));
    assert!(found.winner().is_none());
    assert_eq!(found.least_error, Some(1e-7));
}

#[test]
fn what_is_known_to_be_inaccurate_is_not_refined() {
    let mut fake = Fake { rel_error: error_of_tile, ..Fake::new(by_tile) };
    fake.search(Some(9e-6));
    let of_six = fake.measured.iter().filter(|name| name.contains("/f6_ggg"));
    assert!(of_six.clone().all(|name| name.starts_with("1/")), "{:?}", of_six.collect::<Vec<_>>());
}

#[test]
fn what_was_measured_is_not_measured_again() {
    let mut fake = Fake::new(far_optimum);
    let whole = fake.search(None);
    let first = fake.measured.clone();
    let again = fake.search(None);
    assert_eq!(fake.measured, [""; 0], "a finished search");
    assert_eq!(again.winner().unwrap().experiment, whole.winner().unwrap().experiment);

    let mut stopped = Fake { patience: 30, ..Fake::new(far_optimum) };
    stopped.search(None);
    let before = stopped.measured.clone();
    assert!(before.len() < first.len());
    stopped.patience = usize::MAX;
    let resumed = stopped.search(None);
    assert!(stopped.measured.iter().all(|name| !before.contains(name)));
    assert_eq!(resumed.winner().unwrap().experiment, whole.winner().unwrap().experiment);
    let all: HashSet<&String> = before.iter().chain(&stopped.measured).collect();
    assert!(first.iter().all(|name| all.contains(name)), "the same search but for an earlier last round");
}

/// Where every transform shares tiles or taps no kernel has `schedule.workgroup`.
#[test]
fn a_size_that_no_kernel_has_is_not_tried() {
    let mut fake = Fake::new(far_optimum);
    fake.search(None);
    let tried = |tile: &str| {
        fake.measured.iter().filter(|name| name.contains(tile) && name.contains("_w")).collect::<Vec<_>>()
    };
    assert_eq!(tried("/f6_ggg"), [""; 0]);
}

#[test]
fn a_floor_above_the_best_is_left_out() {
    let mut fake = Fake {
        floor: Some(
            |experiment| if experiment.tile.m() == 2 && !is_direct(experiment) { 500.0 } else { 1.0 },
        ),
        ..Fake::new(far_optimum)
    };
    let found = fake.search(None);
    assert_eq!(found.winner().unwrap().outcome.time_ns, Some(100.0));
    assert!(found.left_out > 10, "{}", found.left_out);
    let of_two = fake.measured.iter().filter(|name| name.contains("/f2_"));
    assert!(of_two.clone().all(|name| name.starts_with("1/")), "{:?}", of_two.collect::<Vec<_>>());
}

#[test]
fn what_is_hopeless_is_not_tried_in_other_sizes() {
    let mut fake = Fake::new(far_optimum);
    let found = fake.search(None);
    let fused: Vec<&String> = fake.measured.iter().filter(|name| name.contains("_blocked")).collect();
    assert!(
        fused.len() > 5 && fused.iter().all(|name| name.contains("/f4_")),
        "ten times the best: {fused:?}"
    );
    assert!(found.left_out > 20, "{}", found.left_out);
}

/// Everything in shared memory by the element mapping, which a small problem is quickest with.
fn all_shared(experiment: &Experiment, _: &Settled) -> f64 {
    let is_shared = [experiment.xhat, experiment.ghat, experiment.mhat]
        .iter()
        .all(|buffer| buffer.placement == Placement::Shared);
    if is_shared && experiment.mapping == Mapping::Element { 5.0 } else { 8.0 }
}

#[test]
fn fused_elements_are_tried_where_a_problem_is_small_alone() {
    let small = "[problem]\nin_channels = 16\nout_channels = 16\nheight = 32\nwidth = 32\n";
    let mut fake = Fake::new(all_shared);
    let winner = search(&mut fake, small, None).finalists.remove(0).experiment;
    assert_eq!((winner.mapping, winner.mhat.placement), (Mapping::Element, Placement::Shared));
    let mut fake = Fake::new(all_shared);
    fake.search(None);
    assert!(!fake.measured.iter().any(|name| name.contains("element")));
}

#[test]
fn what_the_file_sets_stays_and_its_variants_compete() {
    let text = "[problem]\nin_channels = 64\nout_channels = 64\nheight = 28\nwidth = 28\n\
                [algorithm]\ntile = 2\n[filter]\nreuse = \"cached\"\n\
                [[variant]]\nname = \"own\"\nmultiply.block.tiles = 48\nmultiply.thread.tiles = 6\n";
    let mut fake = Fake::new(|_, settled| if settled.get("block_tiles") == Some(&48.0) { 1.0 } else { 2.0 });
    let found = search(&mut fake, text, None);
    let winner = &found.winner().unwrap().experiment;
    assert_eq!((winner.blocks.multiply.tiles, winner.blocks.multiply.thread_tiles), (Some(48), Some(6)));
    let is_of_two = |name: &String| name.contains("/f2_") || name.contains("/direct");
    assert!(fake.measured.iter().all(is_of_two), "{:?}", fake.measured);
    assert!(
        found.finalists.iter().all(|trial| is_direct(&trial.experiment) || trial.experiment.tile.m() == 2)
    );
}

#[test]
fn labels_tell_candidates_apart() {
    let candidates = coarse();
    let labels: HashSet<String> = candidates.iter().map(Candidate::label).collect();
    assert_eq!(labels.len(), candidates.len());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    assert!(labels.iter().all(|label| label.chars().all(is_plain)), "{labels:?}");
    assert!(labels.contains("f4_sss_element") && labels.contains("f6_ggg_k64_p128_c8_tk8_tp8"), "{labels:?}");
}
