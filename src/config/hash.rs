//! A digest of what an experiment is, so that results of the same experiment can be recognised.

use sha2::{Digest, Sha256};

use super::experiment::{Experiment, MeasureSettings};

/// Hex digits of the digest that are kept: 64 bits.
const DIGITS: usize = 16;

/// 16 hex digits over the experiment, its name included, and how it is measured.
///
/// The name is part of it, so that two experiments with the same factors (an A/A comparison) stay two.
pub fn hash(experiment: &Experiment, measure: &MeasureSettings) -> String {
    // Sorted keys: the digest does not change where fields are declared in another order.
    let mut canonical = serde_json::json!({ "experiment": experiment, "measure": measure });
    canonical.sort_all_objects();
    let digest = Sha256::digest(canonical.to_string().as_bytes());
    digest.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}
