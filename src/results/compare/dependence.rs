//! How many independent samples a series of samples is worth.

/// z of a 95 % one-sided bound.
const Z95_ONE_SIDED: f64 = 1.645;

/// The number of independent samples that tell as much as a series in the order in which it was taken: its length over
/// 1 + 2 Σ ρ_k, with ρ_k the correlation of samples k apart.
///
/// The sum ends before the first ρ_k that independent samples could have: below 1.645 / √n. Correlations are of ranks,
/// so that an outlier is one sample like any other, and ties have their middle rank. (The variance of a mean under
/// correlation is in every book on time series, as in G. E. P. Box and G. M. Jenkins, *Time Series Analysis*, section
/// 2.1; the variance of the rank-sum statistic follows the mean of ranks.)
pub(super) fn effective(series: &[f64]) -> usize {
    let n = series.len();
    let ranks = centred_ranks(series);
    let product = |lag: usize| -> f64 { ranks.iter().zip(&ranks[lag..]).map(|(a, b)| a * b).sum() };
    let variance = product(0);
    if variance == 0.0 {
        return n;
    }
    let chance = Z95_ONE_SIDED / (n as f64).sqrt();
    let correlations = (1..=n / 4).map(|lag| product(lag) / variance).take_while(|&rho| rho > chance);
    let worth = n as f64 / (1.0 + 2.0 * correlations.sum::<f64>());
    (worth.floor() as usize).max(1)
}

/// The rank of each value, less the mean of all; equal values share the middle of their ranks.
fn centred_ranks(series: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|&a, &b| series[a].total_cmp(&series[b]));
    let mean = (series.len() as f64 - 1.0) / 2.0;
    let mut ranks = vec![0.0; series.len()];
    let mut first = 0;
    for tied in order.chunk_by(|&a, &b| series[a] == series[b]) {
        for &index in tied {
            ranks[index] = first as f64 + (tied.len() as f64 - 1.0) / 2.0 - mean;
        }
        first += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    #[test]
    fn independent_and_equal_samples_are_worth_their_number() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut full = 0;
        for _ in 0..200 {
            let series: Vec<f64> = (0..50).map(|_| rng.random()).collect();
            full += usize::from(effective(&series) == 50);
        }
        assert!(full >= 180, "{full} of 200");
        assert_eq!(effective(&[3.0; 30]), 30);
        assert_eq!((effective(&[]), effective(&[1.0])), (0, 1));
    }

    #[test]
    fn a_drift_is_worth_few() {
        let drift: Vec<f64> = (0..100).map(|index| 1.0 + f64::from(index) / 1000.0).collect();
        assert!(effective(&drift) <= 5, "{}", effective(&drift));
    }

    #[test]
    fn an_outlier_hides_no_dependence() {
        let mut steps: Vec<f64> = (0..60).map(|index| 1.0 + f64::from(index / 20)).collect();
        let before = effective(&steps);
        steps[30] = 1e9;
        assert!(before <= 5 && effective(&steps) <= before + 2, "{before}, {}", effective(&steps));
    }
}
