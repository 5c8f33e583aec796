//! What sampling a job has yielded.

use std::time::Duration;

use super::super::host_costs::Creation;
use super::super::host_lazy::HostLazy;
use super::super::outcome::{Measurement, RegionResult, Stopped, Verdict};
use super::super::region::Extent;
use super::super::sampler::Subject;
use super::super::series::Series;
use super::super::statistics::Summary;
use super::super::{Conditions, Mode};
use super::{Prepared, Region};
use crate::config::Clock;
use crate::plan::Dispatch;

impl Prepared {
    /// The results, sampling having ended as `stopped` says.
    pub fn finish(mut self, stopped: Stopped) -> Measurement {
        if self.clock == Clock::HostLazy {
            return HostLazy::new(self).finish(stopped);
        }
        let verdict = self.verdict(stopped);
        let regions = std::mem::take(&mut self.regions);
        let result = |Region { extent, noise_floor, is_sampled, repeats, series, .. }| RegionResult {
            noise_floor,
            is_sampled,
            repeats,
            ..self.result(extent, series)
        };
        let regions = regions.into_iter().map(result).collect();
        Measurement { regions, verdict, conditions: Conditions::default() }
    }

    /// What the regions run, the pipelined total last; their recordings are let go.
    pub(in crate::measure) fn take_extents(&mut self) -> Vec<Extent> {
        std::mem::take(&mut self.regions).into_iter().map(|region| region.extent).collect()
    }

    /// Whether the results may be believed, sampling having ended as `stopped` says.
    pub(in crate::measure) fn verdict(&mut self, stopped: Stopped) -> Verdict {
        match self.wrong.take() {
            Some(wrong) => Verdict::Wrong(wrong),
            None => Verdict::Right(stopped),
        }
    }

    /// The result of what ran as `extent` says, once per sample, without a noise floor.
    pub(in crate::measure) fn result(&self, extent: Extent, series: Series) -> RegionResult {
        let indices: Vec<usize> = extent.dispatches.iter().map(|&(index, _)| index).collect();
        let dispatches: Vec<&Dispatch> = self.plan.dispatches().map(|(_, dispatch)| dispatch).collect();
        let chosen = || indices.iter().map(|&index| dispatches[index]);
        let creation = |time: fn(&Creation) -> Duration| {
            indices.iter().map(|&index| self.creations[index].get().map(time)).sum()
        };
        let errors = self.product(&extent).and_then(|buffer| self.errors[buffer]);
        RegionResult {
            is_sampled: true,
            repeats: 1,
            summary: Summary::of(&series.times),
            samples: series.times,
            discarded: series.discarded,
            warnings: Vec::new(),
            noise_floor: None,
            flops: chosen().map(|dispatch| dispatch.flops).sum(),
            bytes: chosen().map(|dispatch| dispatch.bytes).sum(),
            compile_time: self.kernels.compile_time(&indices),
            pipeline_time: creation(|creation| creation.cold),
            pipeline_cached_time: creation(|creation| creation.cached),
            host_costs: self.host_costs.filter(|_| extent.mode == Mode::Pipelined),
            rel_error: errors.map(|(relative, _)| relative),
            max_abs_error: errors.map(|(_, largest)| largest),
            spirv_hash: self.kernels.hash(&indices),
            phase: extent.phase,
            mode: extent.mode,
        }
    }
}
