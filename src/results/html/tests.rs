//! The page read as a browser would: what it shows is what the rows say, and it needs nothing else.

use std::path::Path;

use roxmltree::{Document, Node, ParsingOptions};

use super::super::ceilings::SavedCeilings;
use super::super::columns::Row;
use super::super::format;
use super::super::interval::{Interval, Time};
use super::super::read::{Beside, read_rows, read_samples_beside};
use super::super::report;
use super::super::synthetic::{Case, RowsBuilder, row};
use super::super::values::{Mode, Phase};
use super::{STYLE, Sources, page};

/// What lies in `results/<file>`, with what lies beside it.
fn committed(file: &str) -> Sources {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("results").join(file);
    let mut rows = read_rows(&path).unwrap().rows;
    let devices: Vec<String> = rows.iter().map(|row| row.device.clone()).collect();
    let devices = devices.iter().map(String::as_str);
    let ceilings = SavedCeilings::in_folder(path.parent().unwrap(), devices).unwrap();
    ceilings.fill(&mut rows);
    Sources {
        rows,
        beside: Beside::read(&path).unwrap(),
        samples: read_samples_beside(&path).unwrap(),
        ceilings,
    }
}

fn of_rows(rows: Vec<Row>) -> Sources {
    Sources { rows, ..Sources::default() }
}

/// Runs a check on the page's elements; that they can be had is a check that it is well-formed.
fn check(sources: &Sources, check: impl Fn(Node<'_, '_>)) {
    let text = page(sources);
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(&text, options).unwrap_or_else(|error| panic!("{error}: {text}"));
    check(document.root_element());
}

/// All text of an element.
fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}

/// The figures whose title begins so.
fn figures<'a, 'i>(page: Node<'a, 'i>, title: &str) -> Vec<Node<'a, 'i>> {
    let is_named = |node: &Node<'_, '_>| {
        let strong = node.descendants().find(|node| node.has_tag_name("strong"));
        node.has_tag_name("figure") && strong.is_some_and(|strong| text(strong).starts_with(title))
    };
    page.descendants().filter(is_named).collect()
}

/// The one figure whose title begins so.
fn figure<'a, 'i>(page: Node<'a, 'i>, title: &str) -> Node<'a, 'i> {
    let found = figures(page, title);
    assert_eq!(found.len(), 1, "{title}");
    found[0]
}

/// The marks with a tooltip, and what it says.
fn tips<'a, 'i>(figure: Node<'a, 'i>) -> Vec<(String, Node<'a, 'i>)> {
    let titles = figure.descendants().filter(|node| node.has_tag_name("title"));
    let marks = titles.filter_map(|title| Some((text(title), title.parent()?)));
    // A legend's examples have nothing to say.
    marks.filter(|(tip, _)| !tip.is_empty()).collect()
}

/// The mark whose tooltip begins so.
fn mark<'a, 'i>(figure: Node<'a, 'i>, tip: &str) -> Node<'a, 'i> {
    let found = tips(figure).into_iter().find(|(own, _)| own.starts_with(tip));
    found.unwrap_or_else(|| panic!("no mark says {tip}")).1
}

fn number(node: Node<'_, '_>, attribute: &str) -> f64 {
    node.attribute(attribute)
        .and_then(|value| value.parse().ok())
        .unwrap_or_else(|| panic!("{node:?} has no {attribute}"))
}

/// The place of a marker: the middle of what its path covers.
fn place(node: Node<'_, '_>) -> (f64, f64) {
    let path = node.attribute("d").unwrap().trim_matches(['M', 'Z']);
    let (xs, ys): (Vec<f64>, Vec<f64>) = path
        .split('L')
        .map(|point| point.split_once(' ').unwrap())
        .map(|(x, y)| (x.parse::<f64>().unwrap(), y.parse::<f64>().unwrap()))
        .unzip();
    let middle = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        f64::midpoint(low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    };
    (middle(&xs), middle(&ys))
}

/// Which way places, in pixels, go as values grow.
enum Toward {
    Right,
    Top,
}

/// Asserts that places are a linear function of values, to a pixel.
#[track_caller]
fn assert_linear(points: &[(f64, f64)], toward: Toward) {
    let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.0.total_cmp(&b.0);
    let (low, high) = (points.iter().min_by(by_value).unwrap(), points.iter().max_by(by_value).unwrap());
    let reach = match toward {
        Toward::Right => high.1 - low.1,
        Toward::Top => low.1 - high.1,
    };
    assert!(high.0 > low.0 && reach > 100.0, "{points:?}");
    for &(value, place) in points {
        let expected = low.1 + (value - low.0) / (high.0 - low.0) * (high.1 - low.1);
        assert!((place - expected).abs() < 1.0, "{value} lies at {place} and not at {expected}");
    }
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    const LOADS: [&str; 11] =
        ["script", "link", "img", "iframe", "object", "embed", "image", "use", "base", "a", "form"];
    for file in ["h200/investigation.csv", "h200/placements_element.csv", "lavapipe/small.csv"] {
        check(&committed(file), |page| {
            for node in page.descendants().filter(Node::is_element) {
                let name = node.tag_name().name();
                assert!(!LOADS.contains(&name), "{name}");
                for attribute in node.attributes() {
                    let (name, value) = (attribute.name(), attribute.value());
                    assert!(!name.starts_with("on") && !["src", "href", "style"].contains(&name), "{name}");
                    assert!(!value.contains("//") && !value.contains("url("), "{value}");
                }
            }
        });
    }
    assert_eq!(STYLE.matches("url(").count(), STYLE.matches("url(#fill-").count());
    assert!(!STYLE.contains("@import"));
}

/// A browser takes the text of that element as it is.
#[test]
fn the_style_needs_no_escapes() {
    assert!(!STYLE.contains(['<', '>', '&', '"', '\'']));
}

#[test]
fn what_names_and_reasons_contain_stays_text() {
    let evil = "</text><script>alert('x')</script>&amp; \"`*|";
    let mut rows = RowsBuilder::case(Case::NoRegression);
    for row in &mut rows {
        row.experiment = format!("{evil}{}", row.experiment);
        (row.variant, row.config, row.device) = (evil.to_owned(), evil.to_owned(), evil.to_owned());
        row.warnings = evil.to_owned();
    }
    check(&of_rows(rows), |page| {
        assert!(!page.descendants().any(|node| node.has_tag_name("script")));
        let text = text(page);
        assert!(text.contains("</text><script>alert('x')</script>&amp; \""), "{text}");
    });
}

#[test]
fn the_reports_tables_are_there() {
    let sources = committed("h200/investigation.csv");
    let report = report::render(&sources.rows, &sources.beside);
    let known: Vec<&str> = report.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(known.len() > 50);
    check(&sources, |page| {
        let rows = page.descendants().filter(|node| node.has_tag_name("tr"));
        let cells = |row: Node<'_, '_>| row.children().filter(Node::is_element).map(text).collect();
        let rows: Vec<Vec<String>> = rows.map(cells).collect();
        for line in &known {
            let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', ""));
            let cells: Vec<String> = cells.collect();
            assert!(rows.contains(&cells), "{cells:?}");
        }
    });
}

#[test]
fn bars_are_as_long_as_the_medians() {
    let sources = committed("h200/investigation.csv");
    check(&sources, |page| {
        let figure = figure(page, "Time of each phase");
        let isolated: Vec<&Row> = sources.rows.iter().filter(|row| row.mode == Mode::Isolated).collect();
        let bars = tips(figure).into_iter().filter(|(_, mark)| mark.has_tag_name("rect"));
        assert_eq!(bars.count(), 2 * isolated.len(), "each on both axes");
        let mut widths = vec![(0.0, 0.0)];
        for row in isolated {
            let time = format::time(&Time::of(row).unwrap());
            // The first is on the axis of all, where none is cut.
            let bar = mark(figure, &format!("{}, {}: {time}", row.experiment, row.phase));
            widths.push((row.median_ns.unwrap(), number(bar, "width")));
        }
        assert_linear(&widths, Toward::Right);
    });
}

#[test]
fn what_has_no_time_has_no_bar() {
    check(&of_rows(RowsBuilder::case(Case::MissingAndWrong)), |page| {
        let figure = figure(page, "Time of each phase");
        let said = text(figure);
        assert!(said.contains("no time: wrong"), "{said}");
        assert!(!tips(figure).is_empty());
        assert!(!tips(figure).iter().any(|(tip, _)| tip.contains("NaN")));
    });
}

#[test]
fn cells_are_ratios_to_all_global() {
    let sources = committed("h200/placements_element.csv");
    let totals: Vec<&Row> = sources.rows.iter().filter(|row| row.phase == Phase::Total).collect();
    let placements =
        |row: &Row| [&row.xhat_placement, &row.ghat_placement, &row.mhat_placement].map(String::clone);
    let is_base = |row: &&&Row| placements(row).iter().all(|placement| placement == "global");
    let base = Time::of(totals.iter().find(is_base).unwrap()).unwrap().interval;
    check(&sources, |page| {
        let figure = figure(page, "Slowdown over placements");
        assert_eq!(tips(figure).len(), 64);
        let said = text(figure);
        for row in &totals {
            let ratio = Time::of(row).unwrap().interval.over(&base);
            let [xhat, ghat, mhat] = placements(row);
            mark(figure, &format!("XHAT {xhat}, GHAT {ghat}, MHAT {mhat}: {}", format::ratio(&ratio)));
            assert!(said.contains(&format!("{}×", format::factor(ratio.mid))), "{xhat}, {ghat}, {mhat}");
        }
    });
}

#[test]
fn shares_begin_where_the_last_ended() {
    let sources = committed("h200/investigation.csv");
    check(&sources, |page| {
        let drawn = figures(page, "Each factor's share of the way from ");
        assert_eq!(drawn.len(), 4);
        for figure in drawn {
            let title = text(figure);
            let is_shown = |from: &str, to: &str| title.contains(&format!("from {from} to {to}"));
            let shares = sources.beside.shares.iter().filter(|share| is_shown(&share.from, &share.to));
            let bars = tips(figure);
            let (mut reached, mut ends, mut count) = (1.0_f64, Vec::new(), 0);
            for (share, (tip, bar)) in shares.zip(&bars) {
                let own = Interval { mid: share.share, low: share.ci_low, high: share.ci_high };
                assert!(tip.starts_with(&share.factor) && tip.ends_with(&format::ratio(&own)), "{tip}");
                let start = if share.factor == "whole" { 1.0 } else { reached };
                reached = start * share.share;
                let left = number(*bar, "x");
                ends.push((start.min(reached).ln(), left));
                ends.push((start.max(reached).ln(), left + number(*bar, "width")));
                count += 1;
            }
            assert_eq!(bars.len(), count);
            assert_linear(&ends, Toward::Right);
        }
    });
}

#[test]
fn phases_lie_where_their_work_and_time_say() {
    let sources = committed("h200/layer.csv");
    check(&sources, |page| {
        let figure = figure(page, "Roofline");
        let (mut across, mut up) = (Vec::new(), Vec::new());
        for row in sources.rows.iter().filter(|row| row.mode == Mode::Isolated) {
            let (flops, bytes) = (row.flops.unwrap() as f64, row.bytes.unwrap() as f64);
            let rate = flops / row.median_ns.unwrap();
            let tip = format!("{}, {}: {}", row.experiment, row.phase, format::rate(rate, "flop"));
            let (x, y) = place(mark(figure, &tip));
            across.push(((flops / bytes).ln(), x));
            up.push((rate.ln(), y));
        }
        assert_eq!(across.len(), 5);
        assert_linear(&across, Toward::Right);
        assert_linear(&up, Toward::Top);
        let said = text(figure);
        assert!(said.contains("device memory, 4.03 TB/s") && said.contains("NVIDIA H200"), "{said}");
    });
    check(&of_rows(sources.rows.clone()), |page| {
        assert!(figures(page, "Roofline").is_empty());
        assert!(text(page).contains("roofline: there are no ceilings of the device"));
    });
}

#[test]
fn a_peers_speed_is_the_unit() {
    let total = |variant: &str, microseconds: f64, git_commit: &str| Row {
        variant: variant.to_owned(),
        experiment: variant.to_owned(),
        git_commit: git_commit.to_owned(),
        phase: Phase::Total,
        mode: Mode::Pipelined,
        stop_after: String::new(),
        median_ns: Some(1e3 * microseconds),
        ci_low_ns: Some(0.99e3 * microseconds),
        ci_high_ns: Some(1.01e3 * microseconds),
        ..row()
    };
    let ours = [total("slow", 50.0, "commit"), total("fast", 10.0, "commit")];
    let peers = [total("cudnn_fp32", 30.0, ""), total("another", 60.0, "")];
    check(&of_rows([&ours[..], &peers[..]].concat()), |page| {
        let figure = figure(page, "Speed against cudnn_fp32");
        let (three, half) = (mark(figure, "winoscope: 3.00×"), mark(figure, "another: 0.500×"));
        let ratio = number(three, "width") / number(half, "width");
        assert!((ratio - 6.0).abs() < 0.1, "{ratio}");
        assert!(text(figure).contains("(fast)"), "our fastest variant is named");
    });
    check(&of_rows(ours.to_vec()), |page| assert!(text(page).contains("peers: there are no rows of a peer")));
}

#[test]
fn errors_lie_against_times() {
    let sources = committed("lavapipe/accuracy.csv");
    check(&sources, |page| {
        let figure = figure(page, "Error against time");
        let (mut across, mut up) = (Vec::new(), Vec::new());
        for row in sources.rows.iter().filter(|row| row.phase == Phase::Total) {
            let (x, y) = place(mark(figure, &format!("{}: ", row.experiment)));
            across.push((row.median_ns.unwrap().ln(), x));
            up.push((row.rel_error.unwrap().ln(), y));
        }
        assert_eq!(across.len(), 16, "direct, and five tiles with three sets of points each");
        assert_linear(&across, Toward::Right);
        assert_linear(&up, Toward::Top);
        assert!(text(figure).contains("a software driver, whose times say nothing about a GPU"));
    });
}

#[test]
fn samples_have_histograms_where_they_are() {
    let sources = committed("lavapipe/small.csv");
    check(&sources, |page| {
        let figure = figure(page, "Samples about their median");
        let totals: Vec<&Row> = sources.rows.iter().filter(|row| row.phase == Phase::Total).collect();
        assert_eq!(tips(figure).len(), totals.len());
        let said = text(figure);
        for row in totals {
            let line = format!("{} × {}", row.samples.unwrap(), format::nanoseconds(row.median_ns.unwrap()));
            assert!(said.contains(&line), "{line}");
        }
    });
    check(&Sources { samples: Vec::new(), ..sources }, |page| assert!(figures(page, "Samples").is_empty()));
}

#[test]
fn without_rows_there_are_no_figures() {
    check(&Sources::default(), |page| {
        assert!(text(page).contains("There are no rows to report on."));
        assert!(!page.descendants().any(|node| node.has_tag_name("figure")));
    });
}
