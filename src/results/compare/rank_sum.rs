//! How small the rank-sum statistic of two sets of samples is by chance.

use super::normal::upper_quantile;

/// Up to so many pairs the distribution is counted out; beyond, its normal approximation is off by less than a rank
/// at 95 %, and too wide rather than too narrow farther out.
const EXACT_PAIRS: usize = 400;

/// The largest c such that the Mann–Whitney statistic U, the number of pairs of which one certain side is the smaller,
/// is c or less with a probability of at most `tail`, where both sets are drawn from one distribution without ties;
/// `None` where even 0 is likelier than that.
///
/// H. B. Mann and D. R. Whitney, *On a test of whether one of two random variables is stochastically larger than the
/// other*, Ann. Math. Statist. 18 (1947): the recurrence and the normal approximation.
pub(super) fn critical(n: usize, m: usize, tail: f64) -> Option<usize> {
    if n * m <= EXACT_PAIRS { exact(n, m, tail) } else { approximate(n, m, tail) }
}

fn exact(n: usize, m: usize, tail: f64) -> Option<usize> {
    let mut sum = 0.0;
    let within = distribution(n, m).into_iter().take_while(|probability| {
        sum += probability;
        sum <= tail
    });
    within.count().checked_sub(1)
}

/// The probabilities of U = 0, 1, … up to its middle.
///
/// The largest of i and j samples is one of the i with probability i / (i + j), and then in no pair that counts; else it
/// is one of the j, and in i of them.
fn distribution(n: usize, m: usize) -> Vec<f64> {
    let length = n * m / 2 + 1;
    // Of j from 0 to m, for the i so far: without samples on one side, U is 0.
    let mut rows = vec![vec![0.0; length]; m + 1];
    for row in &mut rows {
        row[0] = 1.0;
    }
    for i in 1..=n {
        for j in 1..=m {
            let (fewer, row) = rows.split_at_mut(j);
            let (fewer, share) = (&fewer[j - 1], i as f64 / (i + j) as f64);
            for (u, probability) in row[0].iter_mut().enumerate().take(i * j + 1) {
                let other = u.checked_sub(i).map_or(0.0, |rest| fewer[rest]);
                *probability = share * *probability + (1.0 - share) * other;
            }
        }
    }
    rows.swap_remove(m)
}

fn approximate(n: usize, m: usize, tail: f64) -> Option<usize> {
    let (n, m) = (n as f64, m as f64);
    let deviation = (n * m * (n + m + 1.0) / 12.0).sqrt();
    let c = (n * m / 2.0 - 0.5 - upper_quantile(tail) * deviation).floor();
    (c >= 0.0).then_some(c as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Critical values of U at 5 % two-sided, as every textbook's table has them.
    #[test]
    fn critical_values_are_the_tables() {
        let table = [(4, 4, 0), (5, 5, 2), (6, 6, 5), (8, 8, 13), (5, 10, 8), (10, 10, 23), (20, 20, 127)];
        for (n, m, c) in table {
            assert_eq!((critical(n, m, 0.025), critical(m, n, 0.025)), (Some(c), Some(c)), "{n}, {m}");
        }
        assert_eq!(critical(3, 3, 0.025), None);
    }

    #[test]
    fn the_approximation_meets_what_is_counted() {
        for (n, m) in [(20, 20), (10, 40), (15, 26)] {
            for tail in [0.025, 0.0025, 0.00025] {
                let (exact, approximate) = (exact(n, m, tail).unwrap(), approximate(n, m, tail).unwrap());
                let allowed = if tail == 0.025 { 1 } else { 8 };
                assert!(
                    approximate <= exact + 1 && exact <= approximate + allowed,
                    "{n}, {m} at {tail}: {exact}, approximately {approximate}"
                );
            }
        }
    }

    #[test]
    fn too_few_samples_tell_nothing_however_they_lie() {
        assert_eq!(critical(6, 6, 0.0005), None, "1 of 924 orders");
        assert_eq!(critical(10, 10, 0.0005), Some(8));
        assert_eq!(critical(0, 5, 0.025), None);
    }
}
