//! The speed of our fastest variant and of each peer, shape by shape, in units of one peer's.

use super::Data;
use super::chart::{self, Figure, WIDTH};
use super::element::Element;
use super::scale::Scale;
use crate::results::columns::Row;
use crate::results::format;
use crate::results::interval::Interval;
use crate::results::values::{Mode, Phase};

/// The peer whose speed is 1 where it is there; else the first by name.
const UNIT: &str = "cudnn_fp32";
const OURS: &str = "winoscope";

/// Pixels of a bar, between shapes, and left of all.
const THICK: f64 = 11.0;
const GAP: f64 = 26.0;
const LEFT: f64 = 150.0;

/// A whole convolution: what was convolved, by whom, and its time.
struct Whole<'a> {
    row: &'a Row,
    who: &'a str,
    time: Interval,
}

/// The sizes of a row's problem. Peers compute some in another type.
fn problem(row: &Row) -> [u32; 6] {
    [row.batch, row.in_channels, row.out_channels, row.height, row.width, row.padding]
}

/// One figure of all problems of which the unit and we have times.
pub fn figures(data: &Data<'_>) -> Result<Vec<Figure>, String> {
    let wholes: Vec<Whole<'_>> = data
        .runs
        .iter()
        .filter_map(|run| {
            let row = run.row(Phase::Total, Mode::Pipelined)?;
            let is_whole = matches!(row.stop_after.as_str(), "" | "output");
            // Winoscope's rows alone name the commit that they are from.
            let who = if row.git_commit.is_empty() { row.variant.as_str() } else { OURS };
            let time = run.time(Phase::Total, Mode::Pipelined).ok().filter(|_| is_whole)?.interval;
            Some(Whole { row, who, time })
        })
        .collect();
    let mut who: Vec<&str> = wholes.iter().map(|whole| whole.who).filter(|&who| who != OURS).collect();
    who.sort_unstable();
    who.dedup();
    let unit = who.iter().copied().find(|&peer| peer == UNIT).or(who.first().copied());
    let unit = unit.ok_or("there are no rows of a peer (scripts/peers)")?;
    who.retain(|&peer| peer != unit);
    who.insert(0, OURS);
    figure(&wholes, unit, &who)
        .map(|figure| vec![figure])
        .ok_or_else(|| "no peer and we have times of one problem".to_owned())
}

fn figure(wholes: &[Whole<'_>], unit: &str, who: &[&str]) -> Option<Figure> {
    let fastest = |who: &str, sizes: [u32; 6]| {
        let own = wholes.iter().filter(|whole| whole.who == who && problem(whole.row) == sizes);
        own.min_by(|a, b| a.time.mid.total_cmp(&b.time.mid))
    };
    let mut sizes: Vec<[u32; 6]> = wholes.iter().map(|whole| problem(whole.row)).collect();
    sizes.sort_by_key(|sizes| (sizes[..5].iter().map(|&size| u64::from(size)).product::<u64>(), *sizes));
    sizes.dedup();
    sizes.retain(|&sizes| fastest(OURS, sizes).is_some() && fastest(unit, sizes).is_some());
    let speeds = |one: &str| -> Vec<Option<Interval>> {
        let speed = |&sizes: &[u32; 6]| Some(fastest(unit, sizes)?.time.over(&fastest(one, sizes)?.time));
        sizes.iter().map(speed).collect()
    };
    let all: Vec<(&str, Vec<Option<Interval>>)> = who.iter().map(|&one| (one, speeds(one))).collect();
    let highest =
        all.iter().flat_map(|(_, speeds)| speeds).flatten().map(|speed| speed.high).max_by(f64::total_cmp)?;
    let scale = Scale::linear(0.0, highest.max(1.0), LEFT, WIDTH - 60.0);
    let step = THICK * who.len() as f64 + GAP;
    let bottom = step * sizes.len() as f64;

    let mut marks =
        chart::axis_x(scale, (0.0, bottom), &format!("speed, {unit} = 1"), |tick| tick.to_string());
    let mut legend: Vec<(Element, String)> = Vec::new();
    for (index, (one, speeds)) in all.iter().enumerate() {
        let class = chart::series_class(index);
        let known: Vec<f64> = speeds.iter().flatten().map(|speed| speed.mid.ln()).collect();
        let mean = (known.iter().sum::<f64>() / known.len() as f64).exp();
        legend.push((
            chart::swatch(&class),
            format!("{one}: {}× in the geometric mean of {}", format::factor(mean), known.len()),
        ));
        for (shape, speed) in speeds.iter().enumerate() {
            let Some(speed) = speed else { continue };
            let top = step * shape as f64 + GAP / 2.0 + THICK * index as f64;
            let tip = format!("{one}: {}", format::ratio(speed));
            marks.push(chart::bar(&class, (LEFT, scale.place(speed.mid)), (top, THICK), &tip));
            marks.push(chart::interval_x(scale, speed, top + THICK / 2.0));
            let at = (scale.place(speed.high) + 6.0, top + THICK - 1.5);
            marks.push(chart::label("tiny", at, &format::factor(speed.mid)));
        }
    }
    for (shape, &of) in sizes.iter().enumerate() {
        let Some(ours) = fastest(OURS, of) else { continue };
        let [batch, in_channels, out_channels, height, width, _] = of;
        let top = step * shape as f64 + step / 2.0;
        let name = ours.row.config.strip_prefix("suite_").unwrap_or(&ours.row.config);
        marks.push(chart::label("end", (LEFT - 6.0, top), &format!("{name} ({})", ours.row.variant)));
        let text = format!("{batch}: {in_channels}→{out_channels}, {height}×{width}");
        marks.push(chart::label("tiny end", (LEFT - 6.0, top + 12.0), &text));
    }
    marks.push(chart::line("axis", (scale.place(1.0), 0.0), (scale.place(1.0), bottom)));
    Some(Figure {
        title: format!("Speed against {unit}, shape by shape"),
        notes: format!("{unit}'s time over theirs, ours of the variant named; 95 % intervals."),
        height: bottom + 42.0,
        marks,
        legend,
    })
}
