//! The data of a plan: buffers, dispatches grouped into phases.

use glam::UVec3;

use super::hazard::Access;

/// A buffer's place in [`Plan::buffers`].
pub type BufferId = usize;

/// What a buffer is to the computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Filled before the plan runs, never written by it.
    Input,
    /// Written by one dispatch, read by a later one.
    Intermediate,
    /// What the plan is run for.
    Output,
}

/// One device buffer of 32-bit floats.
#[derive(Clone, Debug, PartialEq)]
pub struct BufferSpec {
    /// Its name, unique in the plan.
    pub name: String,
    /// Its axes as a person reads them, outermost first, such as `[36][16][64]`.
    pub shape: String,
    /// How many floats it holds, padding included.
    pub elements: u64,
    /// What it is to the computation.
    pub role: Role,
    /// How far its contents may be from the f64 twin's.
    pub tolerance: Tolerance,
}

/// How far a buffer of 32-bit floats may be from its f64 twin: the error's norm may reach
/// `relative`·‖twin‖ + `absolute`·√n over n elements, and no element may stand out from that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Share of the twin's norm.
    pub relative: f64,
    /// Error per element that is allowed where the twin happens to cancel to almost nothing.
    pub absolute: f64,
}

impl BufferSpec {
    /// Bytes of device memory.
    pub fn bytes(&self) -> u64 {
        self.elements * size_of::<f32>() as u64
    }
}

/// What to compile for a dispatch. Equal kernels share a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// The entry file below the kernels' folder.
    pub source: String,
    /// Macros that choose structure, in the order they are defined.
    pub macros: Vec<(String, String)>,
    /// Files that exist for this kernel alone: name as included, text.
    pub generated: Vec<(String, String)>,
    /// Specialization constants by id: `constants[i]` is constant i.
    pub constants: Vec<u32>,
    /// Whether the device should check accesses against the ends of buffers. No kernel accesses anything past an end: some are just
    /// quicker with the checks, for what the drivers' compilers make of them.
    pub bounds_checks: bool,
}

/// One buffer a dispatch touches. Its position in [`Dispatch::uses`] is its binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Which buffer.
    pub buffer: BufferId,
    /// What the dispatch does to it.
    pub access: Access,
}

/// One compute dispatch.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispatch {
    /// What it is called in labels and in `explain`.
    pub name: String,
    /// What it runs.
    pub kernel: Kernel,
    /// What it reads and writes, in binding order.
    pub uses: Vec<Use>,
    /// Push constants.
    pub push: Vec<u32>,
    /// How many workgroups.
    pub workgroups: UVec3,
    /// Invocations per workgroup.
    pub workgroup: UVec3,
    /// Shared memory per workgroup, bytes.
    pub shared_bytes: u32,
    /// Floating-point operations that its formula asks for.
    pub flops: u64,
    /// Device memory it must move: each byte it touches once.
    pub bytes: u64,
    /// 32-bit registers per invocation that its arrays need to stay out of memory.
    pub registers: u32,
}

impl Dispatch {
    /// The buffer that it writes.
    pub fn product(&self) -> Option<BufferId> {
        self.uses.iter().find(|used| used.access == Access::Write).map(|used| used.buffer)
    }
}

/// Dispatches that are timed as one: a phase is a command buffer of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Its name in results.
    pub name: String,
    /// Whether it is run once before the timed region instead of in it.
    pub untimed: bool,
    /// What it runs, in order.
    pub dispatches: Vec<Dispatch>,
}

/// How dispatches that follow one another are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordering {
    /// A buffer barrier for each hazard, none where there is none.
    PerHazard,
    /// A global memory barrier between every two dispatches.
    Global,
}

/// How often the elements of an intermediate are evaluated, on average: 1 where it is materialised, but of a GHAT after one pass as
/// often as the multiply makes the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluations {
    /// The intermediate's name, whether or not it is a buffer.
    pub name: String,
    /// Evaluations per element.
    pub times: f64,
}

/// A computation, ready to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// One line that says what is computed.
    pub title: String,
    /// Every buffer; [`BufferId`] indexes it.
    pub buffers: Vec<BufferSpec>,
    /// What runs, in order.
    pub phases: Vec<Phase>,
    /// How dispatches are ordered.
    pub ordering: Ordering,
    /// What a reader of the plan should know besides.
    pub notes: Vec<String>,
    /// What the lowering settled besides the factors: the results' column, and its value.
    pub parameters: Vec<(String, String)>,
    /// How often the elements of each intermediate are evaluated.
    pub evaluations: Vec<Evaluations>,
}

impl Plan {
    /// Every dispatch in order, with its phase's index.
    pub fn dispatches(&self) -> impl Iterator<Item = (usize, &Dispatch)> {
        self.phases
            .iter()
            .enumerate()
            .flat_map(|(index, phase)| phase.dispatches.iter().map(move |dispatch| (index, dispatch)))
    }

    /// Whether `other` runs the same kernels on the same buffers, whatever it was lowered from: a size that is set may be none of
    /// a kernel's.
    pub fn runs_as(&self, other: &Self) -> bool {
        (&self.buffers, &self.phases, self.ordering) == (&other.buffers, &other.phases, other.ordering)
    }

    /// Device memory of all buffers, bytes.
    pub fn bytes(&self) -> u64 {
        self.buffers.iter().map(BufferSpec::bytes).sum()
    }

    /// The timed dispatches, by their index over the whole plan.
    pub fn timed(&self) -> Vec<usize> {
        self.dispatches()
            .enumerate()
            .filter(|&(_, (phase, _))| !self.phases[phase].untimed)
            .map(|(index, _)| index)
            .collect()
    }
}
