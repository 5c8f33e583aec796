//! Which jobs are certainly worse than a multiple of the best of those that do the same work.

use std::collections::HashMap;

use super::statistics::Summary;

/// What is known of the totals in a comparison.
pub(super) struct Contest {
    multiple: f64,
    /// The upper end of each total's interval, by what its job competes in and by its name.
    highs: HashMap<(String, String), f64>,
}

impl Contest {
    /// A contest in which whoever takes more than `multiple` times as long as the best is out.
    pub fn new(multiple: f64) -> Self {
        Self { multiple, highs: HashMap::new() }
    }

    /// Takes in what is known now of the total of job `name`, which competes in `work`; returns whether it is out.
    ///
    /// It is where its whole interval lies above the multiple of the best's whole interval, so that the doubt of both
    /// is on its side. Alone it never is.
    pub fn is_out(&mut self, work: &str, name: &str, total: &Summary) -> bool {
        self.highs.insert((work.to_owned(), name.to_owned()), total.ci_high);
        let rivals = self.highs.iter().filter(|((other, _), _)| other == work);
        let best = rivals.map(|(_, &high)| high).fold(f64::INFINITY, f64::min);
        total.ci_low > self.multiple * best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(ci_low: f64, ci_high: f64) -> Summary {
        let median = f64::midpoint(ci_low, ci_high);
        Summary { samples: 6, median, ci_low, ci_high, min: ci_low, p95: ci_high }
    }

    #[test]
    fn only_what_is_certainly_worse_is_out() {
        let mut contest = Contest::new(3.0);
        assert!(!contest.is_out("y", "slow", &total(100.0, 110.0)), "nothing is known of any other yet");
        assert!(!contest.is_out("y", "best", &total(20.0, 40.0)));
        assert!(
            !contest.is_out("y", "slow", &total(100.0, 110.0)),
            "the best may take 40, and three of them 120"
        );
        assert!(!contest.is_out("y", "best", &total(29.0, 31.0)));
        assert!(contest.is_out("y", "slow", &total(100.0, 110.0)));
        assert!(!contest.is_out("y", "wide", &total(90.0, 900.0)));
    }

    #[test]
    fn other_work_is_no_rival() {
        let mut contest = Contest::new(2.0);
        assert!(!contest.is_out("xhat", "prefix", &total(1.0, 1.0)));
        assert!(!contest.is_out("y", "whole", &total(50.0, 50.0)));
    }
}
