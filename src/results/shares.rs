//! `results/<config>.shares.csv`: one row for each factor of an attribution, and one for the whole.

use std::path::Path;

use super::cell::{Cell, CellError};
use super::columns::{Column, ColumnOrder, Record, column, columns};
use super::csv_file::CsvFile;
use super::error::ResultsError;
use super::files::{Existing, open};
use super::values::Mode;

columns! {
    /// One row of `results/<config>.shares.csv`: one factor's share of a ratio of times, or the whole ratio.
    ShareRow {
        config: String = "The configuration's name.";
        from: String = "The experiment with no factor changed.";
        to: String = "The experiment with all factors changed.";
        stop_after: String = "The last phase of the prefix: xhat, ghat, mhat or output.";
        batch: u32 = "B, images.";
        in_channels: u32 = "C, channels of the input.";
        out_channels: u32 = "K, channels of the output.";
        height: u32 = "H, rows of the input.";
        width: u32 = "W, columns of the input.";
        padding: u32 = "Zero rows and columns added on every side.";
        dtype: String = "The type of input, filter and output.";
        mode: Mode = "How the times were taken: pipelined (device) or host_lazy (host clock, the seed's protocol).";
        factor: String = "The factor's key or the name of its group; whole for the ratio of `to` over `from`.";
        from_value: String = "The factor's value in `from`.";
        to_value: String = "The factor's value in `to`.";
        share: f64 = "The factor's Shapley share: the product of all shares is the whole.";
        ci_low: f64 = "The lower end of its 95 % interval, by resampling the samples of each mixture.";
        ci_high: f64 = "The upper end of its 95 % interval.";
        first: Option<f64> = "The ratio of times where this factor alone is changed in `from`.";
        last: Option<f64> = "The ratio of times where it is changed last, into `to`.";
        is_noise: u32 = "1 where the share cannot be told from 1: its interval contains 1, or equal work differs by as much.";
        spread: Option<f64> = "The largest of max/min − 1 over the times of mixtures that do the same work or, where no \
                          two do, of single phases that do; empty where none do.";
        orderings: u64 = "The orders of changing the factors that have only mixtures with times, over which shares are means.";
        orderings_total: u64 = "All orders of changing them.";
        device: String = "The device's name.";
        driver: String = "The driver's name and version.";
        shader_compiler: String = "The shader compiler's version.";
        git_commit: String = "The commit that winoscope was built from.";
        timestamp_utc: String = "When the attribution's run began, UTC, RFC 3339.";
    }
}

impl ShareRow {
    /// What stands for a factor in the row of the whole ratio.
    pub const WHOLE: &str = "whole";

    /// The ratio that it is a share of: configuration, the two experiments, and how they were timed.
    pub(super) fn pair(&self) -> (&str, &str, &str, Mode) {
        (&self.config, &self.from, &self.to, self.mode)
    }
}

/// The columns of `results/<config>.shares.csv`.
pub const SHARE_COLUMNS: &[Column] = ShareRow::COLUMNS;

/// `<folder>/<config>.shares.csv`, locked against other runs while this lives.
#[derive(Debug)]
pub struct SharesFile {
    file: CsvFile<ShareRow>,
    rows: Vec<ShareRow>,
}

impl SharesFile {
    /// Creates the file, or reads what is there; whether it can be written is known after this. Returns what a person
    /// should know besides, as sentences.
    ///
    /// # Errors
    /// As [`ResultFiles::open`](super::ResultFiles::open), which has made the folder.
    pub fn open(
        folder: &Path,
        config: &str,
        existing: Existing,
    ) -> Result<(Self, Vec<String>), ResultsError> {
        let path = folder.join(format!("{config}.shares.csv"));
        let (file, scan, warnings) = open(&path, true, existing)?;
        Ok((Self { rows: scan.records(&path)?, file }, warnings))
    }

    /// Writes the rows that say something new: a run that resumes and measures nothing says the same again.
    ///
    /// # Errors
    /// [`ResultsError::Full`] or [`ResultsError::NotWritable`].
    pub fn record(&mut self, rows: Vec<ShareRow>) -> Result<(), ResultsError> {
        let known = |row: &ShareRow| {
            let same = |earlier: &ShareRow| {
                *row == ShareRow { timestamp_utc: row.timestamp_utc.clone(), ..earlier.clone() }
            };
            self.rows.iter().any(same)
        };
        if rows.iter().all(known) {
            return Ok(());
        }
        self.file.append(&rows)?;
        self.rows.extend(rows);
        Ok(())
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}
