//! How the samples of each experiment lie about their median: a histogram a line.

use std::fmt::Write;

use super::Data;
use super::chart::{self, Figure, WIDTH};
use super::element::{Element, px};
use super::scale::Scale;
use crate::results::columns::Row;
use crate::results::format;
use crate::results::interval::Time;
use crate::results::report::{Context, contexts};
use crate::results::run::Run;
use crate::results::values::{Mode, Phase};

const BINS: usize = 60;

/// More lines than these are not read; those with the widest samples are shown.
const MOST: usize = 40;

/// What is farther from the median than this share of all samples is counted at the edges.
const OUTER: f64 = 0.005;

/// Pixels of a line, and of the highest bin on it.
const LINE: f64 = 32.0;
const HIGHEST: f64 = 26.0;

/// The samples of an experiment's total, as shares of their median less 1.
struct Samples<'a> {
    row: &'a Row,
    time: Time,
    shares: Vec<f64>,
}

impl Samples<'_> {
    fn spread(&self) -> f64 {
        (self.shares.iter().map(|share| share * share).sum::<f64>() / self.shares.len() as f64).sqrt()
    }
}

/// One figure for each configuration and problem whose samples are there.
pub fn figures(data: &Data<'_>) -> Result<Vec<Figure>, String> {
    if data.samples.is_empty() {
        return Err("there is no file of samples beside the rows, `<config>.samples.csv`".to_owned());
    }
    let figures: Vec<Figure> =
        contexts(&data.runs).iter().filter_map(|context| figure(context, data)).collect();
    if figures.is_empty() { Err("no sample is of the runs that are shown".to_owned()) } else { Ok(figures) }
}

fn samples<'a>(context: &Context<'a>, data: &Data<'_>) -> Vec<Samples<'a>> {
    let of_run = |run: &Run<'a>| {
        let time = run.time(Phase::Total, Mode::Pipelined).ok()?;
        let row = run.row(Phase::Total, Mode::Pipelined)?;
        let shares: Vec<f64> = data
            .samples
            .iter()
            .filter(|sample| {
                sample.phase == Phase::Total
                    && sample.mode == Mode::Pipelined
                    && sample.experiment == row.experiment
                    && sample.config == row.config
                    && sample.timestamp_utc == row.timestamp_utc
            })
            .map(|sample| sample.nanoseconds / time.interval.mid - 1.0)
            .collect();
        (!shares.is_empty()).then_some(Samples { row, time, shares })
    };
    context.runs.iter().filter_map(of_run).collect()
}

fn figure(context: &Context<'_>, data: &Data<'_>) -> Option<Figure> {
    let mut lines = samples(context, data);
    let all = lines.len();
    if all > MOST {
        lines.sort_by(|a, b| b.spread().total_cmp(&a.spread()));
        lines.truncate(MOST);
    }
    lines.sort_by(|a, b| a.time.interval.mid.total_cmp(&b.time.interval.mid));
    let mut distances: Vec<f64> =
        lines.iter().flat_map(|line| &line.shares).map(|share| share.abs()).collect();
    distances.sort_by(f64::total_cmp);
    let inner = ((distances.len() as f64 * (1.0 - OUTER)) as usize).min(distances.len().checked_sub(1)?);
    let half = distances[inner].max(1e-4) * 1.05;
    let beyond = distances.iter().filter(|&&distance| distance > half).count();

    let names: Vec<String> = lines.iter().map(|line| line.row.experiment.clone()).collect();
    let labels = chart::short_labels(&names);
    let characters = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let left = characters as f64 * chart::CHARACTER + 10.0;
    let scale = Scale::linear(-half * 100.0, half * 100.0, left, WIDTH - 110.0);
    let bottom = LINE * lines.len() as f64;
    let mut marks =
        chart::axis_x(scale, (0.0, bottom), "sample against the median, in %", |tick| tick.to_string());
    for (index, (line, label)) in lines.iter().zip(&labels).enumerate() {
        let base = LINE * (index + 1) as f64 - 2.0;
        marks.push(chart::label("end", (left - 6.0, base - 8.0), label));
        marks.push(histogram(line, half, scale, base));
        let Time { interval, .. } = line.time;
        let place = |time: f64| scale.place((time / interval.mid - 1.0) * 100.0);
        marks.push(chart::line("median", (place(interval.low), base), (place(interval.high), base)));
        let text = format!("{} × {}", line.shares.len(), format::nanoseconds(interval.mid));
        marks.push(chart::label("small", (WIDTH - 104.0, base - 8.0), &text));
    }
    marks.push(chart::line("thin", (scale.place(0.0), 0.0), (scale.place(0.0), bottom)));
    let left_out = if lines.len() < all {
        format!(" The {MOST} of {all} that are spread most are shown.")
    } else {
        String::new()
    };
    let edges = if beyond > 0 {
        format!(" {beyond} of {} samples are beyond the edges and are counted there.", distances.len())
    } else {
        String::new()
    };
    Some(Figure {
        title: "Samples about their median".to_owned(),
        notes: format!(
            "{}: {}. Histograms, each to its own height; thick: the median's 95 % interval.{edges}{left_out}",
            context.config, context.shape
        ),
        height: bottom + 42.0,
        marks,
        legend: Vec::new(),
    })
}

/// How many of `shares` lie in each of equal bins between -`half` and `half`; what is beyond counts at the edges.
fn counts(shares: &[f64], half: f64) -> [usize; BINS] {
    let mut counts = [0; BINS];
    for share in shares {
        let bin = (share / half + 1.0) / 2.0 * BINS as f64;
        // A negative number becomes 0.
        counts[(bin as usize).min(BINS - 1)] += 1;
    }
    counts
}

fn histogram(line: &Samples<'_>, half: f64, scale: Scale, base: f64) -> Element {
    let counts = counts(&line.shares, half);
    let highest = counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    let mut path = format!("M{} {}", px(scale.ends().0), px(base));
    for (bin, &count) in counts.iter().enumerate() {
        let edge = scale.place(((bin + 1) as f64 / BINS as f64 * 2.0 - 1.0) * half * 100.0);
        let _ = write!(path, "V{}H{}", px(base - count as f64 / highest * HIGHEST), px(edge));
    }
    let _ = write!(path, "V{}Z", px(base));
    let tip = format!("{}: {}", line.row.experiment, format::time(&line.time));
    Element::of_class("path", "histogram").set("d", path).child(Element::new("title").text(tip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_in_a_bin() {
        let counts = counts(&[-9.0, -0.1, -0.0999, 0.0, 0.0999, 0.1, 9.0], 0.1);
        assert_eq!(counts.iter().sum::<usize>(), 7);
        assert_eq!((counts[0], counts[BINS / 2], counts[BINS - 1]), (3, 1, 3));
    }
}
