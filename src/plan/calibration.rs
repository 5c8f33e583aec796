//! Lowers work of a known amount to a plan: what the instrument itself is tried on.

use glam::UVec3;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{
    Access, BufferId, BufferSpec, Dispatch, Expected, Kernel, Ordering, Phase, Plan, Role, Tolerance, Twin,
    Use,
};

/// Fused multiply-adds of one round, which is unrolled: a loop's own instructions are a small part of it.
pub const FMAS_PER_ROUND: u32 = 16;

/// The most rounds of all phases together, so that every count stays below 2²⁴, up to where f32 is exact.
pub const MAX_ROUNDS: u32 = ((1 << 24) - START_BELOW) / FMAS_PER_ROUND;

/// Counts begin at whole numbers below this.
const START_BELOW: u32 = 1 << 16;

/// Invocations per workgroup.
const WORKGROUP: u32 = 64;

/// Words that a workgroup writes of the device's clock: begin and end, low and high.
const TIME_WORDS: u64 = 4;

/// What one phase does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// So many rounds of fused multiply-adds in every invocation, each waiting for the last.
    Rounds(u32),
    /// So many dispatches of a kernel that does nothing, one after the other; none is an empty region.
    Dispatches(u32),
}

/// Phases of a known amount of work, each of which goes on from the counts of the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// Invocations that count.
    pub elements: u32,
    /// What runs, by name.
    pub phases: Vec<(String, Work)>,
    /// Whether every workgroup also writes down when it began and ended, by the device's clock in the kernel.
    pub has_times: bool,
}

impl Calibration {
    /// One phase of so many rounds, called `work`.
    pub fn of(elements: u32, rounds: u32) -> Self {
        Self { elements, phases: vec![("work".into(), Work::Rounds(rounds))], has_times: false }
    }

    /// The plan.
    pub fn plan(&self) -> Plan {
        let mut plan = Plan {
            title: "work of a known amount".into(),
            buffers: Vec::new(),
            phases: Vec::new(),
            // Dispatches that touch no buffer have no hazards to order them.
            ordering: Ordering::Global,
            notes: Vec::new(),
            parameters: Vec::new(),
            evaluations: Vec::new(),
        };
        if self.rounds().next().is_some() {
            plan.buffers.push(self.counts(0));
        }
        for (name, work) in &self.phases {
            let dispatches = match *work {
                Work::Rounds(rounds) => vec![self.counting(rounds, &mut plan.buffers)],
                Work::Dispatches(count) => vec![idle(); count as usize],
            };
            plan.phases.push(Phase { name: name.clone(), untimed: false, dispatches });
        }
        plan
    }

    /// The twin of the plan, whose counts start at random.
    pub fn twin(&self, seed: u64) -> CalibrationTwin {
        let mut rng = StdRng::seed_from_u64(seed);
        let starts = (0..self.elements).map(|_| rng.random_range(0..START_BELOW) as f32).collect();
        let mut counted = 0;
        let mut contents = vec![Contents::Counts(0)];
        for rounds in self.rounds() {
            counted += u64::from(rounds) * u64::from(FMAS_PER_ROUND);
            contents.push(Contents::Counts(counted));
            if self.has_times {
                contents.push(Contents::Times);
            }
        }
        CalibrationTwin { starts, contents }
    }

    fn rounds(&self) -> impl Iterator<Item = u32> {
        self.phases.iter().filter_map(|&(_, work)| match work {
            Work::Rounds(rounds) => Some(rounds),
            Work::Dispatches(_) => None,
        })
    }

    fn workgroups(&self) -> u32 {
        self.elements.div_ceil(WORKGROUP)
    }

    /// The counts after so many phases.
    fn counts(&self, phases: usize) -> BufferSpec {
        let role = match phases {
            0 => Role::Input,
            _ if phases == self.rounds().count() => Role::Output,
            _ => Role::Intermediate,
        };
        BufferSpec {
            name: format!("counts_{phases}"),
            shape: format!("[{}]", self.elements),
            elements: self.elements.into(),
            role,
            // Whole numbers are exact.
            tolerance: Tolerance { relative: 0.0, absolute: 0.0 },
        }
    }

    /// A dispatch that counts on from the last counts, and its buffers.
    fn counting(&self, rounds: u32, buffers: &mut Vec<BufferSpec>) -> Dispatch {
        let from = buffers.iter().rposition(|buffer| buffer.name.starts_with("counts")).unwrap_or(0);
        let phases = buffers.iter().filter(|buffer| buffer.name.starts_with("counts")).count();
        let to = buffers.len();
        buffers.push(self.counts(phases));
        let mut uses =
            vec![Use { buffer: from, access: Access::Read }, Use { buffer: to, access: Access::Write }];
        let mut bindings = vec!["FROM", "TO"];
        if self.has_times {
            uses.push(Use { buffer: buffers.len(), access: Access::Write });
            bindings.push("TIMES");
            let workgroups = self.workgroups();
            buffers.push(BufferSpec {
                name: format!("times_{phases}"),
                shape: format!("[{workgroups}][{TIME_WORDS}]"),
                elements: TIME_WORDS * u64::from(workgroups),
                role: Role::Output,
                tolerance: Tolerance { relative: 0.0, absolute: 0.0 },
            });
        }
        let bindings =
            (0..).zip(bindings).map(|(index, name)| (format!("BINDING_{name}"), index.to_string()));
        let fmas = ("FMAS".to_owned(), FMAS_PER_ROUND.to_string());
        let one = 1f32.to_bits();
        Dispatch {
            name: "calibration".into(),
            kernel: Kernel {
                source: "calibration/work.comp".into(),
                macros: bindings.chain([fmas]).collect(),
                generated: Vec::new(),
                constants: vec![WORKGROUP],
                bounds_checks: false,
            },
            uses,
            push: vec![self.elements, rounds, one, one],
            workgroups: UVec3::new(self.workgroups(), 1, 1),
            workgroup: UVec3::new(WORKGROUP, 1, 1),
            shared_bytes: 0,
            flops: 2 * u64::from(self.elements) * u64::from(rounds) * u64::from(FMAS_PER_ROUND),
            bytes: 2 * 4 * u64::from(self.elements),
            registers: 1,
        }
    }
}

/// A dispatch of one invocation that does nothing.
fn idle() -> Dispatch {
    Dispatch {
        name: "calibration_empty".into(),
        kernel: Kernel {
            source: "calibration/empty.comp".into(),
            macros: Vec::new(),
            generated: Vec::new(),
            constants: Vec::new(),
            bounds_checks: false,
        },
        uses: Vec::new(),
        push: Vec::new(),
        workgroups: UVec3::ONE,
        workgroup: UVec3::ONE,
        shared_bytes: 0,
        flops: 0,
        bytes: 0,
        registers: 0,
    }
}

/// When the first workgroup began and the last one ended, in ticks of the device's clock: the contents of a buffer of
/// times; `None` where it holds none.
pub fn span(times: &[f32]) -> Option<(u64, u64)> {
    let tick = |words: &[f32]| u64::from(words[0].to_bits()) | u64::from(words[1].to_bits()) << 32;
    let workgroups = || times.as_chunks::<{ TIME_WORDS as usize }>().0.iter();
    let begun = workgroups().map(|words| tick(&words[..2])).min()?;
    let ended = workgroups().map(|words| tick(&words[2..])).max()?;
    Some((begun, ended))
}

/// What a buffer holds.
enum Contents {
    /// The starts, and so many steps more.
    Counts(u64),
    /// Times, which nobody knows before.
    Times,
}

/// The twin of a [`Calibration`]'s plan.
pub struct CalibrationTwin {
    starts: Vec<f32>,
    /// By buffer.
    contents: Vec<Contents>,
}

impl Twin for CalibrationTwin {
    fn input(&self, buffer: BufferId) -> Option<&[f32]> {
        (buffer == 0).then_some(&self.starts)
    }

    fn expected(&self, buffer: BufferId) -> Option<Expected<'_>> {
        match self.contents[buffer] {
            _ if buffer == 0 => None,
            Contents::Counts(steps) => {
                let counted = move |index| (index, f64::from(self.starts[index]) + steps as f64);
                Some(Expected::new(self.starts.len(), counted))
            }
            Contents::Times => Some(Expected::nothing()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::hazards;

    fn chained(has_times: bool) -> Calibration {
        let phases =
            [("first", Work::Rounds(3)), ("nothing", Work::Dispatches(2)), ("last", Work::Rounds(5))];
        let phases = phases.map(|(name, work)| (name.to_owned(), work)).into();
        Calibration { elements: 65, phases, has_times }
    }

    #[test]
    fn each_phase_counts_on_from_the_last() {
        for has_times in [false, true] {
            let calibration = chained(has_times);
            let (plan, twin) = (calibration.plan(), calibration.twin(1));
            let counts: Vec<&BufferSpec> =
                plan.buffers.iter().filter(|buffer| buffer.name.starts_with("counts")).collect();
            assert_eq!(
                counts.iter().map(|buffer| buffer.role).collect::<Vec<_>>(),
                [Role::Input, Role::Intermediate, Role::Output]
            );
            let read_after_write = hazards(&plan).into_iter().flatten().count();
            assert_eq!(read_after_write, 1, "the last phase reads what the first wrote");
            let last = plan.buffers.iter().position(|buffer| buffer.name == "counts_2").unwrap();
            let (_, value) = twin.expected(last).unwrap().all().last().unwrap();
            assert_eq!(value, f64::from(twin.starts[64]) + 8.0 * f64::from(FMAS_PER_ROUND));
        }
    }

    #[test]
    fn the_largest_count_is_exact() {
        let largest = u64::from(MAX_ROUNDS) * u64::from(FMAS_PER_ROUND) + u64::from(START_BELOW - 1);
        assert_eq!(largest as f32 as u64, largest);
        assert_eq!((largest - 1) as f32 as u64, largest - 1);
    }

    #[test]
    fn a_span_is_from_the_first_begin_to_the_last_end() {
        let words = [7, 1, 9, 1, 5, 1, 8, 1].map(f32::from_bits);
        assert_eq!(span(&words), Some(((1 << 32) + 5, (1 << 32) + 9)));
        assert_eq!(span(&[]), None);
    }
}
