//! What changed from one results file to another.

use super::pairs::Pairs;
use super::timed::{LatestRows, Timed, is_of_samples, is_unsampled};
use super::{MISS, Side, Verdict, ratio};
use crate::results::columns::Row;
use crate::results::format;
use crate::results::interval::Interval;
use crate::results::table::phase_label;
use crate::results::values::Phase;

/// One phase of one experiment in both files.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    pub(super) a: Timed<'a>,
    pub(super) b: Timed<'a>,
    /// B's time over A's.
    pub(super) ratio: Interval,
    pub(super) verdict: Verdict,
}

impl Change<'_> {
    /// Which it is and by how much: `` `old` total: 1.052× [1.043, 1.061] ``.
    pub fn named(&self) -> String {
        format!("{}: {}", named(self.b.row), format::ratio(&self.ratio))
    }

    /// Whether its interval is of raw samples on both sides.
    pub(super) fn is_of_samples(&self) -> bool {
        is_of_samples(&self.a, &self.b)
    }
}

/// An experiment and its phase: `` `old` total ``.
pub(super) fn named(row: &Row) -> String {
    format!("`{}` {}", row.experiment, phase_label(row))
}

/// What changed from file A to file B.
#[derive(Debug)]
pub struct Changes<'a> {
    pub(super) files: [&'a str; 2],
    /// In the order of A.
    pub(super) changes: Vec<Change<'a>>,
    /// What is in both but has no time in one, with the reason, as a sentence without its full stop.
    pub(super) untimed: Vec<(&'a Row, String)>,
    pub(super) only_a: Vec<&'a Row>,
    pub(super) only_b: Vec<&'a Row>,
    pub(super) same_within: f64,
}

impl<'a> Changes<'a> {
    /// Compares the latest run of each experiment, `phases` alone. Times within `same_within`, a share, are the same.
    pub fn of(a: &'a Side, b: &'a Side, phases: &[Phase], same_within: f64) -> Self {
        let files = [a.name.as_str(), b.name.as_str()];
        let (a, b) = (LatestRows::of(a, phases), LatestRows::of(b, phases));
        let Pairs { both, mut only_a, mut only_b } = Pairs::of(&a.rows, &b.rows);
        // What was not to have a time in A has none to lose, and needs no partner.
        only_a.retain(|row| !is_unsampled(row));
        only_b.retain(|row| !is_unsampled(row));
        let (mut timed, mut untimed) = (Vec::new(), Vec::new());
        for (row_a, row_b) in both.into_iter().filter(|(row_a, _)| !is_unsampled(row_a)) {
            match (a.timed(row_a), b.timed(row_b)) {
                (Ok(a), Ok(b)) => timed.push((a, b)),
                (Err(reason), _) => untimed.push((row_a, format!("in A {reason}"))),
                (_, Err(reason)) => untimed.push((row_b, format!("in B {reason}"))),
            }
        }
        let miss = MISS / timed.len().max(1) as f64;
        let change = |(a, b)| {
            let ratio = ratio(&a, &b, miss);
            Change { verdict: Verdict::of(&ratio, same_within), a, b, ratio }
        };
        let changes = timed.into_iter().map(change).collect();
        Self { files, changes, untimed, only_a, only_b, same_within }
    }

    /// Whether nothing has a time in both files.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The devices of A and of B, where those of any pair differ.
    pub fn devices(&self) -> Option<(&'a str, &'a str)> {
        let devices = |change: &Change<'a>| (change.a.row.device.as_str(), change.b.row.device.as_str());
        self.changes.iter().map(devices).find(|(a, b)| a != b)
    }

    /// What is certainly slower by more than `limit`, a share.
    pub fn slower_than(&self, limit: f64) -> impl Iterator<Item = &Change<'a>> {
        self.changes.iter().filter(move |change| change.ratio.low > 1.0 + limit)
    }

    /// What may be slower by more than `limit`, a share, or not.
    pub fn maybe_slower_than(&self, limit: f64) -> impl Iterator<Item = &Change<'a>> {
        let reaches_over = move |ratio: &Interval| ratio.low <= 1.0 + limit && 1.0 + limit < ratio.high;
        self.changes.iter().filter(move |change| reaches_over(&change.ratio))
    }

    /// How many rows of A have no time to compare with, be it that B lacks them or that one of the two has none.
    pub fn lost(&self) -> usize {
        self.only_a.len() + self.untimed.len()
    }

    /// How many have a verdict.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.changes.iter().filter(|change| change.verdict == verdict).count()
    }
}
