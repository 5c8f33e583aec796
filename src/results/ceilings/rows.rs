//! The columns of a ceilings file.

use crate::results::cell::{Cell, CellError};
use crate::results::columns::{Column, ColumnOrder, Record, column, columns};
use crate::results::values::{Ceiling, Status};

columns! {
    /// One row of `results/ceilings/<device>.csv`: one ceiling, of one working set where it depends on that.
    CeilingRow {
        ceiling: Ceiling = "What was measured: copy_bandwidth, fill_bandwidth, read_bandwidth (device memory and its \
                            caches, the dispatch included), shared_bandwidth, f32_fma, f16_fma, matrix_f16_f32, \
                            dispatch (an empty one among others), ordered_dispatch (an empty one and a barrier) or \
                            barrier (the difference).";
        bytes: Option<u64> ["bytes"] = "The working set: all that the kernel reads and writes.";
        value: Option<f64> = "The ceiling: the work over the median of the samples, or that median itself.";
        ci_low: Option<f64> = "The lower end of the value's 95 % confidence interval.";
        ci_high: Option<f64> = "The upper end of the value's 95 % confidence interval.";
        unit: String = "The unit of value, ci_low and ci_high: B/s, flop/s or ns.";
        samples: Option<u64> = "How many samples the value is of.";
        status: Status = "ok, wrong (the kernel computed something else: no value), unsupported or failed.";
        reason: String = "Why the status is not ok, as a sentence.";
        device: String = "The device's name.";
        driver: String = "The driver's name and version.";
        shader_compiler: String = "The shader compiler's version.";
        spirv_hash: String = "Hash of the SPIR-V that was measured.";
        git_commit: String = "The commit that winoscope was built from.";
        timestamp_utc: String = "When the measurement began, UTC, RFC 3339: the same in all rows of one run.";
    }
}

/// The columns of `results/ceilings/<device>.csv`.
pub const CEILING_COLUMNS: &[Column] = CeilingRow::COLUMNS;

impl Ceiling {
    /// The unit of its values.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::CopyBandwidth | Self::FillBandwidth | Self::ReadBandwidth | Self::SharedBandwidth => "B/s",
            Self::F32Fma | Self::F16Fma | Self::Matrix => "flop/s",
            Self::Dispatch | Self::OrderedDispatch | Self::Barrier => "ns",
        }
    }

    /// Whether its values are times: the lower, the faster the device.
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Dispatch | Self::OrderedDispatch | Self::Barrier)
    }
}

impl CeilingRow {
    /// The value and its interval's ends of so much `work` in a time of `median` ns within `low` and `high`.
    pub fn with_times(self, work: u64, median: f64, (low, high): (f64, f64)) -> Self {
        let work = work as f64;
        let (value, ci_low, ci_high) = if self.ceiling.is_time() {
            (median / work, low / work, high / work)
        } else {
            // The shortest time is the highest rate.
            let per_second = |ns: f64| work / ns * 1e9;
            (per_second(median), per_second(high), per_second(low))
        };
        Self { value: Some(value), ci_low: Some(ci_low), ci_high: Some(ci_high), ..self }
    }

    /// What a barrier adds to an empty dispatch: the difference of `ordered` and `unordered`, its interval from their
    /// opposite ends; `None` where either has no value.
    pub fn barrier(unordered: &Self, ordered: &Self) -> Option<Self> {
        let difference = |more: Option<f64>, less: Option<f64>| Some(more? - less?);
        Some(Self {
            ceiling: Ceiling::Barrier,
            value: Some(difference(ordered.value, unordered.value)?),
            ci_low: Some(difference(ordered.ci_low, unordered.ci_high)?),
            ci_high: Some(difference(ordered.ci_high, unordered.ci_low)?),
            samples: ordered.samples.min(unordered.samples),
            ..ordered.clone()
        })
    }

    /// The end of the interval at which the device is fastest: no measured row should beat it.
    pub(super) fn fastest(&self) -> Option<f64> {
        let end = if self.ceiling.is_time() { self.ci_low } else { self.ci_high };
        end.filter(|end| self.status == Status::Ok && end.is_finite() && *end > 0.0)
    }
}

#[cfg(test)]
pub(super) fn row(ceiling: Ceiling, bytes: Option<u64>, value: f64) -> CeilingRow {
    CeilingRow {
        ceiling,
        bytes,
        value: Some(value),
        ci_low: Some(value),
        ci_high: Some(value),
        unit: ceiling.unit().to_owned(),
        samples: Some(100),
        status: Status::Ok,
        reason: String::new(),
        device: "NVIDIA H200".to_owned(),
        driver: "NVIDIA 570.0".to_owned(),
        shader_compiler: "shaderc 2023.2".to_owned(),
        spirv_hash: "5a5a".to_owned(),
        git_commit: "0123abc".to_owned(),
        timestamp_utc: "2025-11-01T09:00:00Z".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_highest_where_the_time_is_shortest() {
        let rate = row(Ceiling::CopyBandwidth, Some(64), 0.0).with_times(1000, 10.0, (8.0, 20.0));
        assert_eq!((rate.value, rate.ci_low, rate.ci_high), (Some(1e11), Some(5e10), Some(1.25e11)));
        assert_eq!(rate.fastest(), Some(1.25e11));
        let time = row(Ceiling::Dispatch, None, 0.0).with_times(10, 20.0, (10.0, 40.0));
        assert_eq!((time.value, time.ci_low, time.ci_high), (Some(2.0), Some(1.0), Some(4.0)));
        assert_eq!(time.fastest(), Some(1.0));
    }

    #[test]
    fn a_barrier_is_what_ordering_adds() {
        let unordered = row(Ceiling::Dispatch, None, 0.0).with_times(1, 100.0, (90.0, 110.0));
        let ordered = row(Ceiling::OrderedDispatch, None, 0.0).with_times(1, 150.0, (145.0, 160.0));
        let barrier = CeilingRow::barrier(&unordered, &ordered).unwrap();
        assert_eq!((barrier.value, barrier.ci_low, barrier.ci_high), (Some(50.0), Some(35.0), Some(70.0)));
        assert_eq!(CeilingRow::barrier(&CeilingRow { value: None, ..unordered }, &ordered), None);
    }

    #[test]
    fn what_was_not_measured_right_is_no_ceiling() {
        let wrong = CeilingRow { status: Status::Wrong, ..row(Ceiling::F32Fma, None, 1.0) };
        assert_eq!(wrong.fastest(), None);
    }
}
