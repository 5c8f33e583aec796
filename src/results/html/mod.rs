//! The report as one page that needs nothing else: the tables of [`report`] and figures drawn as SVG.

mod accuracy;
mod chart;
mod distributions;
mod element;
mod markdown;
mod peers;
mod phases;
mod placements;
mod roofline;
mod scale;
mod shares;
#[cfg(test)]
mod tests;

use super::ceilings::{Ceilings, SavedCeilings};
use super::columns::{Row, Sample};
use super::read::Beside;
use super::report;
use super::run::Run;
use super::shares::ShareRow;
use super::timestamp::order_key;
use chart::Figure;
use element::Element;

/// What a page is made of.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The rows.
    pub rows: Vec<Row>,
    /// What lies beside them and explains them.
    pub beside: Beside,
    /// Their raw samples, as far as they are there.
    pub samples: Vec<Sample>,
    /// Ceilings of devices, among them the rows'.
    pub ceilings: SavedCeilings,
}

/// What figures are drawn of: one device's latest runs, with what is known besides.
struct Data<'a> {
    /// Experiments by the device's clock.
    runs: Vec<Run<'a>>,
    /// Of the same device, the latest of each pair of experiments.
    shares: Vec<&'a ShareRow>,
    samples: &'a [Sample],
    ceilings: Option<Ceilings>,
}

/// One kind of figure: its name, and how its figures are drawn or why there are none, as a clause.
type Kind = (&'static str, fn(&Data<'_>) -> Result<Vec<Figure>, String>);

const KINDS: [Kind; 7] = [
    ("phases", phases::figures),
    ("placements", placements::figures),
    ("factor shares", shares::figures),
    ("roofline", roofline::figures),
    ("peers", peers::figures),
    ("error against time", accuracy::figures),
    ("distributions", distributions::figures),
];

const STYLE: &str = include_str!("page.css");

/// The page, in HTML that is well-formed XML too. It names no address, so that a browser loads nothing for it.
///
/// Of several devices the one measured last is shown, of several runs of an experiment the latest, as in
/// [`report::render`].
pub fn page(sources: &Sources) -> String {
    let report = markdown::elements(&report::render(&sources.rows, &sources.beside));
    let body = Element::new("main").children(report).children(figures(sources));
    let meta = |name: &str, content: &str| Element::new("meta").set("name", name).set("content", content);
    let head = Element::new("head")
        .child(Element::new("meta").set("charset", "utf-8"))
        .child(meta("viewport", "width=device-width"))
        .child(meta("color-scheme", "light dark"))
        .child(Element::new("title").text(title(&sources.rows)))
        .child(Element::new("style").text(STYLE));
    let body = Element::new("body").child(definitions()).child(body);
    format!("<!DOCTYPE html>\n<html lang=\"en\">{head}{body}</html>\n")
}

fn title(rows: &[Row]) -> String {
    let mut configs: Vec<&str> = rows.iter().map(|row| row.config.as_str()).collect();
    configs.dedup();
    configs.truncate(3);
    format!("Winoscope: {}", configs.join(", "))
}

/// The section of figures, and what could not be drawn; nothing without rows.
fn figures(sources: &Sources) -> Vec<Element> {
    let Some((device, runs)) = report::reported(&sources.rows) else {
        return Vec::new();
    };
    let provenance = provenance(device, &runs);
    let driver = runs.iter().map(|run| run.any().driver.as_str()).next_back().unwrap_or_default();
    let data = Data {
        runs: runs.into_iter().filter(|run| !run.is_by_host()).collect(),
        shares: latest_shares(&sources.beside.shares, device),
        samples: &sources.samples,
        ceilings: sources.ceilings.of(device, driver),
    };
    let mut elements = vec![Element::new("h2").text("Figures")];
    let mut absent = Vec::new();
    for (name, draw) in KINDS {
        match draw(&data) {
            Ok(figures) => elements.extend(figures.into_iter().map(|figure| figure.element(&provenance))),
            Err(reason) => absent.push(format!("- {name}: {reason}")),
        }
    }
    if !absent.is_empty() {
        elements.push(Element::new("p").text("Not drawn:"));
        elements.extend(markdown::elements(&absent.join("\n")));
    }
    elements
}

/// Device, driver and dates, said of every figure.
fn provenance(device: &str, runs: &[Run<'_>]) -> String {
    let of = |value: fn(&Row) -> &str| {
        let mut values: Vec<&str> = runs.iter().map(|run| value(run.any())).collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    let dates = of(|row| row.timestamp_utc.get(..10).unwrap_or(&row.timestamp_utc));
    let date = match dates.as_slice() {
        [first, .., last] => format!("{first} to {last}"),
        dates => dates.concat(),
    };
    let is_software = !report::software_caution(device).is_empty();
    let caution = if is_software { "; a software driver, whose times say nothing about a GPU" } else { "" };
    format!("{device}, {}, measured {date}{caution}", of(|row| &row.driver).join(" and "))
}

fn latest_shares<'s>(shares: &'s [ShareRow], device: &str) -> Vec<&'s ShareRow> {
    let of_device = || shares.iter().filter(|share| share.device == device);
    let is_latest = |share: &&ShareRow| {
        let same = |other: &&ShareRow| other.pair() == share.pair();
        let latest = of_device().filter(same).map(|other| order_key(&other.timestamp_utc)).max();
        latest == Some(order_key(&share.timestamp_utc))
    };
    of_device().filter(is_latest).collect()
}

/// The hatches that tell phases and factors apart without their colours, once for all figures.
fn definitions() -> Element {
    let hatch = |name: &str, path: &str| {
        let ground = Element::of_class("rect", "ground").at("width", 8.0).at("height", 8.0);
        Element::new("pattern")
            .set("id", name)
            .set("class", name)
            .set("patternUnits", "userSpaceOnUse")
            .at("width", 8.0)
            .at("height", 8.0)
            .child(ground)
            .child(Element::of_class("path", "hatch").set("d", path))
    };
    let (rising, falling) = ("M-2 2L2 -2M0 8L8 0M6 10L10 6", "M-2 6L2 10M0 0L8 8M6 -2L10 2");
    let hatches = [
        hatch("fill-ghat", rising),
        hatch("fill-output", "M2 0V8M6 0V8"),
        hatch("fill-consume", falling),
        hatch("fill-faster", rising),
        hatch("fill-noise", "M0 8L8 0M0 0L8 8"),
    ];
    Element::of_class("svg", "definitions")
        .set("aria-hidden", "true")
        .child(Element::new("defs").children(hatches))
}
