//! The orders in which factors can be changed one by one, and what each factor's change adds up to over them.

/// What each order of changing n factors says, over those orders whose every mixture is there.
///
/// The Shapley value of a factor is the mean, over all orders, of what its change does to the value at its turn
/// (L. S. Shapley, *A Value for n-Person Games*, 1953). Where mixtures are missing, it is the mean over the orders
/// that avoid them. Either way the shares of all factors add up to the whole, because those of each order do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Orderings {
    /// How many avoid missing mixtures.
    pub count: u64,
    /// How many there are: n!.
    pub total: u64,
    /// `weights[f][m]`: what the value of mixture `m` counts in the share of factor `f`.
    weights: Vec<Vec<f64>>,
}

impl Orderings {
    /// Counts them. `valid[m]` says whether mixture `m` is there, in which the factors of `m`'s set bits are changed.
    ///
    /// An order is a path through the subsets of factors, from none to all, one factor a step. The paths over a step
    /// are those that lead to it times those that lead on from it, so 2ⁿ·n steps count all n! orders.
    pub fn of(valid: &[bool]) -> Self {
        let factors = valid.len().ilog2() as usize;
        let all = valid.len() - 1;
        let subsets = |mixture: usize| (0..factors).map(|f| 1 << f).filter(move |bit| mixture & bit != 0);
        let supersets = |mixture: usize| (0..factors).map(|f| 1 << f).filter(move |bit| mixture & bit == 0);
        let mut to = vec![0u64; valid.len()];
        let mut on = to.clone();
        for mixture in (0..=all).filter(|&mixture| valid[mixture]) {
            let below: u64 = subsets(mixture).map(|bit| to[mixture ^ bit]).sum();
            to[mixture] = if mixture == 0 { 1 } else { below };
        }
        for mixture in (0..=all).rev().filter(|&mixture| valid[mixture]) {
            let above: u64 = supersets(mixture).map(|bit| on[mixture | bit]).sum();
            on[mixture] = if mixture == all { 1 } else { above };
        }
        let count = to[all];
        let weight = |factor: usize| {
            let mut weights = vec![0.0; valid.len()];
            for before in (0..=all).filter(|before| before >> factor & 1 == 0) {
                let after = before | 1 << factor;
                let share = (to[before] * on[after]) as f64 / count.max(1) as f64;
                weights[before] -= share;
                weights[after] += share;
            }
            weights
        };
        Self { count, total: (1..=factors as u64).product(), weights: (0..factors).map(weight).collect() }
    }

    /// Each factor's share of `values[all] − values[0]`. Values of missing mixtures are not looked at.
    pub fn shares(&self, values: &[f64]) -> Vec<f64> {
        let share = |weights: &Vec<f64>| {
            let used = weights.iter().zip(values).filter(|(weight, _)| **weight != 0.0);
            used.map(|(weight, value)| weight * value).sum()
        };
        self.weights.iter().map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: &[f64], right: &[f64]) -> bool {
        left.len() == right.len() && left.iter().zip(right).all(|(l, r)| (l - r).abs() < 1e-12)
    }

    #[test]
    fn independent_factors_have_their_own_effects() {
        let effects = [0.5, -0.25, 2.0];
        let value = |m: usize| (0..3).filter(|f| m >> f & 1 == 1).map(|f| effects[f]).sum::<f64>();
        let values: Vec<f64> = (0..8).map(value).collect();
        let orderings = Orderings::of(&[true; 8]);
        assert_eq!((orderings.count, orderings.total), (6, 6));
        assert!(close(&orderings.shares(&values), &effects));
    }

    #[test]
    fn what_two_do_together_is_split_equally() {
        // Slow only where factors 0 and 2 are both changed.
        let values: Vec<f64> = (0..8).map(|m: usize| if m & 5 == 5 { 3.0 } else { 0.0 }).collect();
        assert!(close(&Orderings::of(&[true; 8]).shares(&values), &[1.5, 0.0, 1.5]));
    }

    /// Against the definition: every permutation, one by one.
    #[test]
    fn paths_are_counted_as_permutations_are() {
        let values: Vec<f64> = (0..16).map(|m: u32| f64::from(m * m % 11)).collect();
        for missing in [vec![], vec![3], vec![1, 6], vec![1, 2, 4], vec![7, 9, 12]] {
            let valid: Vec<bool> = (0..16).map(|m| !missing.contains(&m)).collect();
            let mut sums = [0.0; 4];
            let mut count = 0;
            for order in permutations(vec![0, 1, 2, 3]) {
                let path: Vec<usize> =
                    (0..=4).map(|n| order[..n].iter().map(|f| 1 << f).sum::<usize>()).collect();
                if path.iter().all(|&m| valid[m]) {
                    count += 1;
                    for (step, &factor) in order.iter().enumerate() {
                        sums[factor] += values[path[step + 1]] - values[path[step]];
                    }
                }
            }
            let orderings = Orderings::of(&valid);
            assert_eq!((orderings.count, orderings.total), (count, 24), "{missing:?}");
            assert!(close(&orderings.shares(&values), &sums.map(|sum| sum / count as f64)), "{missing:?}");
            let whole: f64 = orderings.shares(&values).iter().sum();
            assert!((whole - (values[15] - values[0])).abs() < 1e-12);
        }
    }

    fn permutations(rest: Vec<usize>) -> Vec<Vec<usize>> {
        if rest.is_empty() {
            return vec![vec![]];
        }
        let with = |&first: &usize| {
            let others = rest.iter().copied().filter(|&other| other != first).collect();
            permutations(others).into_iter().map(move |order| [vec![first], order].concat())
        };
        rest.iter().flat_map(with).collect()
    }

    #[test]
    fn without_a_path_there_are_no_orderings() {
        for missing in [0, 3] {
            let valid: Vec<bool> = (0..4).map(|m| m != missing).collect();
            assert_eq!(Orderings::of(&valid).count, 0);
        }
        assert_eq!(Orderings::of(&[true, false, false, true]).count, 0);
        assert_eq!(Orderings::of(&[true, false, true, true]).count, 1);
    }

    #[test]
    fn ten_factors_are_counted() {
        assert_eq!(Orderings::of(&[true; 1024]).count, 3_628_800);
    }
}
