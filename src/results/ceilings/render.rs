//! Ceilings as tables for the terminal, in Markdown.

use super::rows::CeilingRow;
use crate::plan::Bytes;
use crate::results::format;
use crate::results::interval::Interval;
use crate::results::report::software_caution;
use crate::results::table::{MISSING, escaped, markdown};
use crate::results::values::{Ceiling, Status};

/// The ceilings of one run: the bandwidths by working set, then the others, and why what is missing is.
pub fn render(rows: &[CeilingRow]) -> String {
    let mut sizes: Vec<u64> = rows.iter().filter_map(|row| row.bytes).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let mut by_size = markdown(["Working set", "Copy", "Fill", "Read"], &[0, 1, 2, 3]);
    for &bytes in &sizes {
        let cell = |ceiling| {
            let row = rows.iter().find(|row| row.ceiling == ceiling && row.bytes == Some(bytes));
            row.map(value).unwrap_or_default()
        };
        let cells = [Ceiling::CopyBandwidth, Ceiling::FillBandwidth, Ceiling::ReadBandwidth].map(cell);
        by_size.add_row([Bytes(bytes).to_string()].into_iter().chain(cells));
    }
    let mut others = markdown(["Ceiling", "Value", "Status"], &[1]);
    for row in rows.iter().filter(|row| row.bytes.is_none()) {
        others.add_row([row.ceiling.to_string(), value(row), row.status.to_string()]);
    }
    let caution = rows.first().map_or("", |row| software_caution(&row.device));
    format!("{by_size}\n\n{others}\n{}{caution}", notes(rows))
}

/// A value with half its interval.
fn value(row: &CeilingRow) -> String {
    let interval = || Some(Interval { mid: row.value?, low: row.ci_low?, high: row.ci_high? });
    let Some(interval) = interval().filter(|_| row.status == Status::Ok) else {
        return MISSING.to_owned();
    };
    let value = match row.ceiling.unit().strip_suffix("/s") {
        Some(unit) => format::rate(interval.mid / 1e9, unit),
        None => format::nanoseconds(interval.mid),
    };
    format!("{value} ± {}", format::percent(interval.half_share().abs()))
}

fn notes(rows: &[CeilingRow]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for row in rows.iter().filter(|row| row.status != Status::Ok) {
        let line = format!("- {}: {}: {}\n", row.ceiling, row.status, escaped(&row.reason));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.is_empty() { String::new() } else { format!("\n{}", lines.concat()) }
}

#[cfg(test)]
mod tests {
    use super::super::rows::row;
    use super::*;

    #[test]
    fn ceilings_are_read_at_a_glance() {
        let unsupported = CeilingRow {
            value: None,
            status: Status::Unsupported,
            reason: "the device has no 16-bit floats".to_owned(),
            ..row(Ceiling::F16Fma, None, 0.0)
        };
        let around = CeilingRow { ci_low: Some(3.9e12), ..row(Ceiling::CopyBandwidth, Some(1 << 30), 4e12) };
        let rows = [
            row(Ceiling::ReadBandwidth, Some(32 << 10), 3.2e10),
            row(Ceiling::CopyBandwidth, Some(64 << 10), 5e10),
            row(Ceiling::FillBandwidth, Some(64 << 10), 5.5e10),
            row(Ceiling::ReadBandwidth, Some(64 << 10), 6e10),
            around,
            row(Ceiling::F32Fma, None, 6.1e13),
            unsupported,
            row(Ceiling::OrderedDispatch, None, 1530.0),
        ];
        insta::assert_snapshot!(render(&rows));
    }
}
