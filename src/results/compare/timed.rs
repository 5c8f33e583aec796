//! Rows with their times and, where they are kept, their raw samples.

use std::collections::HashMap;

use super::Side;
use crate::results::columns::{Row, Sample};
use crate::results::interval::Time;
use crate::results::run::{latest_runs, status_with_reason};
use crate::results::values::{Mode, Phase, Status};

/// A row that has a time.
#[derive(Clone, Debug)]
pub(super) struct Timed<'a> {
    pub row: &'a Row,
    pub time: Time,
    /// In the order taken; `None` unless every one that the row was made of is there, and above 0.
    pub samples: Option<Vec<f64>>,
}

/// Whether a row was not to have a time: verified, and not sampled.
pub(super) fn is_unsampled(row: &Row) -> bool {
    row.status == Status::Ok && row.median_ns.is_none()
}

/// Whether the ratio of two is of their raw samples.
pub(super) fn is_of_samples(a: &Timed<'_>, b: &Timed<'_>) -> bool {
    a.samples.is_some() && b.samples.is_some()
}

/// What the samples of one row have in common.
type Series<'a> = (&'a str, &'a str, Phase, Mode, &'a str);

/// The rows of the latest run of each experiment, in the order of the file.
#[derive(Debug)]
pub(super) struct LatestRows<'a> {
    pub rows: Vec<&'a Row>,
    samples: HashMap<Series<'a>, Vec<f64>>,
}

impl<'a> LatestRows<'a> {
    /// Those of `phases`.
    pub fn of(side: &'a Side, phases: &[Phase]) -> Self {
        let rows = latest_runs(&side.rows).into_iter().flat_map(|run| run.rows);
        let mut samples: HashMap<Series<'a>, Vec<f64>> = HashMap::new();
        for sample in &side.samples {
            let Sample { config, experiment, phase, mode, timestamp_utc, nanoseconds, .. } = sample;
            let series = (config.as_str(), experiment.as_str(), *phase, *mode, timestamp_utc.as_str());
            samples.entry(series).or_default().push(*nanoseconds);
        }
        Self { rows: rows.filter(|row| phases.contains(&row.phase)).collect(), samples }
    }

    /// A row's time, or why it has none, as a sentence without its full stop.
    pub fn timed(&self, row: &'a Row) -> Result<Timed<'a>, String> {
        let time = Time::of(row).ok_or_else(|| match row.reason.is_empty() {
            true => format!("{}, without a time", row.status),
            false => status_with_reason(row),
        })?;
        let Row { config, experiment, phase, mode, timestamp_utc, .. } = row;
        let samples = self.samples.get(&(config, experiment, *phase, *mode, timestamp_utc)).cloned();
        let is_whole = |samples: &Vec<f64>| {
            row.samples == Some(samples.len() as u64) && samples.iter().all(|&time| time > 0.0)
        };
        Ok(Timed { row, time, samples: samples.filter(is_whole) })
    }
}
