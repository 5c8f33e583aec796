//! The cost of a dispatch that does nothing, with and without a barrier between two.

use glam::UVec3;

use super::twin::Contents;
use super::{Probe, Quantity, dispatch, plan};
use crate::plan::{Ordering, Phase, Plan};

/// Dispatches in one recording.
const DISPATCHES: u32 = 64;

/// Empty dispatches: none waits for another, or with [`Ordering::Global`] each waits for the one before.
pub fn probe(ordering: Ordering) -> Probe {
    let (name, title) = match ordering {
        Ordering::PerHazard => ("dispatch", "an empty dispatch"),
        Ordering::Global => ("ordered_dispatch", "an empty dispatch and a barrier"),
    };
    let mut empty = dispatch("empty", &[], &[], 1);
    empty.kernel.constants = vec![1];
    empty.workgroup = UVec3::ONE;
    let dispatches = vec![empty; DISPATCHES as usize];
    let phases = vec![Phase { name: name.into(), untimed: false, dispatches }];
    Probe {
        name: format!("cost of {title}"),
        needs_float16: false,
        plan: Plan { ordering, ..plan(format!("{DISPATCHES} empty dispatches"), Vec::new(), phases) },
        twin: Box::new(Contents(Vec::new())),
        quantities: vec![Quantity { ceiling: name, bytes: None, work: DISPATCHES.into() }],
    }
}
