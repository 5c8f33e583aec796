//! By how much equal work differs between experiments.

use std::collections::HashMap;
use std::hash::Hash;

use super::run::Run;
use super::values::{Mode, Phase};

/// The largest of max/min − 1 over the times of equal work, each given with what it is known by; `None` where no work
/// was timed in several experiments. What the intervals cannot see, such as where a driver puts the buffers, shows here.
pub(super) fn spread<K: Eq + Hash>(times: impl Iterator<Item = (K, f64)>) -> Option<f64> {
    let mut extremes: HashMap<K, (f64, f64)> = HashMap::new();
    let mut largest = None;
    for (work, time) in times {
        extremes
            .entry(work)
            .and_modify(|(low, high)| {
                (*low, *high) = (low.min(time), high.max(time));
                largest = Some(f64::max(largest.unwrap_or(0.0), *high / *low - 1.0));
            })
            .or_insert((time, time));
    }
    largest
}

/// By how much the isolated medians of one kernel, known by its phase and SPIR-V, differ between experiments. The
/// multiply is left out, since it is what will be judged by this.
pub(super) fn kernel_spread(runs: &[Run<'_>]) -> Option<f64> {
    spread(runs.iter().flat_map(|run| &run.rows).filter_map(|row| {
        let is_other = row.mode == Mode::Isolated && row.phase != Phase::Mhat && !row.spirv_hash.is_empty();
        let median = row.median_ns.filter(|median| is_other && *median > 0.0)?;
        Some(((row.phase, row.spirv_hash.as_str()), median))
    }))
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn only_equal_work_is_compared() {
        assert_eq!(spread([("a", 1.0), ("b", 9.0)].into_iter()), None);
        assert_eq!(spread([("a", 2.0), ("b", 9.0), ("a", 3.0), ("a", 2.5)].into_iter()), Some(0.5));
    }
}
