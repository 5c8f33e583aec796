//! What all figures are made of: marks with their figures as tooltips, axes, intervals, legends.

use super::element::{Element, px};
use super::scale::Scale;
use crate::results::format;
use crate::results::interval::Interval;
use crate::results::values::Phase;

/// The width of every figure, in pixels of its own.
pub const WIDTH: f64 = 760.0;

/// About the width of a character of a label, in the same.
pub const CHARACTER: f64 = 7.0;

/// Characters of the longest label.
const LONGEST: usize = 40;

/// Markers and colours of series are taken from so many.
const SERIES: usize = 6;

/// A figure: what it says, and its marks.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The title.
    pub title: String,
    /// What a reader must know besides device, driver and date: problem, units, what is left out.
    pub notes: String,
    /// In pixels.
    pub height: f64,
    /// What is drawn.
    pub marks: Vec<Element>,
    /// What the looks of marks mean.
    pub legend: Vec<(Element, String)>,
}

impl Figure {
    /// The figure as an element of the page; `provenance` is said of every figure.
    pub fn element(self, provenance: &str) -> Element {
        let title = Element::new("strong").text(&self.title);
        let caption = Element::new("figcaption").child(title);
        let caption = caption.child(Element::new("span").text(format!("{provenance}. {}", self.notes)));
        let drawing = Element::of_class("svg", "drawing")
            .set("viewBox", format!("0 0 {} {}", px(WIDTH), px(self.height)))
            .set("role", "img")
            .set("aria-label", &self.title)
            .children(self.marks);
        let entry = |(swatch, text): (Element, String)| {
            let swatch = Element::of_class("svg", "swatch").set("viewBox", "0 0 22 14").child(swatch);
            Element::new("li").child(swatch).text(text)
        };
        let legend = Element::of_class("ul", "legend").children(self.legend.into_iter().map(entry));
        Element::new("figure").child(caption).child(drawing).child(legend)
    }
}

/// A rectangle, whose tooltip says its figures.
pub fn bar(class: &str, (left, right): (f64, f64), (top, height): (f64, f64), tip: &str) -> Element {
    Element::of_class("rect", format!("bar {class}"))
        .at("x", left.min(right))
        .at("y", top)
        .at("width", (right - left).abs())
        .at("height", height)
        .child(Element::new("title").text(tip))
}

/// A line.
pub fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> Element {
    Element::of_class("line", class).at("x1", from.0).at("y1", from.1).at("x2", to.0).at("y2", to.1)
}

/// A text that begins, ends or has its middle at a place, by its class: `start`, `end` or `middle`.
pub fn label(class: &str, (x, y): (f64, f64), text: &str) -> Element {
    Element::of_class("text", class).at("x", x).at("y", y).text(text)
}

/// An interval along x, with caps.
pub fn interval_x(scale: Scale, interval: &Interval, y: f64) -> Element {
    let (low, high) = (px(scale.place(interval.low)), px(scale.place(interval.high)));
    let (top, bottom) = (px(y - 3.0), px(y + 3.0));
    let path = format!("M{low} {top}V{bottom}M{low} {}H{high}M{high} {top}V{bottom}", px(y));
    Element::of_class("path", "interval").set("d", path)
}

/// An interval along y, with caps.
pub fn interval_y(scale: Scale, interval: &Interval, x: f64) -> Element {
    let (low, high) = (px(scale.place(interval.low)), px(scale.place(interval.high)));
    let (left, right) = (px(x - 3.0), px(x + 3.0));
    let path = format!("M{left} {low}H{right}M{} {low}V{high}M{left} {high}H{right}", px(x));
    Element::of_class("path", "interval").set("d", path)
}

/// A marker of a series: its shape tells it apart where its colour does not, and both together where there are more series
/// than colours.
pub fn marker(series: usize, class: &str, (x, y): (f64, f64), tip: &str) -> Element {
    let points: &[(f64, f64)] = match (series + series / SERIES) % SERIES {
        0 => &[(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)],
        1 => &[(0.0, -5.5), (5.5, 0.0), (0.0, 5.5), (-5.5, 0.0)],
        2 => &[(0.0, -5.5), (5.0, 4.0), (-5.0, 4.0)],
        3 => &[(0.0, 5.5), (5.0, -4.0), (-5.0, -4.0)],
        4 => &[(-5.5, -2.0), (5.5, -2.0), (5.5, 2.0), (-5.5, 2.0)],
        _ => &[(-2.0, -5.5), (2.0, -5.5), (2.0, 5.5), (-2.0, 5.5)],
    };
    let path: Vec<String> = points.iter().map(|(dx, dy)| format!("{} {}", px(x + dx), px(y + dy))).collect();
    let path = format!("M{}Z", path.join("L"));
    Element::of_class("path", format!("marker {class}")).set("d", path).child(Element::new("title").text(tip))
}

/// The class that colours a series.
pub fn series_class(series: usize) -> String {
    format!("series-{}", series % SERIES)
}

/// The class that colours and hatches a phase.
pub fn phase_class(phase: Phase) -> String {
    format!("phase-{phase}")
}

/// A legend's example of a bar.
pub fn swatch(class: &str) -> Element {
    Element::of_class("rect", format!("bar {class}"))
        .at("x", 1.0)
        .at("y", 2.0)
        .at("width", 20.0)
        .at("height", 10.0)
}

/// A legend's example of a marker.
pub fn marker_swatch(series: usize, class: &str) -> Element {
    marker(series, class, (11.0, 7.0), "")
}

/// A legend's example of a line.
pub fn line_swatch(class: &str) -> Element {
    line(class, (1.0, 7.0), (21.0, 7.0))
}

/// A horizontal axis below `bottom`, with lines up to `top`.
pub fn axis_x(
    scale: Scale,
    (top, bottom): (f64, f64),
    title: &str,
    text: impl Fn(f64) -> String,
) -> Vec<Element> {
    let mut marks = Vec::new();
    for tick in scale.ticks() {
        let x = scale.place(tick);
        marks.push(line("grid", (x, top), (x, bottom)));
        marks.push(label("tick middle", (x, bottom + 15.0), &text(tick)));
    }
    let (from, to) = scale.ends();
    marks.push(line("axis", (from, bottom), (to, bottom)));
    marks.push(label("middle", (f64::midpoint(from, to), bottom + 33.0), title));
    marks
}

/// A vertical axis at `left`, with lines up to `right`.
pub fn axis_y(
    scale: Scale,
    (left, right): (f64, f64),
    title: &str,
    text: impl Fn(f64) -> String,
) -> Vec<Element> {
    let mut marks = Vec::new();
    for tick in scale.ticks() {
        let y = scale.place(tick);
        marks.push(line("grid", (left, y), (right, y)));
        marks.push(label("tick end", (left - 6.0, y + 4.0), &text(tick)));
    }
    let (from, to) = scale.ends();
    marks.push(line("axis", (left, from), (left, to)));
    let turned = format!("translate(12 {}) rotate(-90)", px(f64::midpoint(from, to)));
    marks.push(Element::of_class("text", "middle").set("transform", turned).text(title));
    marks
}

/// A round time, as of a tick: `20 µs`.
pub fn round_time(ns: f64) -> String {
    if ns == 0.0 { "0".to_owned() } else { format::round_nanoseconds(ns) }
}

/// Labels short enough to stand beside bars: what all begin with is left out where one is long, and the middle of those
/// that still are.
pub fn short_labels(names: &[String]) -> Vec<String> {
    let names: Vec<String> = names.iter().map(|name| name.replace(".placement=", "=")).collect();
    let is_long = |name: &String| name.chars().count() > LONGEST;
    let cut = if names.iter().any(is_long) && names.len() > 1 { common(&names) } else { 0 };
    names.iter().map(|name| shortened(&name[cut..])).collect()
}

/// How many bytes all names share at their beginning, up to a mark between words.
fn common(names: &[String]) -> usize {
    let first = &names[0];
    let is_shared = |&(end, _): &(usize, char)| names.iter().all(|name| name.starts_with(&first[..=end]));
    let marks = first.char_indices().filter(|(_, character)| "/_: ".contains(*character));
    marks.take_while(is_shared).last().map_or(0, |(end, _)| end + 1)
}

fn shortened(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= LONGEST {
        return name.to_owned();
    }
    let half = LONGEST / 2;
    let (head, tail) = (&characters[..half], &characters[characters.len() - half..]);
    head.iter().chain(&['…']).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_end_where_their_bounds_are() {
        let scale = Scale::linear(0.0, 10.0, 100.0, 200.0);
        let interval = Interval { mid: 4.0, low: 2.0, high: 5.0 };
        let path = |element: Element| element.to_string().split('"').nth(3).map(str::to_owned);
        assert_eq!(path(interval_x(scale, &interval, 7.0)).unwrap(), "M120 4V10M120 7H150M150 4V10");
        assert_eq!(path(interval_y(scale, &interval, 7.0)).unwrap(), "M4 120H10M7 120V150M4 150H10");
        assert_eq!(interval.moved(3.0), Interval { mid: 7.0, low: 5.0, high: 8.0 });
    }

    #[test]
    fn no_two_series_look_alike() {
        let looks = |series| marker_swatch(series, &series_class(series)).to_string();
        let all: std::collections::HashSet<String> = (0..SERIES * SERIES).map(looks).collect();
        assert_eq!(all.len(), SERIES * SERIES);
    }

    #[test]
    fn long_labels_lose_what_they_share_and_then_their_middle() {
        let short = ["old".to_owned(), "old_compiled".to_owned()];
        assert_eq!(short_labels(&short), short);
        let tail = "x".repeat(50);
        let long = [format!("placements_a/{tail}"), "placements_b/ghat.placement=global".to_owned()];
        assert_eq!(
            short_labels(&long),
            [format!("a/{}…{}", "x".repeat(18), "x".repeat(20)), "b/ghat=global".to_owned()]
        );
    }
}
