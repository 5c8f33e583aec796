//! Lowers a convolution experiment to a plan: Winograd in its phases, or the direct baseline.

mod blocking;
mod cost;
mod direct;
mod dispatch;
mod tensor;
mod transforms;
mod twin;
mod winograd;

use super::Plan;
use crate::config::{AlgorithmKind, Experiment};

pub use twin::{ConvolutionTwin, Reference, References};

/// Why an experiment has no plan in this version: a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unplannable(String);

/// The plan of an experiment.
///
/// # Errors
/// If the problem has no output, or a placement has no kernel. The configuration refuses both before.
pub fn lower(experiment: &Experiment) -> Result<Plan, Unplannable> {
    match experiment.algorithm {
        AlgorithmKind::Direct => direct::lower(experiment),
        AlgorithmKind::Winograd => winograd::lower(experiment),
    }
}
