//! Other clocks: the same kernel's time by the host's clock, and by the clock in the kernels where there is one.

use std::time::{Duration, Instant};

use super::finding::{Finding, Outcome};
use super::instrument::{Error, Instrument, LONG};
use super::ratio::{divided, median};
use crate::config::MeasureSettings;
use crate::measure::Prepared;
use crate::plan::calibration::{Calibration, span};
use crate::results::Interval;

/// How long the kernel lasts, nanoseconds.
const WORK_NS: f64 = 1e6;

/// How far two clocks may be apart.
const AGREEMENT: f64 = 0.02;

/// Runs of the kernel in the shorter and in the longer of two batches, whose difference has no fixed cost.
const BATCHES: [u32; 2] = [10, 20];

/// The buffer of the times that a kernel writes down.
const TIMES: &str = "times_1";

/// Timestamps against the host's clock and the kernels'.
pub fn prove(instrument: &mut Instrument<'_>) -> Result<Outcome, Error> {
    let rounds = instrument.fitting(WORK_NS)?;
    let calibration = Calibration::of(instrument.elements(), rounds);
    let job = instrument.prepare("kernel", &calibration)?;
    let settings = MeasureSettings { max_seconds: instrument.effort().seconds, ..LONG };
    let samples =
        instrument.totals(vec![job.alias("kernel")?], &settings)?.remove("kernel").ok_or(Error::NoTimes)?;
    let device = median(&samples).ok_or(Error::NoTimes)?;
    let timestamps =
        Finding::stated("timestamps", "ns", device, samples.len(), "a region of one run, fixed cost and all");

    let slopes = by_host(instrument, &job)?;
    let host = median(&slopes).ok_or(Error::NoTimes)?;
    let [fewer, more] = BATCHES;
    let reason =
        format!("a batch of {more} runs less one of {fewer}, by the host's clock round a fenced submission");
    let mut findings = vec![timestamps, Finding::stated("host", "ns", host, slopes.len(), reason)];
    findings.push(agreement("timestamps over host", &device, &host, samples.len()));

    if instrument.has_kernel_clock() {
        drop(job);
        let job =
            instrument.prepare("kernel with its clock", &Calibration { has_times: true, ..calibration })?;
        findings.extend(by_kernel(instrument, &job)?);
    } else {
        let reason =
            "the device has no VK_KHR_shader_clock with shaderDeviceClock: its kernels cannot read a clock";
        findings.push(Finding::unsupported("timestamps over kernel clock", reason));
    }
    Ok(Outcome::of(findings))
}

/// Nanoseconds that one run more takes, by the host's clock, many times.
fn by_host(instrument: &mut Instrument<'_>, job: &Prepared) -> Result<Vec<f64>, Error> {
    let [fewer, more] = BATCHES;
    let batches = [job.repeated(fewer)?, job.repeated(more)?];
    let mut slopes = Vec::new();
    for _ in 0..instrument.effort().trials {
        instrument.go_on()?;
        let mut times = [0.0; 2];
        for (batch, time) in batches.iter().zip(&mut times) {
            let start = Instant::now();
            batch.run()?;
            *time = start.elapsed().as_nanos() as f64;
        }
        slopes.push((times[1] - times[0]) / f64::from(more - fewer));
    }
    Ok(slopes)
}

/// The timestamps of a run against the ticks of the kernel's clock in the same run: from the begin of the first workgroup
/// to the end of the last. What a tick is, is measured by the host's clock over the whole time of trying.
fn by_kernel(instrument: &mut Instrument<'_>, job: &Prepared) -> Result<[Finding; 3], Error> {
    let (mut timestamps, mut ticks) = (Vec::new(), Vec::new());
    let started = run(job)?;
    let mut last = started;
    let least = Duration::from_secs_f64(instrument.effort().seconds.min(1.0));
    while timestamps.len() < instrument.effort().trials || last.at - started.at < least {
        instrument.go_on()?;
        last = run(job)?;
        timestamps.push(last.timestamps);
        ticks.push((last.ticks.1 - last.ticks.0) as f64);
    }
    let elapsed = last.ticks.1.saturating_sub(started.ticks.1).max(1);
    let tick = (last.at - started.at).as_nanos() as f64 / elapsed as f64;
    let spans: Vec<f64> = ticks.iter().map(|ticks| ticks * tick).collect();
    let (device, kernel) =
        (median(&timestamps).ok_or(Error::NoTimes)?, median(&spans).ok_or(Error::NoTimes)?);
    let count = timestamps.len();
    let exact = Interval { mid: tick, low: tick, high: tick };
    let seconds = (last.at - started.at).as_secs_f64();
    let of_tick = format!("{elapsed} ticks in {seconds:.3} s of the host's clock");
    Ok([
        Finding::stated("tick of the kernel clock", "ns", exact, count, of_tick),
        Finding::stated(
            "kernel clock",
            "ns",
            kernel,
            count,
            "from the first workgroup's begin to the last one's end",
        ),
        agreement("timestamps over kernel clock", &device, &kernel, count),
    ])
}

/// A run of a kernel that writes its times down.
#[derive(Clone, Copy)]
struct Run {
    /// By timestamps, nanoseconds.
    timestamps: f64,
    /// When the first workgroup began and the last one ended, by the kernel's clock.
    ticks: (u64, u64),
    /// When it had ended, by the host's clock.
    at: Instant,
}

fn run(job: &Prepared) -> Result<Run, Error> {
    let timestamps = job.total_now()?;
    let at = Instant::now();
    let times = job.contents(TIMES)?.unwrap_or_default();
    let ticks = span(&times).filter(|(begun, ended)| begun <= ended).ok_or(Error::NoTimes)?;
    Ok(Run { timestamps, ticks, at })
}

fn agreement(case: &str, ours: &Interval, other: &Interval, samples: usize) -> Finding {
    Finding::judged(case, divided(ours, other), 1.0, AGREEMENT, samples, "the same kernel by two clocks")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Verdict;

    #[test]
    fn clocks_that_are_more_than_two_percent_apart_fail() {
        let time = |mid: f64| Interval { mid, low: mid, high: mid };
        let verdict = |ours, other| agreement("x", &time(ours), &time(other), 30).verdict;
        assert_eq!(verdict(1.015e6, 1e6), Verdict::Holds);
        assert_eq!(verdict(1.03e6, 1e6), Verdict::Fails);
        assert_eq!(verdict(0.97e6, 1e6), Verdict::Fails);
    }
}
