//! What an experiment may not be: combinations without a meaning, and sizes out of range.

mod blocks;
mod direct;
mod mapping;
mod measure;
mod placements;
mod sizes;

use super::diagnostics::{Diagnostic, ErrorKind, Place};
use super::experiment::Experiment;
use super::factors::AlgorithmKind;
use super::settings::MeasureTable;

/// One broken rule.
#[derive(Debug, PartialEq)]
pub(super) struct Finding {
    kind: ErrorKind,
    /// The keys that are involved, the one to change first.
    keys: Vec<&'static str>,
    message: String,
    nearest: Option<String>,
}

impl Finding {
    fn contradiction(keys: &[&'static str], message: impl Into<String>, nearest: &str) -> Self {
        Self {
            kind: ErrorKind::Contradiction,
            keys: keys.to_vec(),
            message: message.into(),
            nearest: Some(nearest.to_owned()),
        }
    }

    /// The problem at the place of its keys.
    pub(super) fn into_diagnostic(self, place: impl FnOnce(&[&str]) -> Place) -> Diagnostic {
        Diagnostic { nearest: self.nearest, ..Diagnostic::new(self.kind, place(&self.keys), self.message) }
    }
}

/// Every rule that `experiment` breaks.
pub(super) fn check(experiment: &Experiment) -> Vec<Finding> {
    let mut findings = sizes::check(experiment);
    findings.extend(measure::check(experiment));
    match experiment.algorithm {
        AlgorithmKind::Direct => findings.extend(direct::check(&experiment.blocks)),
        AlgorithmKind::Winograd => {
            findings.extend(mapping::check(experiment));
            findings.extend(placements::check(experiment));
        }
    }
    findings
}

/// Every key of `[measure]` that contradicts another, or that none of `experiments` has a use for.
pub(super) fn check_measure(measure: &MeasureTable, experiments: &[Experiment]) -> Vec<Finding> {
    measure::check_table(measure, experiments)
}
