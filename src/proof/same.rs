//! Equals compared: how often the instrument tells them apart.

use super::finding::{Comparison, Finding, Outcome};
use super::instrument::{Error, Instrument, SHORT};
use super::ratio::ratio;
use crate::config::MeasureSettings;
use crate::gpu;
use crate::measure::Prepared;
use crate::plan::calibration::Calibration;
use crate::results::{Interval, Verdict};

/// The share of false alarms that a 95 % interval may give. Of 200 comparisons, 5 % vary by ± 1.5 %.
const ALLOWED: f64 = 0.07;

/// How long the work of a comparison lasts, nanoseconds: as long as the regions of every measurement, unless a
/// configuration says otherwise.
const WORK_NS: f64 = MeasureSettings::DEFAULT.min_region_us * 1e3;

/// Samples on either side: a comparison ends at the fewest, whatever its intervals.
const SETTINGS: MeasureSettings =
    MeasureSettings { target_rel_ci: 1e9, min_samples: 30, warmup_seconds: 0.01, ..SHORT };

const NAMES: [&str; 2] = ["a", "b"];

/// The same job under two names, on the same buffers: what is told apart is noise.
pub fn same_buffers(instrument: &mut Instrument<'_>) -> Result<Outcome, Error> {
    let rounds = instrument.fitting(WORK_NS)?;
    let job = instrument.prepare("same", &Calibration::of(instrument.elements(), rounds))?;
    let count = instrument.effort().comparisons;
    let comparisons = instrument.repeat(count, |instrument| {
        let jobs = NAMES.into_iter().map(|name| job.alias(name)).collect::<gpu::Result<_>>()?;
        compare(instrument, jobs)
    })?;
    let finding = false_alarms(&comparisons, "the same job under two names, on the same buffers");
    Ok(Outcome { findings: vec![finding], comparisons })
}

/// Two jobs with buffers of their own, allocated anew for each comparison: where a buffer lies may matter, which is no
/// fault of the instrument's, so that nothing is expected of this.
pub fn own_buffers(instrument: &mut Instrument<'_>) -> Result<Outcome, Error> {
    let rounds = instrument.fitting(WORK_NS)?;
    let calibration = Calibration::of(instrument.elements(), rounds);
    let count = instrument.effort().own_buffers;
    let comparisons = instrument.repeat(count, |instrument| {
        let jobs = NAMES.into_iter().map(|name| instrument.prepare(name, &calibration));
        let jobs = jobs.collect::<Result<_, Error>>()?;
        compare(instrument, jobs)
    })?;
    let finding = Finding {
        verdict: Verdict::Stated,
        ..false_alarms(&comparisons, "two equal jobs with buffers of their own, allocated anew each time")
    };
    Ok(Outcome { findings: vec![finding], comparisons })
}

fn compare(instrument: &mut Instrument<'_>, jobs: Vec<Prepared>) -> Result<Comparison, Error> {
    let totals = instrument.totals(jobs, &SETTINGS)?;
    let [a, b] = NAMES.map(|name| totals[name].as_slice());
    let ratio = ratio(a, b).ok_or(Error::NoTimes)?;
    Ok(Comparison { ratio, samples: a.len() as u64 })
}

/// The share of comparisons whose interval excludes 1.
fn false_alarms(comparisons: &[Comparison], what: &str) -> Finding {
    let alarms = comparisons.iter().filter(|comparison| !comparison.ratio.contains(1.0)).count();
    let share = alarms as f64 / comparisons.len() as f64;
    let value = Interval { mid: share, low: share, high: share };
    let far = comparisons.iter().map(|comparison| (comparison.ratio.mid - 1.0).abs()).fold(0.0, f64::max);
    let count = comparisons.len();
    let reason = format!(
        "{alarms} of {count} comparisons of {what} told them apart at 95 %, at most {:.0} % may; the furthest ratio is \
         {:.2} % from 1",
        ALLOWED * 100.0,
        far * 100.0
    );
    let verdict = if share <= ALLOWED { Verdict::Holds } else { Verdict::Fails };
    Finding { verdict, ..Finding::stated("false alarms", "", value, count, reason) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparisons(alarms: usize, count: usize) -> Vec<Comparison> {
        let ratio = |alarm: bool| {
            if alarm {
                Interval { mid: 1.02, low: 1.01, high: 1.03 }
            } else {
                Interval { mid: 1.0, low: 0.99, high: 1.01 }
            }
        };
        (0..count).map(|index| Comparison { ratio: ratio(index < alarms), samples: 30 }).collect()
    }

    #[test]
    fn more_than_seven_of_a_hundred_alarms_fail() {
        assert_eq!(false_alarms(&comparisons(0, 200), "x").verdict, Verdict::Holds);
        assert_eq!(false_alarms(&comparisons(14, 200), "x").verdict, Verdict::Holds);
        let failed = false_alarms(&comparisons(15, 200), "x");
        assert_eq!(failed.verdict, Verdict::Fails);
        assert_eq!(failed.value.map(|value| value.mid), Some(0.075));
        assert!(failed.reason.starts_with("15 of 200 comparisons"), "{}", failed.reason);
        assert_eq!(false_alarms(&[], "x").verdict, Verdict::Fails, "no comparison proves nothing");
    }
}
