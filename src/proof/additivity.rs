//! Parts and wholes: isolated phases against the pipelined total, and what nothing costs.

use super::finding::{Finding, Outcome};
use super::instrument::{Error, Instrument, LONG};
use super::ratio::{divided, median};
use crate::config::MeasureSettings;
use crate::measure::RegionResult;
use crate::plan::calibration::{Calibration, Work};
use crate::results::Interval;

/// How long the longest phase lasts, nanoseconds.
const WORK_NS: f64 = 1e6;

/// How far the pipelined total may be from the sum of its phases, both without their noise floors. Each phase reads what
/// the last one wrote, so that none may begin before the last has ended: nothing overlaps but launches.
const OVERLAP: f64 = 0.01;

/// How far a region that was recorded and sampled as an empty phase may be from the noise floor, which was measured by
/// 15 runs: both are a few clock steps long.
const EMPTY: f64 = 0.2;

/// How far an empty dispatch may be from the noise floor and the cost of a dispatch.
const DISPATCH: f64 = 0.2;

/// Dispatches in the phase of several.
const SEVERAL: u32 = 16;

/// Dependent phases against their total, then phases of nothing.
pub fn prove(instrument: &mut Instrument<'_>) -> Result<Outcome, Error> {
    let rounds = instrument.fitting(WORK_NS)?;
    let settings = MeasureSettings { max_seconds: instrument.effort().seconds, ..LONG };
    let sizes = [("quarter", rounds / 4), ("half", rounds / 2), ("whole", rounds)];
    let phases = sizes.map(|(name, rounds)| (name, Work::Rounds(rounds)));
    let regions = measure(instrument, "phases", &phases, &settings)?;
    let [parts @ .., total] = regions.as_slice() else { return Err(Error::NoTimes) };
    let mut findings =
        vec![sum(&parts.iter().map(net).collect::<Result<Vec<_>, _>>()?, &net(total)?, samples(total))];

    // So short that a region must be repeated to be long enough for the clock.
    let settings = MeasureSettings { min_region_us: 1000.0, ..settings };
    let phases = [("none", 0), ("one", 1), ("several", SEVERAL)];
    let phases = phases.map(|(name, count)| (name, Work::Dispatches(count)));
    let regions = measure(instrument, "nothing", &phases, &settings)?;
    let [none, one, several, _] = regions.as_slice() else { return Err(Error::NoTimes) };
    let floor = |region: &RegionResult| region.noise_floor.ok_or(Error::NoTimes);
    findings.push(empty(&time(none)?, floor(none)?, samples(none)));
    findings.extend(dispatch(&time(one)?, &time(several)?, floor(one)?, samples(one)));
    Ok(Outcome::of(findings))
}

fn measure(
    instrument: &mut Instrument<'_>,
    name: &str,
    phases: &[(&str, Work)],
    settings: &MeasureSettings,
) -> Result<Vec<RegionResult>, Error> {
    let phases = phases.iter().map(|&(name, work)| (name.to_owned(), work)).collect();
    let calibration = Calibration { elements: instrument.elements(), phases, has_times: false };
    let job = instrument.prepare(name, &calibration)?;
    let mut measured = instrument.sample(vec![job], settings)?;
    Ok(measured.remove(name).ok_or(Error::NoTimes)?.regions)
}

fn samples(region: &RegionResult) -> usize {
    region.samples.len()
}

fn time(region: &RegionResult) -> Result<Interval, Error> {
    median(&region.samples).ok_or(Error::NoTimes)
}

/// A region's time without its noise floor.
fn net(region: &RegionResult) -> Result<Interval, Error> {
    let (time, floor) = (time(region)?, region.noise_floor.ok_or(Error::NoTimes)?);
    Ok(Interval { mid: time.mid - floor, low: time.low - floor, high: time.high - floor })
}

/// The pipelined total over the sum of the isolated parts.
fn sum(parts: &[Interval], total: &Interval, samples: usize) -> Finding {
    let add = |part: fn(&Interval) -> f64| parts.iter().map(part).sum::<f64>();
    let sum = Interval { mid: add(|p| p.mid), low: add(|p| p.low), high: add(|p| p.high) };
    let reason = "pipelined total over the sum of the isolated phases, each without its noise floor";
    Finding::judged("total over its phases", divided(total, &sum), 1.0, OVERLAP, samples, reason)
}

/// The empty phase over the noise floor.
fn empty(none: &Interval, floor: f64, samples: usize) -> Finding {
    let ratio = Interval { mid: none.mid / floor, low: none.low / floor, high: none.high / floor };
    let reason = format!("an empty phase over the noise floor of {floor:.3} ns per repetition");
    Finding::judged("empty region", ratio, 1.0, EMPTY, samples, reason)
}

/// A phase of one dispatch of nothing over the noise floor and the cost of a dispatch, which is the slope from one to
/// several that wait for each other; and that cost.
fn dispatch(one: &Interval, several: &Interval, floor: f64, samples: usize) -> [Finding; 2] {
    let steps = f64::from(SEVERAL - 1);
    let cost = Interval {
        mid: (several.mid - one.mid) / steps,
        low: (several.low - one.high) / steps,
        high: (several.high - one.low) / steps,
    };
    let parts = Interval { mid: cost.mid + floor, low: cost.low + floor, high: cost.high + floor };
    let reason = "a phase of one dispatch of nothing, over the noise floor and the cost of a dispatch";
    [
        Finding::stated("cost of a dispatch", "ns", cost, samples, "the slope over dispatches of nothing"),
        Finding::judged("empty dispatch", divided(one, &parts), 1.0, DISPATCH, samples, reason),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Verdict;

    fn time(mid: f64) -> Interval {
        Interval { mid, low: mid * 0.999, high: mid * 1.001 }
    }

    #[test]
    fn a_total_that_hides_a_part_fails() {
        let parts = [250.0, 500.0, 1000.0].map(time);
        assert_eq!(sum(&parts, &time(1750.0), 9).verdict, Verdict::Holds);
        // The first phase ran half beside the second.
        assert_eq!(sum(&parts, &time(1625.0), 9).verdict, Verdict::Fails);
        assert_eq!(sum(&parts, &time(1800.0), 9).verdict, Verdict::Fails);
    }

    #[test]
    fn an_empty_phase_that_costs_more_than_nothing_fails() {
        assert_eq!(empty(&time(100.0), 95.0, 9).verdict, Verdict::Holds);
        assert_eq!(empty(&time(100.0), 60.0, 9).verdict, Verdict::Fails);
    }

    #[test]
    fn an_empty_dispatch_is_the_floor_and_a_dispatch() {
        // 900 ns each, and 100 ns for the region.
        let [cost, holds] = dispatch(&time(1000.0), &time(100.0 + 16.0 * 900.0), 100.0, 9);
        assert!((cost.value.unwrap().mid - 900.0).abs() < 1e-9);
        assert_eq!(holds.verdict, Verdict::Holds);
        // The first costs far more than each of the others.
        let [_, fails] = dispatch(&time(2000.0), &time(2000.0 + 15.0 * 900.0), 100.0, 9);
        assert_eq!(fails.verdict, Verdict::Fails);
    }
}
