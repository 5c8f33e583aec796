//! Tables for the terminal, in Markdown, so that they can be pasted.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::columns::Row;
use super::format;
use super::interval::Time;
use super::run::{Run, latest_runs, status_with_reason};
use super::values::{Mode, Phase, Status};

/// What stands where a value is missing.
pub(super) const MISSING: &str = "–";

/// What a run prints at its end: each experiment's phases, one to a line, with times, error and status; and
/// below, why what is missing is. Experiments by the host's clock have a table of their own. Of an experiment that
/// is there several times, the latest run is shown.
pub fn run_summary(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "No results.\n".to_owned();
    }
    let (by_host, by_device): (Vec<_>, Vec<_>) = latest_runs(rows).into_iter().partition(Run::is_by_host);
    let mut parts = Vec::new();
    if !by_device.is_empty() {
        parts.push(phases(&by_device));
    }
    if !by_host.is_empty() {
        parts.push(format!("{HOST_CLOCK}\n\n{}", host_clock(&by_host, false)));
    }
    parts.join("\n")
}

/// Each experiment's phases, one to a line.
fn phases(runs: &[Run<'_>]) -> String {
    // No wider than 100 characters with the investigation's names.
    let mut table = markdown(["Experiment", "Phase", "Median", "Rel. error", "Status"], &[2, 3]);
    for run in runs {
        for (index, row) in run.rows.iter().enumerate() {
            table.add_row([
                if index == 0 { escaped(&row.experiment) } else { String::new() },
                phase_label(row),
                time_cell(row),
                row.rel_error.map(format::error).unwrap_or_default(),
                row.status.to_string(),
            ]);
        }
    }
    format!("{table}\n{}", notes(runs))
}

/// What is said above every table of [`host_clock`].
pub(super) const HOST_CLOCK: &str = "By the host's clock, which covers the wait for the last phase and the read-back alone. What the device runs while \
     the host creates the next phase's pipelines is not in these times: they show what that protocol invents, and are \
     compared with no device time.";

/// Every experiment by the host's clock on one line: its total, and the creation of pipelines that hid the rest.
pub(super) fn host_clock(runs: &[Run<'_>], with_config: bool) -> String {
    let header = ["Experiment", "Total (host_lazy)", "Pipelines meanwhile", "Rel. error", "Status"];
    let mut table = markdown(header, &[1, 2, 3]);
    for run in runs {
        let row = run.any();
        // Behind a single phase nothing is created.
        let meanwhile = row.pipeline_ns.filter(|&time| time > 0.0);
        table.add_row([
            name_cell(row, with_config),
            time_cell(row),
            meanwhile.map_or(MISSING.to_owned(), format::nanoseconds),
            row.rel_error.map(format::error).unwrap_or_default(),
            row.status.to_string(),
        ]);
    }
    format!("{table}\n{}", notes(runs))
}

/// Every experiment by the device's clock on one line: isolated phase medians, then the pipelined total.
pub(super) fn overview(runs: &[Run<'_>], with_config: bool) -> String {
    let phases: Vec<Phase> = Phase::ALL
        .iter()
        .copied()
        .filter(|&phase| runs.iter().any(|run| run.row(phase, Mode::Isolated).is_some()))
        .collect();
    let mut header = vec!["Experiment".to_owned()];
    header.extend(phases.iter().map(Phase::to_string));
    header.push("total (pipelined)".to_owned());
    header.extend(["Rel. error".to_owned(), "Status".to_owned()]);
    let numbers: Vec<usize> = (1..header.len() - 1).collect();
    let mut table = markdown(header, &numbers);
    for run in runs {
        let mut cells = vec![name_cell(run.any(), with_config)];
        for &phase in &phases {
            let cell = |row| median(&row).map_or(MISSING.to_owned(), format::nanoseconds);
            cells.push(run.row(phase, Mode::Isolated).map(cell).unwrap_or_default());
        }
        cells.push(run.row(Phase::Total, Mode::Pipelined).map(time_cell).unwrap_or_default());
        let largest = run.rows.iter().filter_map(|row| row.rel_error).max_by(f64::total_cmp);
        cells.push(largest.map(format::error).unwrap_or_default());
        cells.push(run.worst().status.to_string());
        table.add_row(cells);
    }
    format!("{table}\n{}", notes(runs))
}

/// A Markdown table whose columns `numbers` are aligned to the right.
pub(super) fn markdown<T: Into<comfy_table::Row>>(header: T, numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for &index in numbers {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Text as a cell of a Markdown table.
pub(super) fn escaped(text: &str) -> String {
    text.replace(char::is_control, " ").replace('|', "\\|")
}

/// Why what is missing is, one line for each reason.
fn notes(runs: &[Run<'_>]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for run in runs {
        for row in &run.rows {
            let reason = match row.status {
                Status::Ok if median(row).is_none() => format!("{} has no median", phase_label(row)),
                Status::Ok => continue,
                // One reason often concerns every phase of its experiment.
                _ => status_with_reason(row),
            };
            let line = format!("- `{}`: {reason}\n", row.experiment);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if lines.is_empty() { String::new() } else { format!("\n{}", lines.concat()) }
}

/// The experiment's name, its configuration before it where there are several.
pub(super) fn name_cell(row: &Row, with_config: bool) -> String {
    let name =
        if with_config { format!("{}: {}", row.config, row.experiment) } else { row.experiment.clone() };
    escaped(&name)
}

pub(super) fn phase_label(row: &Row) -> String {
    match (row.phase, row.mode) {
        // Each mode's ordinary row needs no mention of it.
        (Phase::Total, Mode::Pipelined) => row.phase.to_string(),
        (Phase::Total, _) | (_, Mode::Pipelined | Mode::HostLazy) => format!("{} ({})", row.phase, row.mode),
        (_, Mode::Isolated) => row.phase.to_string(),
    }
}

fn time_cell(row: &Row) -> String {
    match (Time::of(row), median(&row)) {
        (Some(time), _) => format::time(&time),
        (None, Some(median)) => format!("{} (no interval)", format::nanoseconds(median)),
        (None, None) => MISSING.to_owned(),
    }
}

fn median(row: &&Row) -> Option<f64> {
    row.median_ns.filter(|median| row.status == Status::Ok && median.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::{Case, RowsBuilder};
    use super::*;

    #[test]
    fn summary_of_a_run() {
        let text = run_summary(&RowsBuilder::case(Case::MissingAndWrong));
        assert!(text.lines().filter(|line| line.starts_with('|')).all(|line| line.chars().count() <= 100));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn host_time_has_a_table_of_its_own() {
        let mut rows = RowsBuilder::default();
        rows.prefix("new", "mhat", &[("mhat", 30.0)], 31.0);
        rows.by_host("new", "mhat", 16_300.0);
        let text = run_summary(&rows.rows);
        let (device, host) = text.split_once("By the host's clock").unwrap();
        assert!(!device.contains("host_lazy") && device.contains("31.00 µs"), "{text}");
        assert!(!host.contains("31.00 µs"), "{text}");
        let line = host.lines().find(|line| line.contains("new/stop_after=mhat/clock=host_lazy")).unwrap();
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        assert_eq!(cells[2..4], ["16.30 ms ± 1.0 %", "1.500 ms"], "{text}");
    }

    #[test]
    fn summary_of_nothing() {
        assert_eq!(run_summary(&[]), "No results.\n");
    }

    #[test]
    fn text_cannot_break_a_table() {
        assert_eq!(escaped("a|b\nc"), "a\\|b c");
    }
}
