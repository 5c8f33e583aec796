//! `results/<config>.kernels.csv`: what the driver tells of each kernel, one row for each of its figures.

use std::path::Path;

use super::cell::{Cell, CellError};
use super::columns::{Column, ColumnOrder, Record, Row, column, columns};
use super::csv_file::CsvFile;
use super::error::ResultsError;
use super::files::{Existing, open};
use super::values::Phase;

columns! {
    /// One row of `results/<config>.kernels.csv`: one figure that the driver gives of a kernel's machine code.
    KernelFact {
        config: String = "The configuration's name.";
        experiment: String = "The experiment's name.";
        phase: Phase = "The phase that the kernel is dispatched in.";
        dispatch: String = "The dispatch's name.";
        spirv_hash: String = "Hash of the SPIR-V that the machine code is made of.";
        executable: String = "The driver's name for the machine code.";
        subgroup_size: Option<u32> ["invocations"] = "The size of its subgroups, where the driver tells.";
        statistic: String = "The driver's name for the figure.";
        value: String = "The figure, a bare number; 1 for yes and 0 for no.";
        format: String = "The format that the driver gives it in: bool, i64, u64 or f64.";
        description: String = "What the driver says that it means, its unit included.";
        device: String = "The device's name.";
        driver: String = "The driver's name and version.";
        git_commit: String = "The commit that winoscope was built from.";
        timestamp_utc: String = "The run that it belongs to: that run's timestamp_utc in the results.";
    }
}

impl KernelFact {
    /// Whether it is of a kernel of the row's phase, made for the row's run.
    pub(super) fn is_of(&self, row: &Row) -> bool {
        self.phase == row.phase && self.is_of_run(row)
    }

    /// Whether it is of a kernel of the row's run.
    pub(super) fn is_of_run(&self, row: &Row) -> bool {
        (&self.config, &self.experiment, &self.device, &self.timestamp_utc)
            == (&row.config, &row.experiment, &row.device, &row.timestamp_utc)
    }
}

/// The columns of `results/<config>.kernels.csv`.
pub const KERNEL_COLUMNS: &[Column] = KernelFact::COLUMNS;

/// `<folder>/<config>.kernels.csv`, locked against other runs while this lives.
#[derive(Debug)]
pub struct KernelsFile(CsvFile<KernelFact>);

impl KernelsFile {
    /// Creates the file, or goes on with what is there; whether it can be written is known after this. Returns what a
    /// person should know besides, as sentences.
    ///
    /// # Errors
    /// As [`ResultFiles::open`](super::ResultFiles::open), which has made the folder.
    pub fn open(
        folder: &Path,
        config: &str,
        existing: Existing,
    ) -> Result<(Self, Vec<String>), ResultsError> {
        let (file, _, warnings) = open(&folder.join(format!("{config}.kernels.csv")), true, existing)?;
        Ok((Self(file), warnings))
    }

    /// Writes what is known of the kernels of one experiment, and waits until it is on the disk.
    ///
    /// To be called before the experiment's rows are written, so that no row lacks it. A kill between the two leaves
    /// figures that belong to no row's run: harmless.
    ///
    /// # Errors
    /// [`ResultsError::Full`] or [`ResultsError::NotWritable`].
    pub fn record(&mut self, facts: &[KernelFact]) -> Result<(), ResultsError> {
        self.0.append(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::Beside;
    use super::super::synthetic::fact;
    use super::*;

    #[test]
    fn figures_are_there_after_each_experiment_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let open = |existing| KernelsFile::open(folder.path(), "c", existing).unwrap();
        let beside = || Beside::read(&folder.path().join("c.csv")).unwrap().kernels;
        let (first, second) = (fact("Register Count", "40"), fact("Occupancy", "0.75"));
        let (mut file, warnings) = open(Existing::Resume);
        assert!(warnings.is_empty(), "{warnings:?}");
        file.record(std::slice::from_ref(&first)).unwrap();
        assert_eq!(beside(), std::slice::from_ref(&first));
        drop(file);
        open(Existing::Resume).0.record(std::slice::from_ref(&second)).unwrap();
        assert_eq!(beside(), [first, second]);
        let (_, notices) = open(Existing::SetAside);
        assert!(notices[0].ends_with("c.kernels.csv.old"), "{notices:?}");
        assert_eq!(beside(), []);
    }
}
