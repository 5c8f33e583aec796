//! What a measurement yields.

use std::time::Duration;

use super::host_costs::HostCosts;
use super::warnings::Warning;
use super::{Conditions, Summary};

/// How a region was timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One phase in its own command buffer, nothing else running.
    Isolated,
    /// All timed phases in one command buffer.
    Pipelined,
    /// The host's wait for the last phase and the read-back of its product, each phase having been submitted without
    /// waiting.
    HostLazy,
}

/// Why sampling ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Every region's interval is as narrow as asked for.
    TargetReached,
    /// The time was up.
    TimeUp,
    /// The total is certainly worse than the multiple of the best at which experiments are given up.
    GaveUp,
}

/// Whether the results may be believed.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Every buffer agrees with its twin.
    Right(Stopped),
    /// A buffer does not: the sentence says which and by how much. There are no times.
    Wrong(String),
}

/// One timed region: a phase, or all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionResult {
    /// The phase's name, or `total`.
    pub phase: String,
    /// How it was timed.
    pub mode: Mode,
    /// Whether it was to be sampled; it has no times otherwise.
    pub is_sampled: bool,
    /// Repetitions within each sample.
    pub repeats: u32,
    /// Nanoseconds per repetition, in the order taken.
    pub samples: Vec<f64>,
    /// Samples that the clock could not tell, which are not among `samples`.
    pub discarded: u64,
    /// What may be wrong with them.
    pub warnings: Vec<Warning>,
    /// Their summary, in nanoseconds.
    pub summary: Option<Summary>,
    /// Nanoseconds per repetition of the same recording with nothing in it.
    pub noise_floor: Option<f64>,
    /// Floating-point operations counted.
    pub flops: u64,
    /// Bytes counted.
    pub bytes: u64,
    /// What shaderc took, or `None` where the SPIR-V came from the cache.
    pub compile_time: Option<Duration>,
    /// What creating the pipelines takes past every cache; by the host's clock, the median over the samples of what
    /// creating those after the first phase's took, which hides what the device runs meanwhile. `None` without samples.
    pub pipeline_time: Option<Duration>,
    /// What creating them again takes, through the cache that has them.
    pub pipeline_cached_time: Option<Duration>,
    /// What the way to the device and back takes; of the total by the device's clock alone.
    pub host_costs: Option<HostCosts>,
    /// ‖b − b₆₄‖ / ‖b₆₄‖ of the buffer that the region produced, the largest of all verified runs.
    pub rel_error: Option<f64>,
    /// The largest |b − b₆₄| of an element of that buffer, likewise.
    pub max_abs_error: Option<f64>,
    /// Names the SPIR-V that ran.
    pub spirv_hash: String,
}

/// One experiment's results.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Isolated phases in order, then the pipelined total; by the host's clock, its total alone.
    pub regions: Vec<RegionResult>,
    /// Whether they may be believed.
    pub verdict: Verdict,
    /// How the device was meanwhile.
    pub conditions: Conditions,
}
