//! Attribution: the ratio of two experiments' times, shared out among the factors in which they differ.
//!
//! Pure: from the times of all 2ⁿ mixtures to shares, a table and rows.

mod bootstrap;
mod lattice;
mod orderings;
mod render;
#[cfg(test)]
mod tests;

use rand::SeedableRng;
use rand::rngs::StdRng;

pub use lattice::{Factor, Lattice, Launches, Mixture, Work};

use super::interval::Interval;
use super::median::median;
use super::spread::spread;
use bootstrap::intervals;
use orderings::Orderings;

/// Resamples per interval: its ends are then the 25th from either side.
const RESAMPLES: usize = 1000;

/// Of the resampling, so that the same samples always give the same intervals.
const SEED: u64 = 95;

/// One factor's share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    /// Which of the lattice's factors.
    pub factor: usize,
    /// The Shapley share, as a factor of the ratio.
    pub share: Interval,
    /// The ratio where this factor alone is changed.
    pub first: Option<f64>,
    /// The ratio where all others are changed already.
    pub last: Option<f64>,
}

/// The shares of all factors, whose product is the whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shares {
    /// The largest effect first, whichever way.
    pub shares: Vec<Share>,
    /// The time with all factors changed over that with none.
    pub whole: Interval,
}

/// What the mixtures say.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution<'a> {
    lattice: &'a Lattice,
    /// `None` where no order of the factors has only mixtures with times.
    shares: Option<Shares>,
    orderings: Orderings,
    spread: Spread,
}

/// By how much equal work differs between mixtures, at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spread {
    /// Of whole mixtures that do the same work.
    Whole(f64),
    /// Of single phases that do, where no two mixtures do wholly.
    Phase(f64),
    /// Nothing is done twice.
    Unknown,
}

impl Spread {
    fn of(lattice: &Lattice, medians: &[Option<f64>]) -> Self {
        let totals = lattice.mixtures.iter().zip(medians);
        let totals = totals.filter_map(|(mixture, log)| Some((&mixture.work, log.as_ref()?.exp())));
        let phases = lattice
            .mixtures
            .iter()
            .flat_map(|mixture| mixture.phases.iter().map(|(work, time)| (work, *time)));
        let whole = spread(totals).map(Self::Whole);
        whole.or_else(|| spread(phases).map(Self::Phase)).unwrap_or(Self::Unknown)
    }

    /// max/min − 1, where it is known.
    fn share(self) -> Option<f64> {
        match self {
            Self::Whole(share) | Self::Phase(share) => Some(share),
            Self::Unknown => None,
        }
    }
}

impl<'a> Attribution<'a> {
    /// Shares out what the mixtures of `lattice` took.
    pub fn of(lattice: &'a Lattice) -> Self {
        Self::with_resamples(lattice, RESAMPLES)
    }

    fn with_resamples(lattice: &'a Lattice, resamples: usize) -> Self {
        let logs: Vec<Vec<f64>> = lattice
            .mixtures
            .iter()
            .map(|mixture| mixture.times.iter().flatten().map(|time| time.ln()).collect())
            .collect();
        let valid: Vec<bool> = logs.iter().map(|logs| !logs.is_empty()).collect();
        let orderings = Orderings::of(&valid);
        let medians: Vec<Option<f64>> =
            logs.iter().map(|logs| (!logs.is_empty()).then(|| median(&mut logs.clone()))).collect();
        let spread = Spread::of(lattice, &medians);
        let shares = (orderings.count > 0).then(|| shares(&logs, &medians, &orderings, resamples));
        Self { lattice, shares, orderings, spread }
    }

    /// Whether there are shares: at least one order of the factors has only mixtures with times.
    pub fn has_shares(&self) -> bool {
        self.shares.is_some()
    }

    /// Whether a ratio cannot be told from 1: its interval contains it, or equal work differs by as much.
    fn is_noise(&self, ratio: &Interval) -> bool {
        ratio.contains(1.0)
            || self.spread.share().is_some_and(|spread| ratio.mid.ln().abs() <= spread.ln_1p())
    }
}

fn shares(logs: &[Vec<f64>], medians: &[Option<f64>], orderings: &Orderings, resamples: usize) -> Shares {
    let all = logs.len() - 1;
    let figures = |medians: &[f64]| {
        let mut figures = orderings.shares(medians);
        figures.push(medians[all] - medians[0]);
        figures
    };
    let sets: Vec<&[f64]> = logs.iter().map(Vec::as_slice).collect();
    let mut intervals = intervals(&sets, figures, resamples, &mut StdRng::seed_from_u64(SEED));
    let ratio = |log: Interval| Interval { mid: log.mid.exp(), low: log.low.exp(), high: log.high.exp() };
    let whole = intervals.pop().map(ratio).unwrap_or(Interval { mid: 1.0, low: 1.0, high: 1.0 });
    let step = |from: usize, to: usize| Some((medians[to]? - medians[from]?).exp());
    let mut shares: Vec<Share> = intervals
        .into_iter()
        .enumerate()
        .map(|(factor, log)| Share {
            factor,
            share: ratio(log),
            first: step(0, 1 << factor),
            last: step(all ^ 1 << factor, all),
        })
        .collect();
    let effect = |share: &Share| share.share.mid.ln().abs();
    shares.sort_by(|one, other| effect(other).total_cmp(&effect(one)));
    Shares { shares, whole }
}
