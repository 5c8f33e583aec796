//! A roofline: how fast each phase computes for the bytes it moves, below what the device's ceilings allow.

use super::Data;
use super::chart::{self, Figure, WIDTH};
use super::element::Element;
use super::scale::Scale;
use crate::results::ceilings::Ceilings;
use crate::results::columns::Row;
use crate::results::format;
use crate::results::interval::{Interval, Time};
use crate::results::report::{Context, contexts};
use crate::results::values::{Mode, Phase};

/// Pixels: where the plane lies.
const LEFT: f64 = 100.0;
const RIGHT: f64 = WIDTH - 10.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 340.0;

/// A phase's work in its time. Rates are per nanosecond.
struct Point<'a> {
    row: &'a Row,
    /// Operations per byte of device memory.
    intensity: f64,
    rate: Interval,
    /// What the ceilings allow it, an empty dispatch's time included.
    allowed: Option<f64>,
}

impl<'a> Point<'a> {
    fn of(row: &'a Row) -> Option<Self> {
        let Interval { mid, low, high } = Time::of(row)?.interval;
        let flops = row.flops.filter(|&flops| flops > 0)? as f64;
        let bytes = row.bytes.filter(|&bytes| bytes > 0)? as f64;
        let rate = Interval { mid: flops / mid, low: flops / high, high: flops / low };
        Some(Self { row, intensity: flops / bytes, rate, allowed: row.floor_ns.map(|floor| flops / floor) })
    }
}

/// One figure for each configuration and problem.
pub fn figures(data: &Data<'_>) -> Result<Vec<Figure>, String> {
    let ceilings = data
        .ceilings
        .as_ref()
        .ok_or("there are no ceilings of the device; `winoscope ceilings` measures them")?;
    let figures: Vec<Figure> =
        contexts(&data.runs).iter().filter_map(|context| figure(context, ceilings)).collect();
    if figures.is_empty() {
        return Err(
            "no single phase has a time, operations and bytes, or the ceilings lack a rate".to_owned()
        );
    }
    Ok(figures)
}

/// The phases of a context, of the same work in several prefixes the one in the longest.
fn points<'a>(context: &Context<'a>) -> Vec<Point<'a>> {
    let mut rows: Vec<&'a Row> = context.runs.iter().flat_map(|run| run.rows.iter().copied()).collect();
    rows.retain(|row| row.mode == Mode::Isolated && row.phase != Phase::Total);
    rows.sort_by_key(|row| std::cmp::Reverse(Phase::parse(&row.stop_after)));
    let mut points: Vec<Point<'a>> = Vec::new();
    for point in rows.into_iter().filter_map(Point::of) {
        let work = |row: &Row| (row.variant.clone(), row.phase, row.flops, row.bytes, row.spirv_hash.clone());
        if !points.iter().any(|known| work(known.row) == work(point.row)) {
            points.push(point);
        }
    }
    points
}

fn figure(context: &Context<'_>, ceilings: &Ceilings) -> Option<Figure> {
    let points = points(context);
    let (roof, memory, cache) =
        (ceilings.f32_rate()?, ceilings.memory_bandwidth()?, ceilings.fastest_bandwidth()?);
    let intensities = || points.iter().map(|point| point.intensity);
    let low = intensities().min_by(f64::total_cmp)? / 2.0;
    let high = (intensities().max_by(f64::total_cmp)? * 2.0).max(roof / memory * 6.0);
    let slowest = points.iter().map(|point| point.rate.low).min_by(f64::total_cmp)?;
    let fastest = points.iter().map(|point| point.rate.high).fold(roof, f64::max);
    let x = Scale::log(low, high, LEFT, RIGHT);
    let y = Scale::log(slowest.min(low * memory) / 2.0, fastest * 1.3, BOTTOM, TOP);

    let mut marks = chart::axis_x(
        x,
        (TOP, BOTTOM),
        "operations per byte of device memory, as the plan counts them",
        |tick| tick.to_string(),
    );
    marks.extend(chart::axis_y(y, (LEFT, RIGHT), "operations per second", |tick| {
        format::round_rate(tick, "flop")
    }));
    for (class, bandwidth) in [("roof", memory), ("roof dashed", cache)] {
        let knee = (roof / bandwidth).min(high);
        let (from, to) =
            ((x.place(low), y.place(low * bandwidth)), (x.place(knee), y.place(knee * bandwidth)));
        marks.push(chart::line(class, from, to));
    }
    marks.push(chart::line("roof", (x.place(roof / cache), y.place(roof)), (RIGHT, y.place(roof))));
    marks.push(chart::label(
        "small end",
        (RIGHT, y.place(roof) - 6.0),
        &format!("f32: {}", format::rate(roof, "flop")),
    ));

    let mut variants: Vec<&str> = Vec::new();
    for point in &points {
        if !variants.contains(&point.row.variant.as_str()) {
            variants.push(&point.row.variant);
        }
    }
    let series =
        |point: &Point<'_>| variants.iter().position(|&variant| variant == point.row.variant).unwrap_or(0);
    for point in &points {
        if let Some(allowed) = point.allowed {
            let (place, from, to) = (x.place(point.intensity), y.place(point.rate.mid), y.place(allowed));
            marks.push(chart::line("thin", (place, from), (place, to)));
            marks.push(chart::line("axis", (place - 5.0, to), (place + 5.0, to)));
        }
    }
    for point in &points {
        let Row { experiment, phase, .. } = point.row;
        let tip = format!(
            "{experiment}, {phase}: {}, {:.2} flop/B",
            format::rate(point.rate.mid, "flop"),
            point.intensity
        );
        let at = (x.place(point.intensity), y.place(point.rate.mid));
        marks.push(chart::interval_y(y, &point.rate, at.0));
        marks.push(chart::marker(series(point), &chart::phase_class(*phase), at, &tip));
    }
    let used = |phase: &&Phase| points.iter().any(|point| point.row.phase == **phase);
    let phases = Phase::ALL.iter().filter(used);
    let mut legend: Vec<(Element, String)> =
        phases.map(|&phase| (chart::swatch(&chart::phase_class(phase)), phase.to_string())).collect();
    if variants.len() > 1 {
        let entry = |(index, variant): (usize, &&str)| {
            (chart::marker_swatch(index, "total"), format!("variant {variant}"))
        };
        legend.extend(variants.iter().enumerate().map(entry));
    }
    legend.push((chart::line_swatch("roof"), format!("device memory, {}", format::rate(memory, "B"))));
    legend.push((
        chart::line_swatch("roof dashed"),
        format!("the fastest cache, {}", format::rate(cache, "B")),
    ));
    Some(Figure {
        title: "Roofline of the phases".to_owned(),
        notes: format!(
            "{}: {}. Lines are the device's measured ceilings; a dash above a phase is what they allow it, an empty \
             dispatch's time included; 95 % intervals.",
            context.config, context.shape
        ),
        height: BOTTOM + 42.0,
        marks,
        legend,
    })
}
