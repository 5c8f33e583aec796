//! The report: what the rows of one device say, from the rows alone.

use std::fmt::Write;

use super::columns::Row;
use super::floor_table::floor_shares;
use super::read::Beside;
use super::run::{Run, latest_runs};
use super::table;
use super::timestamp::order_key;
use super::values::Phase;
use super::{hypothesis, kernel_figures, questions, seed_report};

/// Software drivers, whose times say nothing of a GPU, by parts of their device names in lower case.
const SOFTWARE_DEVICES: [&str; 2] = ["llvmpipe", "swiftshader"];

/// What is said above the shares of floors.
const FLOORS: &str = "How much of each time the device's ceilings explain: the floor, the least time in which it could \
     move the phase's bytes, do its operations or dispatch nothing at all, as a share of the median. 100 % is as fast as \
     can be.";

/// Renders the report, in Markdown: where the rows come from, a table of every experiment, and for each
/// problem the seed's tables with its key questions answered, from device times alone. Times by the host's clock
/// have a table of their own. Where experiments test explanations of the seed's findings, a verdict on each.
///
/// What lies `beside` the rows explains them: where an attribution of OLD to NEW has shares, the tables name the largest
/// factor; where the driver told of its kernels, they have a table of their own.
///
/// Of several devices the one measured last is reported, of several runs of an experiment the latest.
pub fn render(rows: &[Row], beside: &Beside) -> String {
    let Some((device, runs)) = reported(rows) else {
        return "There are no rows to report on.\n".to_owned();
    };
    let mut text = String::from("# Report\n\n");
    text += &provenance(device, &runs);
    text += &left_out(rows, device);
    let is_several_configs = distinct(&runs, |row| row.config.clone()).len() > 1;
    let contexts = contexts(&runs);
    let kernels = kernel_figures::section(&runs, &beside.kernels);
    let (by_host, by_device): (Vec<_>, Vec<_>) = runs.into_iter().partition(Run::is_by_host);
    if !by_device.is_empty() {
        text += "\n## Every experiment\n\nIsolated phases are medians; the total is one recording of all phases.\n\n";
        text += &table::overview(&by_device, is_several_configs);
        text += &doubts(device, &by_device);
        if let Some(shares) = floor_shares(&by_device, is_several_configs) {
            let _ = write!(text, "\n## Against the floor\n\n{FLOORS}\n\n{shares}");
        }
    }
    if !by_host.is_empty() {
        let table = table::host_clock(&by_host, is_several_configs);
        let _ = write!(text, "\n## By the host's clock\n\n{}\n\n{table}", table::HOST_CLOCK);
    }
    text += &kernels.unwrap_or_default();
    for context in &contexts {
        text += &answers(&context.title(contexts.len()), &context.runs, beside);
    }
    text
}

/// The device that was measured last with the latest runs of its experiments, or `None` without rows.
pub(super) fn reported(rows: &[Row]) -> Option<(&str, Vec<Run<'_>>)> {
    let newest = rows.iter().max_by_key(|row| order_key(&row.timestamp_utc))?;
    let mut runs = latest_runs(rows.iter().filter(|row| row.device == newest.device));
    // Interleaved experiments end in any order: variants by name, each by how far it goes.
    runs.sort_by_key(|run| {
        let Row { config, variant, stop_after, experiment, .. } = run.any();
        (config, variant, Phase::parse(stop_after).map(|phase| phase as usize), experiment)
    });
    Some((&newest.device, runs))
}

/// The report's section on the explanations that `configs/hypothesis.toml` tests, or `None` where `rows` test none of
/// them.
pub fn hypotheses(rows: &[Row]) -> Option<String> {
    let runs = latest_runs(rows);
    let contexts = contexts(&runs);
    let sections: Vec<String> = contexts
        .iter()
        .filter_map(|context| hypotheses_of(&context.title(contexts.len()), &context.runs))
        .collect();
    (!sections.is_empty()).then(|| sections.concat())
}

/// What the experiments of one problem answer: the seed's questions, from device times alone, and which explanations
/// they support.
fn answers(title: &str, runs: &[Run<'_>], beside: &Beside) -> String {
    let by_device: Vec<Run<'_>> = runs.iter().filter(|run| !run.is_by_host()).cloned().collect();
    let hypotheses = hypotheses_of(title, runs);
    // What has none of the seed's variants is no investigation with everything missing.
    let is_investigation = seed_report::FORMS.iter().any(|form| form.is_among(&by_device));
    let investigation =
        (is_investigation && !by_device.is_empty()).then(|| investigation(title, &by_device, beside));
    investigation.into_iter().chain(hypotheses).collect()
}

fn hypotheses_of(title: &str, runs: &[Run<'_>]) -> Option<String> {
    Some(format!("\n## Hypotheses{title}\n\n{}", hypothesis::render(runs)?))
}

/// The experiments of one configuration on one problem, which can be compared with each other.
pub(super) struct Context<'a> {
    /// The configuration's name.
    pub config: String,
    /// The problem, in words.
    pub shape: String,
    /// Its experiments; never empty.
    pub runs: Vec<Run<'a>>,
}

impl Context<'_> {
    /// What tells it from others in a heading, of which there are so many in all.
    fn title(&self, contexts: usize) -> String {
        if contexts > 1 { format!(": {}, {}", self.config, self.shape) } else { String::new() }
    }
}

/// The contexts of runs, in the order in which they first appear.
pub(super) fn contexts<'a>(runs: &[Run<'a>]) -> Vec<Context<'a>> {
    let mut contexts: Vec<Context<'a>> = Vec::new();
    for run in runs {
        let (config, shape) = (run.any().config.clone(), shape(run.any()));
        match contexts.iter_mut().find(|context| context.config == config && context.shape == shape) {
            Some(context) => context.runs.push(run.clone()),
            None => contexts.push(Context { config, shape, runs: vec![run.clone()] }),
        }
    }
    contexts
}

pub(super) fn shape(row: &Row) -> String {
    let Row { batch, in_channels, out_channels, height, width, padding, dtype, .. } = row;
    format!(
        "B={batch}, Cin={in_channels}, Cout={out_channels}, H×W={height}×{width}, padding {padding}, {dtype}"
    )
}

fn provenance(device: &str, runs: &[Run<'_>]) -> String {
    let mut text = format!("- Device: {device}\n");
    let mut line = |name: &str, values: Vec<String>| {
        let _ = writeln!(text, "- {name}: {}", or_unknown(&values.join("; ")));
    };
    line("Driver", distinct(runs, |row| row.driver.clone()));
    line("Configuration", distinct(runs, |row| row.config.clone()));
    line("Shape", distinct(runs, shape));
    let commits = distinct(runs, |row| row.git_commit.clone());
    let compilers = distinct(runs, |row| row.shader_compiler.clone());
    let is_mixed =
        commits.len() > 1 || compilers.len() > 1 || distinct(runs, |row| row.driver.clone()).len() > 1;
    line("Commit", commits);
    line("Shader compiler", compilers);
    let mut timestamps = distinct(runs, |row| row.timestamp_utc.clone());
    timestamps.sort_by(|a, b| order_key(a).cmp(&order_key(b)));
    timestamps.dedup();
    line(
        "Measured",
        match timestamps.as_slice() {
            [first, .., last] => vec![format!("{first} to {last}")],
            _ => timestamps,
        },
    );
    text += software_caution(device);
    if is_mixed {
        text += "\nCaution: these rows are of more than one build or driver; a difference between them may be \
                 theirs. `winoscope run --fresh` measures everything anew.\n";
    }
    text
}

/// A caution where a device's times say nothing of a GPU, else nothing.
pub(super) fn software_caution(device: &str) -> &'static str {
    if SOFTWARE_DEVICES.iter().any(|name| device.to_lowercase().contains(name)) {
        "\nCaution: this is a software driver. It verifies correctness; its times say nothing about a GPU.\n"
    } else {
        ""
    }
}

/// The times that carry a warning; of a software driver all would.
fn doubts(device: &str, runs: &[Run<'_>]) -> String {
    let rows = runs.iter().flat_map(|run| &run.rows).filter(|row| !row.warnings.is_empty());
    let doubts: String = rows
        .map(|row| format!("- `{}`, {} ({}): {}\n", row.experiment, row.phase, row.mode, row.warnings))
        .collect();
    if doubts.is_empty() || !software_caution(device).is_empty() {
        return String::new();
    }
    format!("\nTimes to be read with care:\n\n{doubts}")
}

fn left_out(rows: &[Row], device: &str) -> String {
    let mut others: Vec<&str> = Vec::new();
    for row in rows {
        if row.device != device && !others.contains(&row.device.as_str()) {
            others.push(&row.device);
        }
    }
    if others.is_empty() {
        return String::new();
    }
    format!("\nLeft out: the rows of {}. The device measured last is reported.\n", others.join(", "))
}

/// The seed's investigation of one problem, in each form whose variants are there.
fn investigation(title: &str, runs: &[Run<'_>], beside: &Beside) -> String {
    let mut text = format!("\n## The seed's investigation{title}\n");
    for form in seed_report::FORMS {
        let _ = write!(text, "\n### {} (`{}` against `{}`)\n\n", form.title, form.new, form.old);
        if !form.is_among(runs) {
            let _ = writeln!(text, "No rows of the variants `{}` and `{}`: no table.", form.new, form.old);
            continue;
        }
        let steps = seed_report::Steps::of(runs, &form);
        text += &seed_report::render(&steps, beside);
        text += "\nKey questions:\n\n";
        text += &questions::render(&steps);
    }
    text
}

fn distinct(runs: &[Run<'_>], value: impl Fn(&Row) -> String) -> Vec<String> {
    let mut values = Vec::new();
    for row in runs.iter().flat_map(|run| &run.rows) {
        let value = value(row);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "not recorded" } else { text }
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::{Case, RowsBuilder, share};
    use super::*;

    fn render(rows: &[Row]) -> String {
        super::render(rows, &Beside::default())
    }

    #[test]
    fn regression_and_recovery() {
        insta::assert_snapshot!(render(&RowsBuilder::case(Case::RegressionAndRecovery)));
    }

    #[test]
    fn floors_stand_beside_their_times() {
        let mut rows = RowsBuilder::case(Case::NoRegression);
        for (index, row) in rows.iter_mut().enumerate() {
            // From a tenth of the time upwards; one is beyond it.
            let share = 0.1 + 0.04 * (index % 25) as f64;
            row.floor_ns = row.median_ns.map(|median| share * median);
        }
        insta::assert_snapshot!(render(&rows));
    }

    #[test]
    fn doubtful_times_are_named_unless_all_are() {
        let mut rows = RowsBuilder::case(Case::NoRegression);
        assert!(!render(&rows).contains("read with care"));
        let total = rows.iter_mut().find(|row| row.phase == Phase::Total).unwrap();
        total.warnings = "drift: something warms up".to_owned();
        let line = format!("\n- `{}`, total (pipelined): drift: something warms up\n", total.experiment);
        assert!(render(&rows).contains(&line), "{}", render(&rows));
        for row in &mut rows {
            row.device = "llvmpipe (LLVM 15.0.6, 256 bits)".to_owned();
        }
        assert!(!render(&rows).contains("read with care"), "a software driver's times are no times");
    }

    #[test]
    fn no_regression() {
        insta::assert_snapshot!(render(&RowsBuilder::case(Case::NoRegression)));
    }

    #[test]
    fn the_largest_factor_stands_beside_its_step() {
        let rows = RowsBuilder::case(Case::RegressionAndRecovery);
        let text = super::render(
            &rows,
            &Beside { shares: vec![share("transforms.evaluation", 30.0)], kernels: vec![] },
        );
        let note = "; largest factor transforms.evaluation (a → b), 30.0× ";
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(note)).collect();
        assert!(matches!(lines.as_slice(), [line] if line.starts_with("| 3 ")), "{text}");
    }

    #[test]
    fn missing_and_wrong() {
        insta::assert_snapshot!(render(&RowsBuilder::case(Case::MissingAndWrong)));
    }

    #[test]
    fn host_time_is_no_part_of_the_investigation() {
        let mut rows = RowsBuilder { rows: RowsBuilder::case(Case::NoRegression) };
        let without = render(&rows.rows);
        for (variant, time) in [("new", 16_300.0), ("old", 400.0)] {
            rows.by_host(variant, "mhat", time);
        }
        let with = render(&rows.rows);
        let start = with.find("\n## By the host's clock\n").unwrap();
        let end = start + with[start..].find("\n## The seed's investigation").unwrap();
        let section = &with[start..end];
        assert!(section.contains("16.30 ms ± 1.0 %") && section.contains("400.0 µs ± 1.0 %"), "{section}");
        assert_eq!(with.replace(section, ""), without);
    }

    #[test]
    fn nothing() {
        assert_eq!(render(&[]), "There are no rows to report on.\n");
    }

    #[test]
    fn the_newest_device_is_reported_and_the_other_named() {
        let mut rows = RowsBuilder::case(Case::NoRegression);
        let older: Vec<Row> = rows
            .iter()
            .map(|row| Row {
                device: "llvmpipe (LLVM 15)".to_owned(),
                timestamp_utc: "2020-01-01T00:00:00Z".to_owned(),
                ..row.clone()
            })
            .collect();
        let alone = render(&rows);
        rows.extend(older.clone());
        let both = render(&rows);
        assert!(both.contains("Left out: the rows of llvmpipe (LLVM 15)."), "{both}");
        let without = both.replace(
            "\nLeft out: the rows of llvmpipe (LLVM 15). The device measured last is reported.\n",
            "",
        );
        assert_eq!(without, alone);
        assert!(render(&older).contains("Caution: this is a software driver."));
        assert!(!alone.contains("Caution"));
    }

    #[test]
    fn builds_that_differ_are_cautioned_against() {
        let mut rows = RowsBuilder::case(Case::NoRegression);
        rows[0].git_commit = "another".to_owned();
        assert!(render(&rows).contains("Caution: these rows are of more than one build or driver"));
    }

    #[test]
    fn each_problem_has_its_own_investigation() {
        let mut rows = RowsBuilder::case(Case::NoRegression);
        let taller: Vec<Row> = rows
            .iter()
            .map(|row| Row { height: 64, experiment: format!("{}/height=64", row.experiment), ..row.clone() })
            .collect();
        rows.extend(taller);
        let text = render(&rows);
        assert_eq!(text.matches("## The seed's investigation: ").count(), 2, "{text}");
        assert!(!text.contains("experiments are"), "{text}");
    }
}
