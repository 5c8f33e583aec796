//! What an experiment may not be: combinations without a meaning or without kernels, and sizes out of range.

use super::diagnostics::{Diagnostic, ErrorKind, Place};
use super::experiment::Experiment;
use super::factors::{AlgorithmKind, Consume, FilterReuse, Mapping, Placement, StopAfter};
use crate::winograd::{FILTER, Problem};

/// Elements that a buffer must stay below: shaders index with 32 bits, and signed where they subtract.
const MAX_ELEMENTS: u128 = 1 << 31;

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
    let mut findings = sizes(experiment);
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

/// The output must have pixels, and every buffer must be within reach of a shader's index.
fn sizes(experiment: &Experiment) -> Vec<Finding> {
    let problem = &experiment.problem;
    if let (Some(out_height), Some(out_width)) = (problem.out_height(), problem.out_width()) {
        too_large(experiment, out_height, out_width).into_iter().collect()
    } else {
        vec![too_small(problem)]
    }
}

fn too_small(problem: &Problem) -> Finding {
    let (key, extent, what) = if problem.out_height().is_none() {
        ("problem.height", problem.height, "rows")
    } else {
        ("problem.width", problem.width, "columns")
    };
    let message = format!(
        "the output would be empty: {extent} {what} with padding {} are fewer than the filter's {FILTER}",
        problem.padding
    );
    // One row of padding on either side is enough for any height, since sizes are at least 1.
    let nearest = Some("problem.padding = 1".to_owned());
    Finding { kind: ErrorKind::Size, keys: vec![key, "problem.padding"], message, nearest }
}

/// A buffer's name and extents, each with the key that it comes from.
type Extents = (&'static str, Vec<(u32, &'static str)>);

fn too_large(experiment: &Experiment, out_height: u32, out_width: u32) -> Option<Finding> {
    let mut large: Vec<(&str, u128)> = Vec::new();
    let mut keys: Vec<(u32, &'static str)> = Vec::new();
    for (buffer, extents) in buffers(experiment, out_height, out_width) {
        let elements =
            extents.iter().fold(1, |product: u128, &(extent, _)| product.saturating_mul(extent.into()));
        if elements >= MAX_ELEMENTS {
            large.push((buffer, elements));
            keys.extend(extents.iter().filter(|(_, key)| key.starts_with("problem.")));
        }
    }
    keys.sort_by_key(|&(extent, _)| std::cmp::Reverse(extent));
    let named: Vec<String> =
        large.iter().map(|(buffer, elements)| format!("{buffer} would have {elements} elements")).collect();
    (!named.is_empty()).then(|| Finding {
        kind: ErrorKind::Size,
        keys: keys.into_iter().map(|(_, key)| key).collect(),
        message: format!(
            "too large: {}; shaders index with 32 bits, so each buffer must have fewer than {MAX_ELEMENTS}",
            named.join(", ")
        ),
        nearest: None,
    })
}

/// Every buffer that the experiment has in memory.
fn buffers(experiment: &Experiment, out_height: u32, out_width: u32) -> Vec<Extents> {
    let problem = &experiment.problem;
    let batch = (problem.batch, "problem.batch");
    let input = (problem.in_channels, "problem.in_channels");
    let output = (problem.out_channels, "problem.out_channels");
    let rows = |extent| (extent, "problem.height");
    let columns = |extent| (extent, "problem.width");
    let mut buffers: Vec<Extents> = vec![
        ("x", vec![batch, input, rows(problem.height), columns(problem.width)]),
        ("w", vec![output, input, (FILTER * FILTER, "")]),
        ("y", vec![batch, output, rows(out_height), columns(out_width)]),
    ];
    if experiment.algorithm == AlgorithmKind::Winograd {
        let m = experiment.tile.m();
        let positions = (experiment.tile.alpha().pow(2), "algorithm.tile");
        let (tile_rows, tile_columns) = (rows(out_height.div_ceil(m)), columns(out_width.div_ceil(m)));
        let stored = |placement, phase| placement != Placement::Inline && experiment.stop_after >= phase;
        if stored(experiment.xhat.placement, StopAfter::Xhat) {
            buffers.push(("XHAT", vec![positions, input, batch, tile_rows, tile_columns]));
        }
        if stored(experiment.ghat.placement, StopAfter::Ghat) {
            buffers.push(("GHAT", vec![positions, input, output]));
        }
        if stored(experiment.mhat.placement, StopAfter::Mhat) {
            buffers.push(("MHAT", vec![positions, output, batch, tile_rows, tile_columns]));
        }
    }
    buffers
}
