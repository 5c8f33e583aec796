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
/// below, why what is missing is. Of an experiment that is there several times, the latest run is shown.
pub fn run_summary(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "No results.\n".to_owned();
    }
    // No wider than 100 characters with the investigation's names.
    let mut table = markdown(["Experiment", "Phase", "Median", "Rel. error", "Status"], &[2, 3]);
    let runs = latest_runs(rows);
    for run in &runs {
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
    format!("{table}\n{}", notes(&runs))
}

/// Every experiment on one line: isolated phase medians, then the pipelined total.
pub(super) fn overview(runs: &[Run<'_>], with_config: bool) -> String {
    let phases: Vec<Phase> = Phase::ALL
        .iter()
        .copied()
        .filter(|&phase| runs.iter().any(|run| run.row(phase, Mode::Isolated).is_some()))
        .collect();
    let has_host = runs.iter().any(|run| run.rows.iter().any(|row| row.mode == Mode::HostLazy));
    let mut header = vec!["Experiment".to_owned()];
    header.extend(phases.iter().map(Phase::to_string));
    header.push("total (pipelined)".to_owned());
    header.extend(has_host.then(|| "host clock (host_lazy)".to_owned()));
    header.extend(["Rel. error".to_owned(), "Status".to_owned()]);
    let numbers: Vec<usize> = (1..header.len() - 1).collect();
    let mut table = markdown(header, &numbers);
    for run in runs {
        let row = run.any();
        let name =
            if with_config { format!("{}: {}", row.config, row.experiment) } else { row.experiment.clone() };
        let mut cells = vec![escaped(&name)];
        for &phase in &phases {
            let cell = |row| median(&row).map_or(MISSING.to_owned(), format::nanoseconds);
            cells.push(run.row(phase, Mode::Isolated).map(cell).unwrap_or_default());
        }
        cells.push(run.row(Phase::Total, Mode::Pipelined).map(time_cell).unwrap_or_default());
        if has_host {
            cells.push(run.row(Phase::Total, Mode::HostLazy).map(time_cell).unwrap_or_default());
        }
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

fn phase_label(row: &Row) -> String {
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
    fn host_time_is_labelled_and_apart() {
        let mut rows = RowsBuilder::default();
        rows.prefix("new", "mhat", &[], 16_300.0);
        rows.rows[0].mode = Mode::HostLazy;
        assert!(run_summary(&rows.rows).contains("| total (host_lazy) | 16.30 ms ± 1.0 % |"));
        let overview = overview(&latest_runs(&rows.rows), false);
        assert!(overview.contains("| total (pipelined) | host clock (host_lazy) |"), "{overview}");
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
