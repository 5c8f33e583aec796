//! The reference of every file that winoscope writes.

use std::fmt::Write;

use super::ceilings::CEILING_COLUMNS;
use super::columns::{COLUMNS, Column, SAMPLE_COLUMNS};
use super::kernels::KERNEL_COLUMNS;
use super::proofs::{COMPARISON_COLUMNS, PROOF_COLUMNS};
use super::shares::SHARE_COLUMNS;

/// A file, what it holds, and its columns.
struct File {
    /// Its name, in the folder of results.
    name: &'static str,
    /// What it holds, in sentences.
    holds: &'static str,
    columns: &'static [Column],
}

/// Every file, in the order of the reference.
const FILES: &[File] = &[
    File {
        name: "<config>.csv",
        holds: "What `winoscope run` measured: one row for each phase of each experiment, in each mode, and one for the \
                whole. `<config>.attribution.csv` has the same columns: the mixtures that `winoscope attribute` measured; \
                and so has `tune_<config>.csv`: the candidates of `winoscope tune`, each by its round and what it sets.",
        columns: COLUMNS,
    },
    File {
        name: "<config>.samples.csv",
        holds: "Every raw sample that the medians of `<config>.csv` are of; `<config>.attribution.samples.csv` likewise.",
        columns: SAMPLE_COLUMNS,
    },
    File {
        name: "<config>.shares.csv",
        holds: "What `winoscope attribute` found: one row for each factor's share of a ratio of times, and one for the \
                whole ratio.",
        columns: SHARE_COLUMNS,
    },
    File {
        name: "<config>.kernels.csv",
        holds: "What the driver tells of each kernel of `<config>.csv`, where it tells anything: one row for each figure.",
        columns: KERNEL_COLUMNS,
    },
    File {
        name: "ceilings/<device>.csv",
        holds: "What `winoscope ceilings` measured: one row for each ceiling of the device, of each working set where it \
                depends on that. Floors are of the latest run.",
        columns: CEILING_COLUMNS,
    },
    File {
        name: "proof.csv",
        holds: "What `winoscope prove` found: one row for each figure of each proof.",
        columns: PROOF_COLUMNS,
    },
    File {
        name: "proof.comparisons.csv",
        holds: "The comparisons of equals that `winoscope prove` made: one row for each.",
        columns: COMPARISON_COLUMNS,
    },
];

/// The columns of every file, in Markdown.
pub fn reference() -> String {
    let mut text = String::from(
        "# The columns of every file\n\n\
         Printed by `winoscope columns`, from the table in the code that also makes each header.\n\n\
         Files are CSV with a header, in the folder that `--results` names. Columns are read by their names, in any order. \
         Times are in nanoseconds, as bare numbers; a value without meaning is empty. Files of earlier versions lack the \
         columns marked *later*, which then read as empty.\n",
    );
    for File { name, holds, columns } in FILES {
        let _ = write!(text, "\n## `{name}`\n\n{holds}\n\n{}", table(columns));
    }
    text
}

/// A file's columns, as a Markdown table.
fn table(columns: &[Column]) -> String {
    let mut text = String::from("| Column | Unit | Meaning |\n|--------|------|---------|\n");
    for Column { name, unit, meaning, is_later } in columns {
        let later = if *is_later { " *(later)*" } else { "" };
        let _ = writeln!(text, "| `{name}`{later} | {unit} | {} |", meaning.replace('|', "\\|"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_described() {
        let text = reference();
        let columns: usize = FILES.iter().map(|file| file.columns.len()).sum();
        assert_eq!(text.lines().filter(|line| line.starts_with("| `")).count(), columns);
        assert!(text.contains("| `median_ns` | ns | The median of the samples. |"));
        assert!(text.contains("| `vector` *(later)* | floats | The length of a load or a store. |"));
    }
}
