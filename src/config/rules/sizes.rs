//! Sizes out of range: an output without pixels, a buffer beyond a shader's index.

use super::Finding;
use crate::config::diagnostics::ErrorKind;
use crate::config::experiment::Experiment;
use crate::config::factors::{AlgorithmKind, Consume, Placement, StopAfter};
use crate::winograd::{FILTER, Problem};

/// Elements that a buffer must stay below: shaders index with 32 bits, and signed where they subtract.
const MAX_ELEMENTS: u128 = 1 << 31;

/// The output must have pixels, and every buffer must be within reach of a shader's index.
pub(super) fn check(experiment: &Experiment) -> Vec<Finding> {
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
        let xhat = vec![positions, input, batch, tile_rows, tile_columns];
        let mhat = vec![positions, output, batch, tile_rows, tile_columns];
        let splits = (experiment.blocks.multiply.splits.unwrap_or(1), "multiply.splits");
        let stored = |placement, phase| placement == Placement::Global && experiment.stop_after >= phase;
        // What a partial consumer writes is no larger than x or y.
        if experiment.consume == Consume::Full {
            let from_mhat = experiment.stop_after == StopAfter::Mhat;
            buffers.push(("the consumer's tensor", if from_mhat { mhat.clone() } else { xhat.clone() }));
        }
        if stored(experiment.xhat.placement, StopAfter::Xhat) {
            buffers.push(("XHAT", xhat));
        }
        if stored(experiment.ghat.placement, StopAfter::Ghat) {
            buffers.push(("GHAT", vec![positions, input, output]));
        }
        if stored(experiment.mhat.placement, StopAfter::Mhat) {
            buffers.push(("MHAT", [mhat, vec![splits]].concat()));
        }
    }
    buffers
}
