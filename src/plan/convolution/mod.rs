//! Lowers a convolution experiment to a plan: Winograd in its phases, or the direct baseline.

mod blocking;
mod cost;
mod direct;
mod dispatch;
mod evaluations;
mod stages;
mod tensor;
mod transforms;
mod twin;
mod winograd;

use super::{Limits, Plan};
use crate::config::{AlgorithmKind, Experiment};

pub use twin::{ConvolutionTwin, Reference, References};

/// Why an experiment has no plan in this version: a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unplannable(String);

/// The plan of an experiment; what the experiment leaves open is chosen within `limits`.
///
/// # Errors
/// If the problem has no output, which the configuration refuses before, if block sizes that are set do not divide
/// one another, or if something is set that no dispatch has a use for.
pub fn lower(experiment: &Experiment, limits: &Limits) -> Result<Plan, Unplannable> {
    match experiment.algorithm {
        AlgorithmKind::Direct => direct::lower(experiment, limits),
        AlgorithmKind::Winograd => winograd::lower(experiment, limits),
    }
}
