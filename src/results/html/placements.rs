//! A heat map of slowdowns over the placements of the three intermediates.

use std::collections::BTreeMap;

use super::Data;
use super::chart::{self, Figure, WIDTH};
use super::element::Element;
use crate::results::columns::Row;
use crate::results::format;
use crate::results::interval::Interval;
use crate::results::report::shape;
use crate::results::run::Run;
use crate::results::values::{Mode, Phase};

const PLACEMENTS: [&str; 4] = ["global", "shared", "register", "inline"];

/// A map of fewer cells tells nothing that a table does not.
const FEWEST: usize = 4;

/// Pixels of a cell.
const CELL: (f64, f64) = (78.0, 34.0);

/// The placements of XHAT, GHAT and MHAT.
type Place = [usize; 3];

/// One figure for each problem and each way of computing that was measured in several placements.
pub fn figures(data: &Data<'_>) -> Result<Vec<Figure>, String> {
    let mut maps: BTreeMap<Vec<String>, Vec<&Run<'_>>> = BTreeMap::new();
    for run in data.runs.iter().filter(|run| run.any().stop_after == "output" && place(run.any()).is_some()) {
        maps.entry(else_equal(run.any())).or_default().push(run);
    }
    let figures: Vec<Figure> = maps.into_values().filter_map(|runs| figure(&runs)).collect();
    if figures.is_empty() {
        return Err(format!("nothing was measured in {FEWEST} placements or more, all else equal"));
    }
    Ok(figures)
}

fn place(row: &Row) -> Option<Place> {
    let of = |placement: &String| PLACEMENTS.iter().position(|known| known == placement);
    Some([of(&row.xhat_placement)?, of(&row.ghat_placement)?, of(&row.mhat_placement)?])
}

/// What must be equal for times to differ by their placements.
fn else_equal(row: &Row) -> Vec<String> {
    let tile = row.tile.map(|tile| format!("F({tile}×{tile})")).unwrap_or_default();
    let factors = [&row.points, &row.evaluation, &row.coefficients, &row.mapping, &row.arithmetic, &row.grid];
    let rest = [&row.barriers, &row.filter_reuse];
    [shape(row), tile].into_iter().chain(factors.into_iter().chain(rest).cloned()).collect()
}

fn figure(runs: &[&Run<'_>]) -> Option<Figure> {
    let mut times: BTreeMap<Place, Interval> = BTreeMap::new();
    let (mut timed, mut known) = (0, Vec::new());
    for run in runs {
        let Some(place) = place(run.any()) else { continue };
        known.push((place, run.worst().status));
        if let Ok(time) = run.time(Phase::Total, Mode::Pipelined) {
            timed += 1;
            let fastest = times.entry(place).or_insert(time.interval);
            if time.interval.mid < fastest.mid {
                *fastest = time.interval;
            }
        }
    }
    if times.len() < FEWEST {
        return None;
    }
    let fastest = || times.iter().min_by(|a, b| a.1.mid.total_cmp(&b.1.mid)).map(|(&place, _)| place);
    let reference = Some([0; 3]).filter(|all_global| times.contains_key(all_global)).or_else(fastest)?;
    let base = times[&reference];
    let ratios: BTreeMap<Place, Interval> =
        times.iter().map(|(&place, time)| (place, time.over(&base))).collect();
    let reach = ratios.values().map(|ratio| ratio.mid.max(1.0 / ratio.mid)).fold(2.0, f64::max);

    let lists: [Vec<usize>; 3] = [0, 1, 2].map(|buffer| {
        (0..PLACEMENTS.len()).filter(|&one| known.iter().any(|(place, _)| place[buffer] == one)).collect()
    });
    let [xhat, ghat, mhat] = &lists;
    let (left, panel_height) = (64.0, 62.0 + CELL.1 * xhat.len() as f64);
    let step = (WIDTH - left) / 2.0;
    let mut marks = Vec::new();
    for (index, &m) in mhat.iter().enumerate() {
        let corner = (left + step * (index % 2) as f64, 22.0 + panel_height * (index / 2) as f64);
        let middle = corner.0 + CELL.0 * ghat.len() as f64 / 2.0;
        marks.push(chart::label(
            "middle strong",
            (middle, corner.1 - 8.0),
            &format!("MHAT {}", PLACEMENTS[m]),
        ));
        for (x, &g) in ghat.iter().enumerate() {
            let at = (corner.0 + CELL.0 * (x as f64 + 0.5), corner.1 + CELL.1 * xhat.len() as f64 + 13.0);
            marks.push(chart::label("tick middle", at, PLACEMENTS[g]));
        }
        marks.push(chart::label("middle", (middle, corner.1 + CELL.1 * xhat.len() as f64 + 28.0), "GHAT"));
        for (y, &h) in xhat.iter().enumerate() {
            let top = corner.1 + CELL.1 * y as f64;
            if index % 2 == 0 {
                marks.push(chart::label("tick end", (left - 6.0, top + CELL.1 / 2.0 + 4.0), PLACEMENTS[h]));
            }
            for (x, &g) in ghat.iter().enumerate() {
                let place = [h, g, m];
                let at = (corner.0 + CELL.0 * x as f64, top);
                let status =
                    known.iter().find(|(other, _)| *other == place).map(|(_, status)| status.as_str());
                marks.extend(match ratios.get(&place) {
                    Some(ratio) => cell(at, place, ratio, place == reference, reach),
                    None => vec![chart::label(
                        "faint middle",
                        (at.0 + CELL.0 / 2.0, at.1 + 21.0),
                        status.unwrap_or("–"),
                    )],
                });
            }
        }
        if index % 2 == 0 {
            marks.push(chart::label("end strong", (left - 6.0, corner.1 - 8.0), "XHAT"));
        }
    }
    let row = runs[0].any();
    let one = format!(
        "1× is {} (XHAT {}, GHAT {}, MHAT {})",
        format::nanoseconds(base.mid),
        PLACEMENTS[reference[0]],
        PLACEMENTS[reference[1]],
        PLACEMENTS[reference[2]]
    );
    let several = if timed > times.len() {
        " Of several experiments with one placement the fastest is shown."
    } else {
        ""
    };
    Some(Figure {
        title: "Slowdown over placements".to_owned(),
        notes: format!(
            "{}: {}; {}. {one}; below each ratio, half its 95 % interval.{several}",
            row.config,
            shape(row),
            else_equal(row)[1..].join(", ")
        ),
        height: 22.0 + panel_height * mhat.len().div_ceil(2) as f64,
        marks,
        legend: Vec::new(),
    })
}

/// A cell with its ratio and half the interval of it.
fn cell(at: (f64, f64), place: Place, ratio: &Interval, is_reference: bool, reach: f64) -> Vec<Element> {
    let share = ratio.mid.ln() / reach.ln();
    let [xhat, ghat, mhat] = place.map(|one| PLACEMENTS[one]);
    let tip = format!("XHAT {xhat}, GHAT {ghat}, MHAT {mhat}: {}", format::ratio(ratio));
    let ground = chart::bar("cell", (at.0 + 1.0, at.0 + CELL.0 - 1.0), (at.1 + 1.0, CELL.1 - 2.0), &tip)
        .set("fill", colour(share));
    let ink = if share.abs() > 0.66 { "on-dark" } else { "on-light" };
    let middle = at.0 + CELL.0 / 2.0;
    let text = format!("{}×", format::factor(ratio.mid));
    let mut marks = vec![ground, chart::label(&format!("middle {ink}"), (middle, at.1 + 16.0), &text)];
    if !is_reference {
        let half = format!("± {}", format::percent(ratio.half_share()));
        marks.push(chart::label(&format!("tiny middle {ink}"), (middle, at.1 + 28.0), &half));
    }
    marks
}

/// A colour from purple (-1, faster) over white (0) to brown (1, slower), which the colour-blind tell apart.
fn colour(share: f64) -> String {
    const SLOWER: [[f64; 3]; 4] =
        [[247.0, 247.0, 246.0], [253.0, 198.0, 130.0], [211.0, 116.0, 16.0], [120.0, 56.0, 8.0]];
    const FASTER: [[f64; 3]; 4] =
        [[247.0, 247.0, 246.0], [193.0, 186.0, 219.0], [127.0, 112.0, 171.0], [60.0, 15.0, 105.0]];
    let stops = if share >= 0.0 { SLOWER } else { FASTER };
    let place = share.abs().min(1.0) * 3.0;
    let index = (place as usize).min(2);
    let part = place - index as f64;
    let mixed = [0, 1, 2].map(|channel| {
        let (from, to) = (stops[index][channel], stops[index + 1][channel]);
        (from + (to - from) * part).round() as u8
    });
    format!("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2])
}

#[cfg(test)]
mod tests {
    use super::colour;

    #[test]
    fn colours_end_where_they_should() {
        assert_eq!([0.0, 1.0, -1.0, 9.0].map(colour), ["#f7f7f6", "#783808", "#3c0f69", "#783808"]);
    }
}
