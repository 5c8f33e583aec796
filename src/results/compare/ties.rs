//! Which experiments of one file tie with the fastest of their problem.

use super::pairs::{caches, problem};
use super::timed::{LatestRows, Timed};
use super::{MISS, Side, Verdict, ratio};
use crate::results::columns::Row;
use crate::results::interval::Interval;
use crate::results::values::Phase;

/// One experiment against the fastest.
#[derive(Clone, Debug)]
pub(super) struct Rival<'a> {
    pub timed: Timed<'a>,
    /// Its time over the fastest's.
    pub ratio: Interval,
    /// It is never faster than the fastest: a tie where it is the same or unclear.
    pub verdict: Verdict,
}

impl Rival<'_> {
    pub fn is_tied(&self) -> bool {
        self.verdict != Verdict::Slower
    }
}

/// Experiments that compute the same.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    /// The one with the smallest median.
    pub fastest: Timed<'a>,
    /// The others by their medians.
    pub rivals: Vec<Rival<'a>>,
}

/// Which experiments of a file tie with the fastest.
///
/// The fastest is known only once it is measured, so that all pairs of a group count as comparisons, whichever of them
/// are shown (J. W. Tukey's problem of all pairs).
#[derive(Debug)]
pub struct Ties<'a> {
    pub(super) file: &'a str,
    pub(super) groups: Vec<Group<'a>>,
    pub(super) pairs: usize,
    pub(super) same_within: f64,
}

/// What experiments that compute the same have in common: device, problem, phase, mode, caches, and what is
/// computed.
fn computed(row: &Row) -> impl PartialEq + '_ {
    // The baseline has no phases to stop after: it computes the output.
    let stop_after = if row.stop_after.is_empty() { Phase::Output.as_str() } else { &row.stop_after };
    (row.device.as_str(), problem(row), row.phase, row.mode, caches(row), stop_after)
}

impl<'a> Ties<'a> {
    /// Compares the latest run of each experiment, `phases` alone, with the fastest that computes the same.
    pub fn of(side: &'a Side, phases: &[Phase], same_within: f64) -> Self {
        let latest = LatestRows::of(side, phases);
        let mut sets: Vec<Vec<Timed<'a>>> = Vec::new();
        for timed in latest.rows.iter().filter_map(|row| latest.timed(row).ok()) {
            match sets.iter_mut().find(|set| computed(set[0].row) == computed(timed.row)) {
                Some(set) => set.push(timed),
                None => sets.push(vec![timed]),
            }
        }
        sets.retain(|set| set.len() > 1);
        let pairs = sets.iter().map(|set| set.len() * (set.len() - 1) / 2).sum::<usize>();
        let groups = sets.into_iter().filter_map(|set| group(set, MISS / pairs as f64, same_within));
        Self { file: &side.name, groups: groups.collect(), pairs, same_within }
    }

    /// Whether no two experiments compute the same.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

fn group(mut set: Vec<Timed<'_>>, miss: f64, same_within: f64) -> Option<Group<'_>> {
    set.sort_by(|a, b| a.time.interval.mid.total_cmp(&b.time.interval.mid));
    let mut set = set.into_iter();
    let fastest = set.next()?;
    let rival = |timed| {
        let ratio = ratio(&fastest, &timed, miss);
        Rival { verdict: Verdict::of(&ratio, same_within), timed, ratio }
    };
    let rivals = set.map(rival).collect();
    Some(Group { fastest, rivals })
}
