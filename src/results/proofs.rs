//! `results/proof.csv` and `results/proof.comparisons.csv`: what experiments on the instrument itself have found.

use std::fs;
use std::path::Path;

use super::cell::{Cell, CellError};
use super::columns::{Column, ColumnOrder, Record, column, columns};
use super::csv_file::CsvFile;
use super::error::ResultsError;
use super::files::{Existing, open};
use super::format;
use super::table::{MISSING, escaped, markdown};
use super::values::Verdict;

columns! {
    /// One row of `results/proof.csv`: one figure of a proof.
    ProofRow {
        proof: String = "The proof: same, own buffers, known effect, smallest effect, additivity or clocks.";
        case: String = "What the figure is of.";
        unit: String = "The figure's unit; empty for a ratio or a share.";
        value: Option<f64> = "The figure.";
        ci_low: Option<f64> = "The lower end of its 95 % interval; the figure itself where it has none.";
        ci_high: Option<f64> = "The upper end of its 95 % interval; the figure itself where it has none.";
        expected: Option<f64> = "What it should be; empty where nothing was expected.";
        tolerance: Option<f64> = "How far from that it may be, as a share of it, besides its interval.";
        samples: u64 = "How many samples or comparisons it stands on.";
        verdict: Verdict = "Whether it is what it should be.";
        reason: String = "What was compared with what, or why it was not.";
        device: String = "The device's name.";
        driver: String = "The driver's name and version.";
        shader_compiler: String = "The shader compiler's version.";
        git_commit: String = "The commit that winoscope was built from.";
        timestamp_utc: String = "When the proofs began, UTC, RFC 3339.";
        seed: u64 = "The seed of the inputs and of the order of measuring.";
    }
}

columns! {
    /// One row of `results/proof.comparisons.csv`: one comparison of equals.
    ComparisonRow {
        proof: String = "The proof: same or own buffers.";
        comparison: u64 = "Its number, from 0.";
        ratio: f64 = "The ratio of the two medians.";
        ci_low: f64 = "The lower end of the ratio's 95 % interval.";
        ci_high: f64 = "The upper end of the ratio's 95 % interval.";
        samples: u64 = "Samples on either side.";
        timestamp_utc: String = "When the proofs began, UTC, RFC 3339.";
    }
}

/// The columns of `results/proof.csv`.
pub const PROOF_COLUMNS: &[Column] = ProofRow::COLUMNS;

/// The columns of `results/proof.comparisons.csv`.
pub const COMPARISON_COLUMNS: &[Column] = ComparisonRow::COLUMNS;

/// Both files, locked against other runs while this lives.
#[derive(Debug)]
pub struct ProofFiles {
    rows: CsvFile<ProofRow>,
    comparisons: CsvFile<ComparisonRow>,
}

impl ProofFiles {
    /// Creates the folder and the files, or goes on behind what is there. Returns what a person should know besides, as
    /// sentences.
    ///
    /// # Errors
    /// As [`ResultFiles::open`](super::ResultFiles::open).
    pub fn open(folder: &Path, existing: Existing) -> Result<(Self, Vec<String>), ResultsError> {
        fs::create_dir_all(folder).map_err(|cause| ResultsError::write(folder, cause))?;
        let (rows, _, mut warnings) = open(&folder.join("proof.csv"), true, existing)?;
        let (comparisons, _, more) = open(&folder.join("proof.comparisons.csv"), true, existing)?;
        warnings.extend(more);
        Ok((Self { rows, comparisons }, warnings))
    }

    /// Writes what one proof has found.
    ///
    /// # Errors
    /// [`ResultsError::Full`] or [`ResultsError::NotWritable`].
    pub fn record(&mut self, rows: &[ProofRow], comparisons: &[ComparisonRow]) -> Result<(), ResultsError> {
        self.comparisons.append(comparisons)?;
        self.rows.append(rows)
    }

    /// The path of the rows.
    pub fn path(&self) -> &Path {
        self.rows.path()
    }
}

/// Every figure with its verdict, one to a line, and below what was compared.
pub fn proofs(rows: &[ProofRow]) -> String {
    let mut table = markdown(["Proof", "Case", "Value", "95 % interval", "Expected", "Verdict"], &[2, 3, 4]);
    let mut notes = String::new();
    for row in rows {
        let shown = |value: Option<f64>| value.map_or(MISSING.to_owned(), |value| figure(value, &row.unit));
        let expected = match (row.expected, row.tolerance) {
            (Some(expected), Some(tolerance)) => {
                format!("{} ± {}", figure(expected, &row.unit), format::percent(tolerance))
            }
            (expected, _) => shown(expected),
        };
        let interval = match (row.ci_low, row.ci_high) {
            (Some(low), Some(high)) if low < high => format!("[{}, {}]", shown(Some(low)), shown(Some(high))),
            _ => MISSING.to_owned(),
        };
        let cells = [row.proof.clone(), row.case.clone(), shown(row.value), interval, expected];
        table.add_row(cells.map(|cell| escaped(&cell)).into_iter().chain([row.verdict.to_string()]));
        notes += &format!("- {}, {}: {} ({} samples)\n", row.proof, row.case, row.reason, row.samples);
    }
    format!("{table}\n\n{notes}")
}

/// A figure as a person reads it: a time in its unit, a ratio to five decimals.
fn figure(value: f64, unit: &str) -> String {
    if unit == "ns" { format::nanoseconds(value) } else { format!("{value:.5}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_every_figure_with_what_was_expected() {
        let row = ProofRow {
            proof: "clocks".into(),
            case: "timestamps over host".into(),
            unit: String::new(),
            value: Some(1.004),
            ci_low: Some(1.003),
            ci_high: Some(1.005),
            expected: Some(1.0),
            tolerance: Some(0.02),
            samples: 30,
            verdict: Verdict::Holds,
            reason: "two clocks".into(),
            device: "d".into(),
            driver: "v".into(),
            shader_compiler: "s".into(),
            git_commit: "c".into(),
            timestamp_utc: "2026-11-22T21:00:00Z".into(),
            seed: 1,
        };
        let none = ProofRow {
            case: "tick".into(),
            unit: "ns".into(),
            value: None,
            ci_low: None,
            ci_high: None,
            expected: None,
            tolerance: None,
            verdict: Verdict::Unsupported,
            ..row.clone()
        };
        let text = proofs(&[row, none]);
        let line = |case: &str| -> Vec<String> {
            let line = text.lines().find(|line| line.contains(case)).expect(case);
            line.split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        assert_eq!(line("over host")[3..7], ["1.00400", "[1.00300, 1.00500]", "1.00000 ± 2.0 %", "holds"]);
        assert_eq!(line("tick")[3..7], [MISSING, MISSING, MISSING, "unsupported"]);
        assert!(text.contains("- clocks, tick: two clocks (30 samples)"), "{text}");
    }
}
