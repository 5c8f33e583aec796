//! Stacked times of the phases of each experiment, and the time of all phases in one recording.

use super::Data;
use super::chart::{self, Figure, WIDTH};
use super::element::Element;
use super::scale::Scale;
use crate::results::format;
use crate::results::interval::Time;
use crate::results::report::{Context, contexts};
use crate::results::run::Run;
use crate::results::values::{Mode, Phase, Status};

/// More bars than these are not read; the fastest are shown.
const MOST: usize = 48;

/// What is shorter than this share of the longest bar is drawn once more on an axis of its own.
const SMALL: f64 = 0.2;

/// Pixels of a line, of a bar on it, and above the first.
const LINE: f64 = 19.0;
const THICK: f64 = 13.0;
const TOP: f64 = 24.0;

/// One experiment: its phases that have times, in order, and its total.
struct Bar<'a> {
    run: &'a Run<'a>,
    label: String,
    phases: Vec<(Phase, Time)>,
    total: Option<Time>,
}

impl<'a> Bar<'a> {
    fn of(run: &'a Run<'a>) -> Self {
        let isolated = |&phase: &Phase| Some((phase, run.time(phase, Mode::Isolated).ok()?));
        let is_part = |phase: &&Phase| **phase != Phase::Total;
        let prefix = format!("/stop_after={}", run.any().stop_after);
        Self {
            run,
            label: run.any().experiment.replace(&prefix, ""),
            phases: Phase::ALL.iter().filter(is_part).filter_map(isolated).collect(),
            total: run.time(Phase::Total, Mode::Pipelined).ok(),
        }
    }

    /// How far it is drawn, intervals included, in ns; nothing where it has no times.
    fn length(&self) -> Option<f64> {
        let sum: f64 = self.phases.iter().map(|(_, time)| time.interval.mid).sum();
        let above = self.phases.last().map_or(0.0, |(_, time)| time.interval.high - time.interval.mid);
        let longest = (sum + above).max(self.total.map_or(0.0, |total| total.interval.high));
        (longest > 0.0).then_some(longest)
    }
}

/// One figure for each configuration and problem.
pub fn figures(data: &Data<'_>) -> Result<Vec<Figure>, String> {
    let figures: Vec<Figure> = contexts(&data.runs).iter().filter_map(figure).collect();
    if figures.is_empty() { Err("no phase has a time".to_owned()) } else { Ok(figures) }
}

fn figure(context: &Context<'_>) -> Option<Figure> {
    let all = context.runs.len();
    let mut bars: Vec<Bar<'_>> = context.runs.iter().map(Bar::of).collect();
    if all > MOST {
        bars.retain(|bar| bar.length().is_some());
        bars.sort_by(|a, b| a.length().unwrap_or(0.0).total_cmp(&b.length().unwrap_or(0.0)));
        bars.truncate(MOST);
    }
    let left_out = if bars.len() < all {
        format!(" The fastest {} of {all} are shown.", bars.len())
    } else {
        String::new()
    };
    let prefix = |bar: &Bar<'_>| Phase::parse(&bar.run.any().stop_after);
    bars.sort_by(|a, b| {
        let length = |bar: &Bar<'_>| bar.length().unwrap_or(f64::INFINITY);
        prefix(a).cmp(&prefix(b)).then(length(a).total_cmp(&length(b)))
    });
    let names: Vec<String> = bars.iter().map(|bar| bar.label.clone()).collect();
    for (bar, label) in bars.iter_mut().zip(chart::short_labels(&names)) {
        bar.label = label;
    }
    bars.iter().find(|bar| !bar.phases.is_empty())?;
    let longest = bars.iter().filter_map(Bar::length).max_by(f64::total_cmp)?;

    let (mut marks, mut places, mut y) = (Vec::new(), Vec::new(), TOP);
    let characters = bars.iter().map(|bar| bar.label.chars().count()).max().unwrap_or(0).max(12);
    let left = characters as f64 * chart::CHARACTER + 10.0;
    let mut above = None;
    for bar in &bars {
        if prefix(bar) != above {
            above = prefix(bar);
            let heading = format!("up to {}", bar.run.any().stop_after);
            marks.push(chart::label("end strong", (left - 6.0, y + THICK - 1.0), &heading));
            y += LINE;
        }
        marks.push(chart::label("end", (left - 6.0, y + THICK - 2.0), &bar.label));
        places.push(y);
        y += LINE;
    }
    for (scale, title) in scales(&bars, longest, left) {
        marks.push(chart::label("faint", (scale.ends().0, 12.0), title));
        marks.extend(chart::axis_x(
            scale,
            (TOP - 4.0, y),
            "median, with its 95 % interval",
            chart::round_time,
        ));
        for (bar, &place) in bars.iter().zip(&places) {
            marks.extend(stack(bar, scale, place));
        }
    }
    let used = |phase: &&Phase| bars.iter().any(|bar| bar.phases.iter().any(|(own, _)| own == *phase));
    let mut legend: Vec<(Element, String)> = Phase::ALL
        .iter()
        .filter(used)
        .map(|&phase| (chart::swatch(&chart::phase_class(phase)), phase.to_string()))
        .collect();
    legend.push((chart::marker_swatch(1, "total"), "all in one recording".to_owned()));
    Some(Figure {
        title: "Time of each phase, and of all in one recording".to_owned(),
        notes: format!("{}: {}.{left_out}", context.config, context.shape),
        height: y + 42.0,
        marks,
        legend,
    })
}

/// The scale of all bars and, where two or more are short against the longest, one of the short ones beside it.
fn scales(bars: &[Bar<'_>], longest: f64, left: f64) -> Vec<(Scale, &'static str)> {
    // Room for the times at the ends of bars.
    const ROOM: f64 = 66.0;
    let short: Vec<f64> =
        bars.iter().filter_map(Bar::length).filter(|&length| length <= longest * SMALL).collect();
    let short_longest = short.iter().copied().max_by(f64::total_cmp).filter(|_| short.len() >= 2);
    let Some(short_longest) = short_longest else {
        return vec![(Scale::linear(0.0, longest, left, WIDTH - ROOM), "")];
    };
    let half = (WIDTH - left) / 2.0;
    vec![
        (Scale::linear(0.0, longest, left, left + half - ROOM), "all"),
        (Scale::linear(0.0, short_longest, left + half, WIDTH - ROOM), "the short ones (▸ runs on)"),
    ]
}

/// A bar with its intervals, total and time.
fn stack(bar: &Bar<'_>, scale: Scale, top: f64) -> Vec<Element> {
    let middle = top + THICK / 2.0;
    let Some(length) = bar.length() else {
        let worst = bar.run.worst();
        let why = if worst.status == Status::Ok { "not measured" } else { worst.status.as_str() };
        return vec![chart::label("faint", (scale.ends().0 + 4.0, middle + 4.0), &format!("no time: {why}"))];
    };
    let is_within = |end: f64| end <= scale.high() * 1.000_001;
    let (mut marks, mut start) = (Vec::new(), 0.0);
    for (phase, time) in &bar.phases {
        let end = start + time.interval.mid;
        let tip = format!("{}, {phase}: {}", bar.run.any().experiment, format::time(time));
        let across = (scale.place(start), scale.place(end));
        marks.push(chart::bar(&chart::phase_class(*phase), across, (top, THICK), &tip));
        if is_within(end) {
            let interval = time.interval.moved(start);
            marks.push(chart::interval_x(scale, &interval, middle));
        }
        start = end;
    }
    let total = bar.total.map_or(start, |total| total.interval.mid);
    if let Some(time) = bar.total.filter(|total| is_within(total.interval.mid)) {
        let tip = format!("{}, total: {}", bar.run.any().experiment, format::time(&time));
        marks.push(chart::interval_x(scale, &time.interval, middle));
        marks.push(chart::marker(1, "total", (scale.place(time.interval.mid), middle), &tip));
    }
    let runs_on = if is_within(length) { "" } else { "▸ " };
    let text = format!("{runs_on}{}", format::nanoseconds(total));
    marks.push(chart::label("small", (scale.place(length) + 8.0, middle + 4.0), &text));
    marks
}
