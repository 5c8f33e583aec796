//! The factors' shares of a slowdown, as a waterfall from one experiment to the other.

use super::Data;
use super::chart::{self, Figure, WIDTH};
use super::element::Element;
use super::scale::Scale;
use crate::results::format;
use crate::results::interval::Interval;
use crate::results::shares::ShareRow;
use crate::results::values::{Mode, Phase};

/// Pixels of a line and of a bar on it.
const LINE: f64 = 19.0;
const THICK: f64 = 13.0;

/// The looks of bars: class and meaning.
const LOOKS: [(&str, &str); 4] = [
    ("share-slower", "slower"),
    ("share-faster", "faster"),
    ("share-noise", "cannot be told from 1"),
    ("share-whole", "whole"),
];

/// One figure for each pair of experiments, in the order of their prefixes.
pub fn figures(data: &Data<'_>) -> Result<Vec<Figure>, String> {
    let mut pairs: Vec<Vec<&ShareRow>> = Vec::new();
    for &share in &data.shares {
        match pairs.iter_mut().find(|pair| pair[0].pair() == share.pair()) {
            Some(pair) => pair.push(share),
            None => pairs.push(vec![share]),
        }
    }
    pairs.sort_by_key(|pair| Phase::parse(&pair[0].stop_after));
    if pairs.is_empty() {
        return Err(
            "there is no file of shares beside the rows, which `winoscope attribute` writes".to_owned()
        );
    }
    Ok(pairs.iter().map(|pair| figure(pair)).collect())
}

/// A factor's bar: from where the one before it ended, and the whole from 1.
struct Step<'a> {
    share: &'a ShareRow,
    start: f64,
}

impl Step<'_> {
    /// Where the bar ends, with the interval of its own share.
    fn end(&self) -> Interval {
        let ShareRow { share, ci_low, ci_high, .. } = self.share;
        Interval { mid: self.start * share, low: self.start * ci_low, high: self.start * ci_high }
    }

    fn look(&self) -> &'static str {
        let [slower, faster, noise, whole] = LOOKS.map(|(class, _)| class);
        match self.share {
            share if share.factor == ShareRow::WHOLE => whole,
            share if share.is_noise != 0 => noise,
            share if share.share > 1.0 => slower,
            _ => faster,
        }
    }
}

fn steps<'a>(pair: &[&'a ShareRow]) -> Vec<Step<'a>> {
    let (whole, factors): (Vec<_>, Vec<_>) =
        pair.iter().copied().partition(|share| share.factor == ShareRow::WHOLE);
    let mut reached = 1.0;
    let mut steps: Vec<Step<'a>> = Vec::new();
    for share in factors {
        steps.push(Step { share, start: reached });
        reached *= share.share;
    }
    steps.extend(whole.into_iter().map(|share| Step { share, start: 1.0 }));
    steps
}

fn figure(pair: &[&ShareRow]) -> Figure {
    let steps = steps(pair);
    let name = |step: &Step<'_>| {
        let ShareRow { factor, from_value, to_value, .. } = step.share;
        if factor == ShareRow::WHOLE {
            factor.clone()
        } else {
            format!("{factor} ({from_value} → {to_value})")
        }
    };
    let names: Vec<String> = steps.iter().map(name).collect();
    let characters = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let left = (characters as f64 * chart::CHARACTER + 10.0).min(WIDTH * 0.55);
    let ends = steps.iter().flat_map(|step| [step.start, step.end().low, step.end().high]);
    let (low, high) = ends.fold((1.0, 1.02), |(low, high): (f64, f64), end| (low.min(end), high.max(end)));
    let scale = Scale::log(low, high, left, WIDTH - 60.0);
    let bottom = LINE * steps.len() as f64 + 4.0;

    let mut marks = chart::axis_x(scale, (0.0, bottom), "time, in units of the first experiment's", |tick| {
        format!("{}×", tick)
    });
    marks.push(chart::line("axis", (scale.place(1.0), 0.0), (scale.place(1.0), bottom)));
    for (index, (step, name)) in steps.iter().zip(&names).enumerate() {
        let top = LINE * index as f64 + 4.0;
        let (middle, end) = (top + THICK / 2.0, step.end());
        let own = Interval { mid: step.share.share, low: step.share.ci_low, high: step.share.ci_high };
        let tip = format!("{name}: {}", format::ratio(&own));
        marks.push(chart::label("end", (left - 6.0, middle + 4.0), name));
        marks.push(chart::bar(
            step.look(),
            (scale.place(step.start), scale.place(end.mid)),
            (top, THICK),
            &tip,
        ));
        marks.push(chart::interval_x(scale, &end, middle));
        let right = scale.place(end.high.max(step.start)) + 8.0;
        marks.push(chart::label("small", (right, middle + 4.0), &format!("{}×", format::factor(own.mid))));
    }
    let ShareRow { from, to, mode, .. } = pair[0];
    let clock = if *mode == Mode::HostLazy { "by the host's clock" } else { "all phases in one recording" };
    let legend: Vec<(Element, String)> =
        LOOKS.iter().map(|&(class, text)| (chart::swatch(class), text.to_owned())).collect();
    Figure {
        title: format!("Each factor's share of the way from {from} to {to}"),
        notes: format!(
            "{}: ratios of times, {clock}; Shapley shares, which multiply to the whole; 95 % intervals.",
            pair[0].config
        ),
        height: bottom + 42.0,
        marks,
        legend,
    }
}
