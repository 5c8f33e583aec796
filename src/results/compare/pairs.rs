//! Which rows of two files are about the same.

use std::collections::HashMap;

use crate::config::Cache;
use crate::results::columns::Row;
use crate::results::values::{Mode, Phase};

/// What is convolved, and of what type.
pub(super) type Problem<'a> = (u32, u32, u32, u32, u32, u32, &'a str);

/// The problem of a row.
pub(super) fn problem(row: &Row) -> Problem<'_> {
    let Row { batch, in_channels, out_channels, height, width, padding, dtype, .. } = row;
    (*batch, *in_channels, *out_channels, *height, *width, *padding, dtype)
}

/// The rows of A and B by what they are about.
#[derive(Debug, Default)]
pub(super) struct Pairs<'a> {
    /// In the order of A.
    pub both: Vec<(&'a Row, &'a Row)>,
    pub only_a: Vec<&'a Row>,
    pub only_b: Vec<&'a Row>,
}

/// An experiment's name, phase, mode and caches on a problem.
type Key<'a> = (&'a str, Phase, Mode, &'a str, Problem<'a>);

fn key(row: &Row) -> Key<'_> {
    (&row.experiment, row.phase, row.mode, caches(row), problem(row))
}

/// What the caches held, as the column says: before it was written they were always warm.
pub(super) fn caches(row: &Row) -> &str {
    match (row.cache.as_str(), row.mode) {
        ("", Mode::Isolated | Mode::Pipelined) => Cache::Warm.as_str(),
        (cache, _) => cache,
    }
}

impl<'a> Pairs<'a> {
    /// Matches rows by experiment, phase, mode, caches and problem: first those whose configurations have the same name, then
    /// the rest, since a configuration may have been renamed between the files.
    pub fn of(a: &[&'a Row], b: &[&'a Row]) -> Self {
        let mut partners: Vec<Option<usize>> = vec![None; a.len()];
        let mut is_taken = vec![false; b.len()];
        match_by(a, b, &mut partners, &mut is_taken, |row| (row.config.as_str(), key(row)));
        match_by(a, b, &mut partners, &mut is_taken, |row| ("", key(row)));
        let mut pairs = Self::default();
        for (row, partner) in a.iter().zip(partners) {
            match partner {
                Some(index) => pairs.both.push((row, b[index])),
                None => pairs.only_a.push(row),
            }
        }
        let alone = b.iter().zip(is_taken).filter(|(_, is_taken)| !is_taken);
        pairs.only_b = alone.map(|(row, _)| *row).collect();
        pairs
    }
}

/// Gives each row of `a` that has no partner the first free one of `b` that is known by the same.
fn match_by<'a>(
    a: &[&'a Row],
    b: &[&'a Row],
    partners: &mut [Option<usize>],
    is_taken: &mut [bool],
    known_by: impl Fn(&'a Row) -> (&'a str, Key<'a>),
) {
    let mut free: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, row) in b.iter().enumerate().rev().filter(|(index, _)| !is_taken[*index]) {
        free.entry(known_by(row)).or_default().push(index);
    }
    for (row, partner) in a.iter().zip(partners).filter(|(_, partner)| partner.is_none()) {
        *partner = free.get_mut(&known_by(row)).and_then(Vec::pop);
        if let Some(index) = *partner {
            is_taken[index] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::synthetic::row;

    fn named(config: &str, experiment: &str) -> Row {
        Row { config: config.to_owned(), experiment: experiment.to_owned(), ..row() }
    }

    #[test]
    fn a_configurations_own_rows_are_its_partners() {
        let a = [named("c", "x"), named("d", "x"), named("c", "alone")];
        let b = [named("d", "x"), named("e", "y"), named("c", "x")];
        let pairs = Pairs::of(&a.each_ref(), &b.each_ref());
        assert_eq!(pairs.both, [(&a[0], &b[2]), (&a[1], &b[0])]);
        assert_eq!((pairs.only_a, pairs.only_b), (vec![&a[2]], vec![&b[1]]));
    }

    #[test]
    fn cold_times_are_no_partners_of_warm_ones_which_earlier_versions_did_not_call_so() {
        let cached = |experiment, cache: &str| Row { cache: cache.into(), ..named("c", experiment) };
        let a = [cached("x", ""), cached("y", ""), cached("z", "cold")];
        let b = [cached("x", "warm"), cached("y", "cold"), cached("z", "cold")];
        let pairs = Pairs::of(&a.each_ref(), &b.each_ref());
        assert_eq!(pairs.both, [(&a[0], &b[0]), (&a[2], &b[2])]);
        assert_eq!((pairs.only_a, pairs.only_b), (vec![&a[1]], vec![&b[1]]));
    }

    #[test]
    fn a_renamed_configuration_is_found_and_another_problem_is_not() {
        let a = [named("before", "x"), named("before", "y")];
        let b = [named("after", "x"), Row { height: 64, ..named("after", "y") }];
        let pairs = Pairs::of(&a.each_ref(), &b.each_ref());
        assert_eq!(pairs.both, [(&a[0], &b[0])]);
        assert_eq!((pairs.only_a, pairs.only_b), (vec![&a[1]], vec![&b[1]]));
    }
}
