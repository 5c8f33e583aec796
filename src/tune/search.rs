//! The search itself: rounds of candidates, what is left out of them, and who wins.

use std::collections::HashSet;

use super::bench::{Bench, Outcome};
use super::candidate::Candidate;
use super::moves::neighbours;
use super::space::coarse;
use crate::config::{AlgorithmKind, Base, Experiment, Mapping, Placement, Points, Tile};
use crate::plan::{Plan, convolution};

/// Candidates that are measured together, besides the best so far. Fewer would give up fewer losers early; more would lose
/// more where the search is stopped.
const TOGETHER: usize = 24;

/// How many of the quickest are changed in one decision each.
const SEEDS: usize = 2;

/// How often that is done at most.
const REFINEMENTS: usize = 5;

/// A refinement that gains less than this share is the last.
const WORTHWHILE: f64 = 0.01;

/// How many of the quickest are measured once more, together.
const FINALISTS: usize = 5;

/// More operations than this multiple of the fewest are too many for any schedule to make up: those of a direct convolution
/// are 5.06 times those of F(6×6)'s products.
const MAX_RECOMPUTATION: u64 = 16;

/// What takes more than this multiple of the best says that its kin is not worth trying.
const HOPELESS: f64 = 3.0;

/// Operations beyond which the element mapping, which uses nothing twice from registers, is not tried.
const MAX_ELEMENT_FLOPS: u64 = 1 << 28;

/// One candidate and what was found.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What it sets.
    pub candidate: Candidate,
    /// What it comes to; its variant is the candidate's label, its name that and the round in which it was measured last.
    pub experiment: Experiment,
    /// How it is computed.
    pub plan: Plan,
    /// What its last measurement says.
    pub outcome: Outcome,
}

impl Trial {
    fn is_direct(&self) -> bool {
        self.experiment.algorithm == AlgorithmKind::Direct
    }

    fn class(&self) -> Class {
        let Experiment { algorithm, tile, points, .. } = self.experiment;
        (algorithm, tile, points)
    }

    /// Where its buffers live, and how they are multiplied: what the size of blocks does not make up for.
    fn kind(&self) -> Kind {
        let Experiment { algorithm, mapping, xhat, ghat, mhat, .. } = &self.experiment;
        (*algorithm, *mapping, [xhat, ghat, mhat].map(|buffer| buffer.placement))
    }

    /// Its time, infinite where it has none.
    fn time(&self) -> f64 {
        self.outcome.time_ns.unwrap_or(f64::INFINITY)
    }
}

/// What decides how accurate a candidate is, but for the order of sums.
type Class = (AlgorithmKind, Tile, Points);

/// Which schedule a candidate is, but for tile and sizes.
type Kind = (AlgorithmKind, Mapping, [Placement; 3]);

/// What a search has found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Those of the last round, the quickest first; none where no candidate was measured and accurate enough.
    pub finalists: Vec<Trial>,
    /// Candidates that were measured.
    pub measured: usize,
    /// Candidates that were left out, since they could not win or cannot run.
    pub left_out: usize,
    /// The least error of all that were measured.
    pub least_error: Option<f64>,
}

impl Found {
    /// The quickest candidate within the error bound.
    pub fn winner(&self) -> Option<&Trial> {
        self.finalists.first()
    }

    /// The quickest of the finalists by the other algorithm than the winner's.
    pub fn other_algorithm(&self) -> Option<&Trial> {
        let winner = self.winner()?;
        self.finalists.iter().find(|trial| trial.is_direct() != winner.is_direct())
    }
}

/// A search under way.
pub struct Search<'s, B> {
    base: &'s Base,
    bench: &'s mut B,
    max_rel_error: Option<f64>,
    trials: Vec<Trial>,
    /// Of every candidate that was looked at, measured or not.
    labels: HashSet<String>,
    /// Likewise: two that come to the same plan are one.
    plans: Vec<Plan>,
    fewest_flops: u64,
    left_out: usize,
    rounds: usize,
}

impl<'s, B: Bench> Search<'s, B> {
    /// A search for what computes the problem of `base` quickest with at most this relative error.
    pub fn new(base: &'s Base, bench: &'s mut B, max_rel_error: Option<f64>) -> Self {
        Self {
            base,
            bench,
            max_rel_error,
            trials: Vec::new(),
            labels: HashSet::new(),
            plans: Vec::new(),
            fewest_flops: u64::MAX,
            left_out: 0,
            rounds: 0,
        }
    }

    /// Searches to the end, or until the bench is out of time, and measures the quickest once more.
    ///
    /// # Errors
    /// What the bench gives where nothing more can be measured.
    pub fn run(mut self) -> Result<Found, B::Error> {
        let coarse = self.own().into_iter().chain(coarse()).collect();
        self.measure(coarse)?;
        for _ in 0..REFINEMENTS {
            let before = self.best().map(Trial::time);
            let next = self.next();
            self.measure(next)?;
            let gain = |best: &Trial| before.is_some_and(|before| best.time() < before * (1.0 - WORTHWHILE));
            if !self.best().is_some_and(gain) {
                break;
            }
        }
        self.finish()
    }

    /// The file's own experiments.
    fn own(&self) -> Vec<Candidate> {
        let Ok(plain) = self.base.with("", &[]) else { return Vec::new() };
        self.base.experiments.iter().map(|experiment| Candidate::of(experiment, &plain)).collect()
    }

    /// The neighbours of the quickest, be they accurate enough or not: their neighbours with other points may be.
    fn next(&self) -> Vec<Candidate> {
        let mut quickest: Vec<&Trial> =
            self.trials.iter().filter(|trial| trial.outcome.time_ns.is_some()).collect();
        quickest.sort_by(|a, b| a.time().total_cmp(&b.time()));
        let accurate = quickest.iter().filter(|trial| self.is_accurate(&trial.outcome)).take(SEEDS);
        let seeds = quickest.iter().take(SEEDS).chain(accurate);
        seeds.flat_map(|trial| neighbours(&trial.candidate, &trial.experiment, &trial.plan)).collect()
    }

    /// Measures those of `candidates` that are new and may win, in rounds.
    fn measure(&mut self, candidates: Vec<Candidate>) -> Result<(), B::Error> {
        let mut waiting: Vec<Trial> =
            candidates.into_iter().filter_map(|candidate| self.trial(candidate)).collect();
        let flops = waiting.iter().map(|trial| flops(&trial.plan)).min();
        self.fewest_flops = self.fewest_flops.min(flops.unwrap_or(u64::MAX));
        // However little time there is, something is found.
        while !waiting.is_empty() && (self.rounds == 0 || !self.bench.is_out_of_time()) {
            let before = waiting.len();
            waiting.retain(|trial| self.may_win(trial));
            self.left_out += before - waiting.len();
            let round: Vec<Trial> = waiting.drain(..waiting.len().min(TOGETHER)).collect();
            if !round.is_empty() {
                self.round(round)?;
            }
        }
        Ok(())
    }

    /// What a candidate comes to; `None` where it is known already, contradicts itself or has no place on the device.
    fn trial(&mut self, candidate: Candidate) -> Option<Trial> {
        let experiment = self.base.with("", &candidate.settings()).ok()?;
        let candidate = candidate.as_in(&experiment);
        let label = candidate.label();
        if !self.labels.insert(label.clone()) {
            return None;
        }
        let experiment = Experiment { variant: label, ..experiment };
        let plan = convolution::lower(&experiment, &self.bench.limits()).ok()?;
        if self.plans.iter().any(|known| known.runs_as(&plan)) {
            return None;
        }
        self.plans.push(plan.clone());
        if self.bench.check(&plan).is_err() {
            self.left_out += 1;
            return None;
        }
        Some(Trial { candidate, experiment, plan, outcome: Outcome::default() })
    }

    /// Whether nothing known says that a candidate is too slow or too inaccurate.
    fn may_win(&self, trial: &Trial) -> bool {
        let best = self.best().map_or(f64::INFINITY, Trial::time);
        let floor = self.bench.floor(&trial.experiment, &trial.plan).unwrap_or(0.0);
        let is_late = floor >= best || self.is_hopeless(trial, HOPELESS * best);
        self.is_lean(trial) && !is_late && !self.is_inaccurate(trial.class())
    }

    /// Whether a candidate computes no more than a quick one could.
    fn is_lean(&self, trial: &Trial) -> bool {
        let Experiment { algorithm, mapping, .. } = trial.experiment;
        let flops = flops(&trial.plan);
        let is_by_element = algorithm == AlgorithmKind::Winograd && mapping == Mapping::Element;
        flops <= self.fewest_flops.saturating_mul(MAX_RECOMPUTATION)
            && (flops <= MAX_ELEMENT_FLOPS || !is_by_element)
    }

    /// Whether all of a candidate's kin that was measured took longer than `limit`: what shares its kind, or its kind and
    /// its tile.
    fn is_hopeless(&self, trial: &Trial, limit: f64) -> bool {
        let least = |tile: Option<Tile>| {
            let kin = self.trials.iter().filter(|other| other.kind() == trial.kind());
            let kin = kin.filter(|other| tile.is_none_or(|tile| other.experiment.tile == tile));
            kin.map(Trial::time).min_by(f64::total_cmp)
        };
        [None, Some(trial.experiment.tile)].into_iter().filter_map(least).any(|time| time > limit)
    }

    /// Whether all of a class that was verified was less accurate than asked for.
    fn is_inaccurate(&self, class: Class) -> bool {
        let of_class = self.trials.iter().filter(|other| other.class() == class);
        let mut verified = of_class.filter(|other| other.outcome.rel_error.is_some()).peekable();
        verified.peek().is_some() && verified.all(|other| !self.is_accurate(&other.outcome))
    }

    /// Measures candidates together with the best so far.
    fn round(&mut self, mut round: Vec<Trial>) -> Result<(), B::Error> {
        self.rounds += 1;
        let count = round.len();
        let best = self.best_index().map(|index| self.trials.remove(index));
        round.extend(best);
        let name = self.rounds.to_string();
        let round = self.sample(round, &name)?;
        self.trials.extend(round);
        let text = format!("round {name}: {count} candidates, {} in all", self.trials.len());
        self.tell(&text);
        Ok(())
    }

    /// Measures trials together, as the round called `name`.
    fn sample(&mut self, mut trials: Vec<Trial>, name: &str) -> Result<Vec<Trial>, B::Error> {
        for trial in &mut trials {
            trial.experiment.name = format!("{name}/{}", trial.experiment.variant);
        }
        let experiments: Vec<&Experiment> = trials.iter().map(|trial| &trial.experiment).collect();
        let outcomes = self.bench.measure(&experiments)?;
        for (trial, outcome) in trials.iter_mut().zip(outcomes) {
            trial.outcome = outcome;
        }
        Ok(trials)
    }

    /// Measures the quickest once more, together, with the quickest of the other algorithm among them.
    fn finish(mut self) -> Result<Found, B::Error> {
        let measured = self.trials.len();
        let errors = self.trials.iter().filter_map(|trial| trial.outcome.rel_error);
        let least_error = errors.min_by(f64::total_cmp);
        let mut quickest: Vec<Trial> = Vec::new();
        std::mem::swap(&mut quickest, &mut self.trials);
        quickest.retain(|trial| trial.outcome.time_ns.is_some() && self.is_accurate(&trial.outcome));
        quickest.sort_by(|a, b| a.time().total_cmp(&b.time()));
        let other = quickest.iter().position(|trial| trial.is_direct() != quickest[0].is_direct());
        let other = other.filter(|&index| index >= FINALISTS).map(|index| quickest.remove(index));
        quickest.truncate(FINALISTS);
        quickest.extend(other);
        let mut finalists = if quickest.is_empty() {
            quickest
        } else {
            self.sample(quickest, &format!("final{}", self.rounds))?
        };
        finalists.retain(|trial| trial.outcome.time_ns.is_some() && self.is_accurate(&trial.outcome));
        finalists.sort_by(|a, b| a.time().total_cmp(&b.time()));
        Ok(Found { finalists, measured, left_out: self.left_out, least_error })
    }

    fn is_accurate(&self, outcome: &Outcome) -> bool {
        self.max_rel_error.is_none_or(|bound| outcome.rel_error.is_some_and(|error| error <= bound))
    }

    /// The quickest so far that is accurate enough.
    fn best(&self) -> Option<&Trial> {
        self.best_index().map(|index| &self.trials[index])
    }

    fn best_index(&self) -> Option<usize> {
        let trials = self.trials.iter().enumerate();
        let timed =
            trials.filter(|(_, trial)| trial.outcome.time_ns.is_some() && self.is_accurate(&trial.outcome));
        timed.min_by(|(_, a), (_, b)| a.time().total_cmp(&b.time())).map(|(index, _)| index)
    }

    fn tell(&mut self, text: &str) {
        let best = self.best().map(|trial| (trial.experiment.clone(), trial.outcome));
        self.bench.tell(text, best.as_ref().map(|(experiment, outcome)| (experiment, *outcome)));
    }
}

/// Operations of all dispatches.
fn flops(plan: &Plan) -> u64 {
    plan.dispatches().map(|(_, dispatch)| dispatch.flops).sum()
}
