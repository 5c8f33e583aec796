//! How far each way of computing is from f64, against the time that it takes.

use super::Data;
use super::chart::{self, Figure, WIDTH};
use super::scale::Scale;
use crate::results::columns::Row;
use crate::results::format;
use crate::results::interval::Interval;
use crate::results::report::{Context, contexts};
use crate::results::run::Run;
use crate::results::values::{Mode, Phase};

/// Pixels: where the plane lies.
const LEFT: f64 = 80.0;
const RIGHT: f64 = WIDTH - 90.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 290.0;

/// More points than these have no figures of their own beside them.
const MOST_NAMED: usize = 24;

/// A whole convolution, computed in one way.
struct Point<'a> {
    row: &'a Row,
    way: String,
    time: Interval,
    error: f64,
}

impl<'a> Point<'a> {
    fn of(run: &Run<'a>) -> Option<Self> {
        let row = run.row(Phase::Total, Mode::Pipelined)?;
        let is_whole = matches!(row.stop_after.as_str(), "" | "output");
        let error = row.rel_error.filter(|&error| is_whole && error > 0.0 && error.is_finite())?;
        let time = run.time(Phase::Total, Mode::Pipelined).ok()?.interval;
        Some(Self { row, way: way(row), time, error })
    }
}

/// What decides the error: `F(4×4), integer` or another algorithm's name, and the arithmetic where it is not f32.
fn way(row: &Row) -> String {
    let arithmetic = match row.arithmetic.as_str() {
        "" | "f32" => String::new(),
        other => format!(", {other}"),
    };
    match row.tile.filter(|_| row.algorithm == "winograd") {
        Some(tile) => format!("F({tile}×{tile}), {}{arithmetic}", row.points),
        None => format!("{}{arithmetic}", row.algorithm),
    }
}

/// One figure for each configuration and problem in which whole convolutions were computed in two ways or more.
pub fn figures(data: &Data<'_>) -> Result<Vec<Figure>, String> {
    let figures: Vec<Figure> = contexts(&data.runs).iter().filter_map(figure).collect();
    if figures.is_empty() {
        return Err(
            "no problem was computed whole in two ways (direct, tiles, points, arithmetic)".to_owned()
        );
    }
    Ok(figures)
}

fn figure(context: &Context<'_>) -> Option<Figure> {
    let points: Vec<Point<'_>> = context.runs.iter().filter_map(Point::of).collect();
    let mut ways: Vec<&str> = points.iter().map(|point| point.way.as_str()).collect();
    ways.sort_unstable();
    ways.dedup();
    if ways.len() < 2 {
        return None;
    }
    let span = |values: Vec<f64>| {
        let low = values.iter().copied().min_by(f64::total_cmp)?;
        let high = values.iter().copied().max_by(f64::total_cmp)?;
        // Room on either side, and some even where all are the same.
        let room = (high / low).powf(0.08).max(1.05);
        Some((low / room, high * room))
    };
    let times = span(points.iter().flat_map(|point| [point.time.low, point.time.high]).collect())?;
    let errors = span(points.iter().map(|point| point.error).collect())?;
    let x = Scale::log(times.0, times.1, LEFT, RIGHT);
    let y = Scale::log(errors.0, errors.1, BOTTOM, TOP);

    let mut marks = chart::axis_x(x, (TOP, BOTTOM), "time of all phases in one recording", chart::round_time);
    marks.extend(chart::axis_y(y, (LEFT, RIGHT), "relative error of y against f64", |tick| {
        format!("{tick:e}")
    }));
    for point in &points {
        let series = ways.iter().position(|&way| way == point.way).unwrap_or(0);
        let at = (x.place(point.time.mid), y.place(point.error));
        let figures = format!("{}, {}", format::nanoseconds(point.time.mid), format::error(point.error));
        marks.push(chart::interval_x(x, &point.time, at.1));
        let tip = format!("{}: {figures}", point.row.experiment);
        marks.push(chart::marker(series, &chart::series_class(series), at, &tip));
        if points.len() <= MOST_NAMED {
            marks.push(chart::label("tiny", (at.0 + 8.0, at.1 - 6.0), &figures));
        }
    }
    let legend = ways.iter().enumerate();
    let legend = legend
        .map(|(index, &way)| (chart::marker_swatch(index, &chart::series_class(index)), way.to_owned()));
    Some(Figure {
        title: "Error against time".to_owned(),
        notes: format!(
            "{}: {}. Times with 95 % intervals; errors are of one random input each and have none.",
            context.config, context.shape
        ),
        height: BOTTOM + 42.0,
        marks,
        legend: legend.collect(),
    })
}
