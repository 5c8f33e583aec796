//! The floors that a device's ceilings imply: the least time of a phase, from what its plan counts.

use std::collections::HashMap;

use super::curve::Curve;
use super::phases::in_sequence;
use super::rows::CeilingRow;
use crate::results::columns::Row;
use crate::results::values::{Ceiling, Mode, Phase};

/// The ceilings of one device with one driver, of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Ceilings {
    /// Bytes per nanosecond that are read or copied, by working set.
    bandwidth: Curve,
    /// f32 operations per nanosecond.
    f32_rate: Option<f64>,
    /// Operations per nanosecond in whichever arithmetic is fastest.
    any_rate: Option<f64>,
    /// Nanoseconds of an empty dispatch that waits for the one before.
    dispatch_ns: Option<f64>,
}

/// The least that a phase takes, by what bounds it, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Least {
    flops: f64,
    bytes: f64,
    dispatch: f64,
}

impl Least {
    /// The longest. Nothing says that the three could not overlap, so nothing is added up.
    fn floor(self) -> f64 {
        self.work().max(self.dispatch)
    }

    /// The longer of what it computes and what it moves.
    fn work(self) -> f64 {
        self.flops.max(self.bytes)
    }
}

impl Ceilings {
    /// The ceilings in `rows`, which are of one run.
    pub fn new(rows: &[&CeilingRow]) -> Self {
        let fastest = |wanted: &'static [Ceiling]| {
            rows.iter()
                .copied()
                .filter(|row| wanted.contains(&row.ceiling))
                .filter_map(|row| Some((row, row.fastest()?)))
        };
        let highest = |wanted| fastest(wanted).map(|(_, rate)| rate / 1e9).max_by(f64::total_cmp);
        let points = fastest(&[Ceiling::CopyBandwidth, Ceiling::FillBandwidth, Ceiling::ReadBandwidth])
            .filter_map(|(row, rate)| Some((row.bytes?, rate / 1e9)));
        Self {
            bandwidth: Curve::new(points.collect()),
            f32_rate: highest(&[Ceiling::F32Fma]),
            any_rate: highest(&[Ceiling::F32Fma, Ceiling::F16Fma, Ceiling::Matrix]),
            dispatch_ns: fastest(&[Ceiling::OrderedDispatch]).map(|(_, time)| time).next(),
        }
    }

    /// f32 operations per nanosecond.
    pub fn f32_rate(&self) -> Option<f64> {
        self.f32_rate
    }

    /// Bytes per nanosecond of the largest working set measured, which no cache holds.
    pub fn memory_bandwidth(&self) -> Option<f64> {
        self.bandwidth.of_largest()
    }

    /// Bytes per nanosecond of the working set that is moved fastest.
    pub fn fastest_bandwidth(&self) -> Option<f64> {
        self.bandwidth.highest()
    }

    /// Fills in the floors of those of `rows` that have none, of experiments on this device.
    ///
    /// A phase takes at least the longest of three: its flops at the rate of multiply-adds, its bytes at the bandwidth
    /// of a working set as large as they are, and an empty dispatch. The total takes at least what those of its phases
    /// take that must follow one another, their dispatches alone, all their flops, or all their bytes. Times by the
    /// host's clock have no floor: what the device did before the wait is not in them.
    pub fn fill<'r>(&self, rows: impl IntoIterator<Item = &'r mut Row>) {
        let mut runs: HashMap<[String; 4], Vec<&mut Row>> = HashMap::new();
        for row in rows {
            let Row { config, experiment, device, timestamp_utc, .. } = &*row;
            let key = [config, experiment, device, timestamp_utc].map(String::clone);
            runs.entry(key).or_default().push(row);
        }
        for run in runs.values_mut() {
            let floors: Vec<Option<f64>> = run.iter().map(|row| self.floor(row, run)).collect();
            for (row, floor) in run.iter_mut().zip(floors) {
                row.floor_ns = row.floor_ns.or(floor);
            }
        }
    }

    /// The floor of a row of `run`; `None` where it or its ceilings are not known.
    fn floor(&self, row: &Row, run: &[&mut Row]) -> Option<f64> {
        let floor = match (row.mode, row.phase) {
            (Mode::HostLazy, _) => return None,
            (Mode::Isolated, _) => self.least(row)?.floor(),
            (Mode::Pipelined, Phase::Total) => self.total(row, run)?,
            (Mode::Pipelined, _) => return None,
        };
        (floor > 0.0).then_some(floor)
    }

    fn least(&self, row: &Row) -> Option<Least> {
        // An empty cell is of the baseline, which has f32 alone.
        let rate = if matches!(row.arithmetic.as_str(), "" | "f32") { self.f32_rate } else { self.any_rate };
        let (flops, bytes) = (row.flops?, row.bytes?);
        Some(Least {
            flops: rate.map_or(0.0, |rate| flops as f64 / rate),
            bytes: self.bandwidth.ceiling(bytes).map_or(0.0, |bandwidth| bytes as f64 / bandwidth),
            dispatch: self.dispatch_ns.unwrap_or(0.0),
        })
    }

    /// The floor of all phases together; `None` where the run lacks the rows of some.
    fn total(&self, total: &Row, run: &[&mut Row]) -> Option<f64> {
        let is_part = |row: &&Row| row.mode == Mode::Isolated && row.phase != Phase::Total;
        let phases: Vec<&Row> = run.iter().map(|row| &**row).filter(is_part).collect();
        let counted =
            |count: fn(&Row) -> Option<u64>| phases.iter().map(|row| count(row)).sum::<Option<u64>>();
        if counted(|row| row.flops) != total.flops || counted(|row| row.bytes) != total.bytes {
            return None;
        }
        let least = |row: &Row| self.least(row).unwrap_or_default();
        let sum = |part: fn(Least) -> f64| phases.iter().map(|row| part(least(row))).sum::<f64>();
        let bounds = [
            in_sequence(&phases, |row| least(row).work()),
            in_sequence(&phases, |row| least(row).dispatch),
            // Phases that overlap share what they run on.
            sum(|least| least.flops),
            sum(|least| least.bytes),
        ];
        bounds.into_iter().max_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::row as ceiling;
    use super::*;
    use crate::results::synthetic::row;

    /// 1 byte/ns beyond 1 MiB and 8 at 64 KiB, 2 flop/ns, 1,000 ns a dispatch.
    fn ceilings() -> Ceilings {
        let rows = [
            ceiling(Ceiling::CopyBandwidth, Some(64 << 10), 8e9),
            ceiling(Ceiling::ReadBandwidth, Some(1 << 20), 1e9),
            ceiling(Ceiling::CopyBandwidth, Some(1 << 20), 0.9e9),
            ceiling(Ceiling::F32Fma, None, 2e9),
            ceiling(Ceiling::F16Fma, None, 4e9),
            ceiling(Ceiling::Dispatch, None, 10.0),
            ceiling(Ceiling::OrderedDispatch, None, 1000.0),
        ];
        Ceilings::new(&rows.iter().collect::<Vec<_>>())
    }

    fn part(phase: Phase, flops: u64, bytes: u64) -> Row {
        Row { phase, flops: Some(flops), bytes: Some(bytes), ..row() }
    }

    fn total(flops: u64, bytes: u64) -> Row {
        Row { mode: Mode::Pipelined, ..part(Phase::Total, flops, bytes) }
    }

    fn floors<const N: usize>(mut rows: [Row; N]) -> [Option<f64>; N] {
        ceilings().fill(&mut rows);
        rows.map(|row| row.floor_ns)
    }

    #[test]
    fn a_phase_takes_the_longest_of_its_flops_its_bytes_and_a_dispatch() {
        let bound_by_flops = part(Phase::Mhat, 10_000, 16);
        let bound_by_bytes = part(Phase::Mhat, 10, 80_000);
        let bound_by_memory = part(Phase::Mhat, 10, 2 << 20);
        let bound_by_launch = part(Phase::Mhat, 10, 10);
        let floors =
            [bound_by_flops, bound_by_bytes, bound_by_memory, bound_by_launch].map(|row| floors([row])[0]);
        assert_eq!(floors, [5_000.0, 10_000.0, 2_097_152.0, 1_000.0].map(Some));
    }

    /// Whatever moves bytes fastest bounds what moves as many.
    #[test]
    fn each_bandwidth_counts() {
        for fastest in [Ceiling::CopyBandwidth, Ceiling::FillBandwidth, Ceiling::ReadBandwidth] {
            let rows = [Ceiling::CopyBandwidth, Ceiling::FillBandwidth, Ceiling::ReadBandwidth]
                .map(|of| ceiling(of, Some(1 << 20), if of == fastest { 4e9 } else { 1e9 }));
            let mut phase = [part(Phase::Mhat, 10, 1 << 20)];
            Ceilings::new(&rows.iter().collect::<Vec<_>>()).fill(&mut phase);
            assert_eq!(phase[0].floor_ns, Some(f64::from(1 << 20) / 4.0), "{fastest}");
        }
    }

    #[test]
    fn other_arithmetic_is_held_against_the_fastest() {
        let half = Row { arithmetic: "f16".into(), ..part(Phase::Mhat, 40_000, 16) };
        assert_eq!(floors([half]), [Some(10_000.0)]);
    }

    #[test]
    fn the_total_takes_what_its_phases_take_in_sequence() {
        let phases = [part(Phase::Mhat, 10_000, 8), part(Phase::Output, 10, 80_000)];
        let [mhat, output] = phases;
        assert_eq!(
            floors([mhat.clone(), output.clone(), total(10_010, 80_008)]),
            [5_000.0, 10_000.0, 15_000.0].map(Some)
        );
        let small = [part(Phase::Mhat, 1, 1), part(Phase::Output, 1, 1), total(2, 2)];
        assert_eq!(floors(small)[2], Some(2_000.0), "a dispatch after the other");
    }

    #[test]
    fn phases_that_may_overlap_still_share_the_device() {
        let [xhat, ghat] = [part(Phase::Xhat, 10_000, 8), part(Phase::Ghat, 8_000, 8)];
        let [.., whole] = floors([xhat, ghat, total(18_000, 16)]);
        assert_eq!(whole, Some(9_000.0), "5,000 ns after one another, but 18,000 operations all the same");
        let [xhat, ghat] = [part(Phase::Xhat, 10_000, 8), part(Phase::Ghat, 8, 80_000)];
        let [.., whole] = floors([xhat, ghat, total(10_008, 80_008)]);
        assert_eq!(whole.map(f64::round), Some(10_001.0), "one computes while the other moves bytes");
    }

    #[test]
    fn what_is_not_known_has_no_floor() {
        let uncounted = Row { flops: None, ..row() };
        let by_host = Row { mode: Mode::HostLazy, ..total(1, 1) };
        assert_eq!(floors([uncounted]), [None]);
        assert_eq!(floors([by_host]), [None]);
        assert_eq!(floors([part(Phase::Mhat, 1, 1), total(2, 2)])[1], None, "a phase is missing");
        let mut rows = [row()];
        Ceilings::new(&[]).fill(&mut rows);
        assert_eq!(rows[0].floor_ns, None);
    }

    #[test]
    fn a_floor_that_is_there_stays_and_runs_are_not_mixed() {
        let known = Row { floor_ns: Some(7.0), ..part(Phase::Mhat, 10_000, 8) };
        assert_eq!(floors([known]), [Some(7.0)]);
        let other = Row { experiment: "other".into(), ..part(Phase::Output, 1, 1) };
        let whole = floors([part(Phase::Mhat, 10_000, 8), other, total(10_000, 8)])[2];
        assert_eq!(whole, Some(5_000.0));
    }
}
