//! How the filter transform brings in taps: each invocation its own filter's, or a workgroup's all together, through shared memory.

use crate::config::{Evaluation, Experiment};
use crate::plan::Limits;

/// The filters × channels whose taps a workgroup brings in together, an invocation for each, and how many taps it loads at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StagedTaps {
    filters: u32,
    channels: u32,
    vector: u32,
}

/// With whole vectors of neighbouring taps, which more channels have.
const MANY: StagedTaps = StagedTaps { filters: 32, channels: 4, vector: 4 };
const EVEN: StagedTaps = StagedTaps { filters: 32, channels: 2, vector: 2 };
const ODD: StagedTaps = StagedTaps { filters: 64, channels: 1, vector: 1 };

/// Filters times channels below which loading each filter's taps where they are used is quicker, or as quick.
const ENOUGH_STAGED: u64 = 64 * 64;

/// Filters times channels from which the larger workgroups are quicker: eight for each multiprocessor of a large GPU.
const ENOUGH_MANY: u64 = 32 * 4 * 1024;

impl StagedTaps {
    /// The workgroup for `experiment`, or none where taps are not shared.
    pub fn choose(experiment: &Experiment, limits: &Limits) -> Option<Self> {
        let problem = experiment.problem;
        let filters = u64::from(problem.in_channels) * u64::from(problem.out_channels);
        if experiment.evaluation == Evaluation::Kron || filters < ENOUGH_STAGED {
            return None;
        }
        let suits = |kind: &Self| {
            problem.in_channels.is_multiple_of(kind.channels)
                && limits.have_room(kind.invocations(), kind.shared_bytes())
        };
        let many = (filters >= ENOUGH_MANY).then_some(MANY);
        many.into_iter().chain([EVEN, ODD]).find(suits)
    }

    /// One for each filter and channel.
    pub fn invocations(self) -> u32 {
        self.filters * self.channels
    }

    /// Nine taps per channel and filter, in rows of an odd number of floats.
    pub fn shared_bytes(self) -> u32 {
        4 * self.filters * (9 * self.channels | 1)
    }

    /// Workgroups for so many filters and channels.
    pub fn blocks(self, filters: u64, channels: u64) -> [u64; 3] {
        [filters.div_ceil(self.filters.into()), channels.div_ceil(self.channels.into()), 1]
    }

    /// What the kernel is told.
    pub fn macros(self) -> [(&'static str, String); 4] {
        [
            ("W_STAGED", String::new()),
            ("BLOCK_K", format!("{}u", self.filters)),
            ("BLOCK_C", format!("{}u", self.channels)),
            ("VECTOR", self.vector.to_string()),
        ]
    }
}
