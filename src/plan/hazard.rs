//! Hazards between dispatches, derived from what each reads and writes. Barriers are never typed by hand.

use super::recording::{BufferId, Plan};

/// What a dispatch does to a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reads it.
    Read,
    /// Writes it.
    Write,
}

/// Why two dispatches must be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HazardKind {
    /// The later reads what the earlier wrote.
    ReadAfterWrite,
    /// The later overwrites what the earlier reads.
    WriteAfterRead,
    /// Both write.
    WriteAfterWrite,
}

impl std::fmt::Display for HazardKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ReadAfterWrite => "read after write",
            Self::WriteAfterRead => "write after read",
            Self::WriteAfterWrite => "write after write",
        })
    }
}

/// One buffer over which a dispatch must wait for an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// The buffer.
    pub buffer: BufferId,
    /// The earlier dispatch, counted over the whole plan.
    pub earlier: usize,
    /// Why.
    pub kind: HazardKind,
}

/// For each dispatch of the plan in order, the hazards that a barrier before it must cover.
///
/// A hazard that an earlier barrier on the same buffer already covers is not repeated: of two readers of one
/// write, only the first needs the barrier, since every dispatch runs in the same stage.
pub fn hazards(plan: &Plan) -> Vec<Vec<Hazard>> {
    #[derive(Clone, Default)]
    struct State {
        /// The last writer, and whether a barrier has made what it wrote visible.
        writer: Option<(usize, bool)>,
        /// Readers since the last write that no barrier has followed yet.
        readers: Vec<usize>,
    }
    let mut states = vec![State::default(); plan.buffers.len()];
    let mut all = Vec::new();
    for (index, (_, dispatch)) in plan.dispatches().enumerate() {
        let mut found = Vec::new();
        for used in &dispatch.uses {
            let state = &mut states[used.buffer];
            let hazard = |earlier, kind| Hazard { buffer: used.buffer, earlier, kind };
            match used.access {
                Access::Read => {
                    if let Some((writer, visible)) = &mut state.writer
                        && !std::mem::replace(visible, true)
                    {
                        found.push(hazard(*writer, HazardKind::ReadAfterWrite));
                    }
                    state.readers.push(index);
                }
                Access::Write => {
                    if let Some(&reader) = state.readers.iter().rfind(|&&reader| reader != index) {
                        found.push(hazard(reader, HazardKind::WriteAfterRead));
                    } else if let Some((writer, _)) = state.writer {
                        found.push(hazard(writer, HazardKind::WriteAfterWrite));
                    }
                    *state = State { writer: Some((index, false)), readers: Vec::new() };
                }
            }
        }
        all.push(found);
    }
    all
}

#[cfg(test)]
mod tests {
    use glam::UVec3;

    use super::*;
    use crate::plan::recording::{BufferSpec, Dispatch, Kernel, Ordering, Phase, Role, Tolerance, Use};

    /// A plan of one-dispatch phases; each dispatch is its (reads, writes).
    fn plan(buffers: usize, dispatches: &[(&[BufferId], &[BufferId])]) -> Plan {
        let kernel = Kernel {
            source: "k".into(),
            macros: vec![],
            generated: vec![],
            constants: vec![],
            bounds_checks: false,
        };
        let dispatch = |(reads, writes): &(&[BufferId], &[BufferId])| Dispatch {
            name: "d".into(),
            kernel: kernel.clone(),
            uses: reads
                .iter()
                .map(|&buffer| Use { buffer, access: Access::Read })
                .chain(writes.iter().map(|&buffer| Use { buffer, access: Access::Write }))
                .collect(),
            push: vec![],
            workgroups: UVec3::ONE,
            workgroup: UVec3::ONE,
            shared_bytes: 0,
            flops: 0,
            bytes: 0,
            registers: 0,
        };
        let buffer = |index: usize| BufferSpec {
            name: format!("b{index}"),
            shape: String::new(),
            elements: 1,
            role: Role::Intermediate,
            tolerance: Tolerance { relative: 0.0, absolute: 0.0 },
        };
        Plan {
            title: String::new(),
            buffers: (0..buffers).map(buffer).collect(),
            phases: dispatches
                .iter()
                .map(|d| Phase { name: "p".into(), untimed: false, dispatches: vec![dispatch(d)] })
                .collect(),
            ordering: Ordering::PerHazard,
            notes: vec![],
            parameters: vec![],
            evaluations: vec![],
        }
    }

    fn raw(buffer: BufferId, earlier: usize) -> Hazard {
        Hazard { buffer, earlier, kind: HazardKind::ReadAfterWrite }
    }

    #[test]
    fn a_chain_needs_one_barrier_per_link() {
        let found = hazards(&plan(3, &[(&[0], &[1]), (&[1], &[2])]));
        assert_eq!(found, [vec![], vec![raw(1, 0)]]);
    }

    #[test]
    fn independent_producers_need_none_and_their_consumer_needs_both() {
        let found = hazards(&plan(5, &[(&[0], &[1]), (&[2], &[3]), (&[1, 3], &[4])]));
        assert_eq!(found, [vec![], vec![], vec![raw(1, 0), raw(3, 1)]]);
    }

    #[test]
    fn a_second_reader_is_covered_by_the_first_ones_barrier() {
        let found = hazards(&plan(4, &[(&[0], &[1]), (&[1], &[2]), (&[1], &[3])]));
        assert_eq!(found[2], []);
    }

    #[test]
    fn updating_in_place_waits_for_the_writer_and_not_for_itself() {
        let found = hazards(&plan(2, &[(&[0], &[1]), (&[1], &[1])]));
        let waw = Hazard { buffer: 1, earlier: 0, kind: HazardKind::WriteAfterWrite };
        assert_eq!(found, [vec![], vec![raw(1, 0), waw]]);
        assert_eq!(hazards(&plan(1, &[(&[0], &[0])])), [vec![]]);
    }

    #[test]
    fn overwriting_waits_for_readers_and_for_writers() {
        let found = hazards(&plan(3, &[(&[0], &[1]), (&[1], &[2]), (&[0], &[1]), (&[0], &[1])]));
        assert_eq!(found[2], [Hazard { buffer: 1, earlier: 1, kind: HazardKind::WriteAfterRead }]);
        assert_eq!(found[3], [Hazard { buffer: 1, earlier: 2, kind: HazardKind::WriteAfterWrite }]);
    }
}
