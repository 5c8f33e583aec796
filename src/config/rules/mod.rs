//! What an experiment may not be: combinations without a meaning or without kernels, and sizes out of range.

mod blocks;
mod sizes;

use super::diagnostics::{Diagnostic, ErrorKind, Place};
use super::experiment::Experiment;
use super::factors::{AlgorithmKind, Consume, FilterReuse, Mapping, Placement, StopAfter};

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
    findings.extend(blocks::check(&experiment.blocks));
    if experiment.algorithm == AlgorithmKind::Winograd {
        let unsupported = placements(experiment);
        // What has no kernel yet cannot be judged beside the other factors.
        if unsupported.is_empty() {
            findings.extend(operands(experiment));
            findings.extend(consumer(experiment));
            findings.extend(reuse(experiment));
        }
        findings.extend(unsupported);
    }
    findings
}

fn placements(experiment: &Experiment) -> Vec<Finding> {
    let operand: &[Placement] = &[Placement::Global, Placement::Inline];
    let product: &[Placement] = &[Placement::Global];
    [
        ("xhat", "buffers.xhat.placement", experiment.xhat.placement, operand),
        ("ghat", "buffers.ghat.placement", experiment.ghat.placement, operand),
        ("mhat", "buffers.mhat.placement", experiment.mhat.placement, product),
    ]
    .into_iter()
    .filter(|(_, _, placement, supported)| !supported.contains(placement))
    .map(|(buffer, key, placement, _)| {
        let message = format!("placement `{placement}` of {buffer} has no kernel yet");
        Finding::contradiction(&[key], message, &format!("{key} = \"{}\"", Placement::Global))
    })
    .collect()
}

/// A blocked multiply reads its operands from memory.
fn operands(experiment: &Experiment) -> Option<Finding> {
    if experiment.mapping != Mapping::Blocked || experiment.stop_after < StopAfter::Mhat {
        return None;
    }
    let inline = [("xhat", experiment.xhat), ("ghat", experiment.ghat)];
    let inline: Vec<&str> = inline
        .into_iter()
        .filter(|(_, factors)| factors.placement == Placement::Inline)
        .map(|(buffer, _)| buffer)
        .collect();
    let keys = ["multiply.mapping", "buffers.xhat.placement", "buffers.ghat.placement"];
    (!inline.is_empty()).then(|| {
        let message = format!(
            "the `{}` multiply stages its operands in shared memory, so they must be materialised, but \
             placement `inline` of {} evaluates each use again",
            Mapping::Blocked,
            inline.join(" and ")
        );
        Finding::contradiction(&keys, message, &format!("multiply.mapping = \"{}\"", Mapping::Element))
    })
}

/// An inline XHAT exists only where something uses it.
fn consumer(experiment: &Experiment) -> Option<Finding> {
    let unused = experiment.stop_after < StopAfter::Mhat
        && experiment.xhat.placement == Placement::Inline
        && experiment.consume == Consume::None;
    unused.then(|| {
        let message = format!(
            "nothing would run of the input transform: placement `inline` evaluates xhat where it is used, \
             and stop_after `{}` with consume `none` uses it nowhere",
            experiment.stop_after
        );
        let keys = ["schedule.consume", "schedule.stop_after", "buffers.xhat.placement"];
        Finding::contradiction(&keys, message, "schedule.consume = \"full\"")
    })
}

/// Only a GHAT that is made and stored can be kept.
fn reuse(experiment: &Experiment) -> Option<Finding> {
    if experiment.filter_reuse != FilterReuse::Cached {
        return None;
    }
    let nearest = format!("filter.reuse = \"{}\"", FilterReuse::PerRun);
    if experiment.stop_after < StopAfter::Ghat {
        let message = "reuse `cached` keeps GHAT from run to run, but stop_after `xhat` never makes it";
        return Some(Finding::contradiction(&["filter.reuse", "schedule.stop_after"], message, &nearest));
    }
    (experiment.ghat.placement == Placement::Inline).then(|| {
        let message =
            "reuse `cached` keeps GHAT from run to run, but placement `inline` of ghat never stores it";
        Finding::contradiction(&["filter.reuse", "buffers.ghat.placement"], message, &nearest)
    })
}
