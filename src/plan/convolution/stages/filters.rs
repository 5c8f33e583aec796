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

/// Filters times channels below which loading each filter's taps where they are used is as quick. The quickest of what was measured at
/// 16 problems on an NVIDIA H200 is within 5 % of these choices but where the whole transform is stored at 512→512
/// (docs/notebook.md, "Taps before they are stored").
const ENOUGH_STAGED: u64 = 64 * 64;

/// Filters times channels from which the larger workgroups are quicker: they were at 512→512, and were not at 256→256.
const ENOUGH_MANY: u64 = 32 * 4 * 1024;

impl StagedTaps {
    /// The workgroup for `experiment`, or none where taps are not shared.
    pub fn choose(experiment: &Experiment, limits: &Limits) -> Option<Self> {
        let problem = experiment.problem;
        let pairs = u64::from(problem.in_channels) * u64::from(problem.out_channels);
        if experiment.evaluation == Evaluation::Kron || pairs < ENOUGH_STAGED {
            return None;
        }
        let suits = |kind: &Self| {
            problem.in_channels.is_multiple_of(kind.channels)
                && limits.have_room(kind.invocations(), kind.shared_bytes())
        };
        let many = (pairs >= ENOUGH_MANY).then_some(MANY);
        many.into_iter().chain([EVEN, ODD]).find(suits)
    }

    /// One for each filter and channel.
    pub fn invocations(self) -> u32 {
        self.filters * self.channels
    }

    /// Whether the kernel is compiled with checks against the ends of buffers: without, the largest workgroups are 2 to 4 % slower on
    /// an NVIDIA H200, and the others up to 5 % quicker (docs/notebook.md, "Fewer instructions for each access").
    pub fn bounds_checks(self) -> bool {
        self == MANY
    }

    /// Nine taps per channel and filter, in rows of an odd number of floats.
    pub fn shared_bytes(self) -> u32 {
        4 * self.filters * ((9 * self.channels) | 1)
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

#[cfg(test)]
mod tests {
    use super::super::tests::only;
    use super::*;

    fn chosen([channels, filters]: [u32; 2], set: &[&str], limits: &Limits) -> Option<StagedTaps> {
        StagedTaps::choose(&only([1, channels, filters, 8, 8], set), limits)
    }

    #[test]
    fn vectors_of_taps_are_loaded_where_channels_allow() {
        let of = |problem| chosen(problem, &[], &Limits::default());
        assert_eq!(of([63, 65]), None, "few filters");
        assert_eq!([of([65, 64]), of([64, 64])], [Some(ODD), Some(EVEN)]);
        assert_eq!([of([510, 258]), of([512, 255]), of([512, 256])], [Some(EVEN), Some(EVEN), Some(MANY)]);
        assert_eq!(chosen([64, 64], &["transforms.evaluation=kron"], &Limits::default()), None);
    }

    #[test]
    fn the_device_must_have_room() {
        let of = |max_invocations, max_shared_bytes| {
            chosen([512, 256], &[], &Limits { max_invocations, max_shared_bytes })
        };
        assert_eq!([of(128, 4736), of(128, 4735), of(64, 4736)], [Some(MANY), Some(EVEN), Some(EVEN)]);
        assert_eq!([of(64, 2432), of(64, 2431), of(32, 32 << 10)], [Some(EVEN), Some(ODD), None]);
    }

    /// What the kernel divides by the vector, and rows of shared memory in which the same taps of two filters are in different banks.
    #[test]
    fn every_filter_and_channel_has_an_invocation() {
        assert_eq!(MANY.blocks(257, 512), [9, 128, 1]);
        assert_eq!([MANY, EVEN, ODD].map(StagedTaps::invocations), [128, 64, 64]);
        assert_eq!(
            [MANY, EVEN, ODD].map(|staged| staged.vector),
            [4, 2, 1],
            "as many as divide the channels"
        );
        assert_eq!([MANY, EVEN, ODD].map(StagedTaps::bounds_checks), [true, false, false]);
        for staged in [MANY, EVEN, ODD] {
            assert_eq!(9 * staged.channels % staged.vector, 0, "no vector has taps of two blocks");
            assert_eq!(staged.shared_bytes() / 4 / staged.filters % 2, 1);
        }
    }
}
