//! The two files of a configuration's results, opened and written together.

use std::fs;
use std::path::{Path, PathBuf};

use super::columns::{Record, Row, Sample};
use super::csv_file::CsvFile;
use super::error::ResultsError;
use super::read::Scan;
use super::resume::ExistingRows;
use super::values::Phase;

/// What becomes of results that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// New records are appended to them.
    Resume,
    /// They are renamed to `<name>.csv.old` (or `.old.2` and so on), and new files begun.
    SetAside,
}

/// `<folder>/<config>.csv` and `<folder>/<config>.samples.csv`, locked against other runs while this lives.
#[derive(Debug)]
pub struct ResultFiles {
    rows: CsvFile<Row>,
    samples: CsvFile<Sample>,
    existing: ExistingRows,
}

impl ResultFiles {
    /// Creates the folder and the files, or reads the rows that are there and cuts a torn last line off.
    /// Whether they can be written is known after this, before anything is measured.
    ///
    /// Returns what a person should know besides, as sentences.
    ///
    /// # Errors
    /// [`ResultsError::Name`] where `config` is no file name, [`ResultsError::NotWritable`],
    /// [`ResultsError::Full`], [`ResultsError::NotReadable`], [`ResultsError::Locked`],
    /// [`ResultsError::Header`] where a file has other columns, [`ResultsError::Malformed`].
    pub fn open(
        folder: &Path,
        config: &str,
        existing: Existing,
    ) -> Result<(Self, Vec<String>), ResultsError> {
        if Path::new(config).file_name().is_none_or(|name| name != config) {
            return Err(ResultsError::Name { name: config.to_owned() });
        }
        fs::create_dir_all(folder).map_err(|cause| ResultsError::write(folder, cause))?;
        let path = |ending: &str| folder.join(format!("{config}{ending}"));
        let (rows, scan, mut warnings) = open::<Row>(&path(".csv"), true, existing)?;
        let existing_rows = ExistingRows::new(scan.records(rows.path())?);
        let (samples, _, of_samples) = open(&path(".samples.csv"), false, existing)?;
        warnings.extend(of_samples);
        Ok((Self { rows, samples, existing: existing_rows }, warnings))
    }

    /// The rows that were there when the files were opened.
    pub fn existing(&self) -> &ExistingRows {
        &self.existing
    }

    /// Writes the rows and samples of one experiment, which has ended, and waits until they are on the disk.
    ///
    /// The samples go first and the `total` row last, so that an experiment whose `total` row is there is
    /// wholly there. A kill between the two leaves samples that belong to no row's run: harmless.
    ///
    /// # Errors
    /// [`ResultsError::Full`] or [`ResultsError::NotWritable`]; both files are then as they were before.
    pub fn record(&mut self, rows: &[Row], samples: &[Sample]) -> Result<(), ResultsError> {
        let before = self.samples.len();
        self.samples.append(samples)?;
        let is_total = |row: &&Row| row.phase == Phase::Total;
        let phases = rows.iter().filter(|row| !is_total(row));
        self.rows
            .append(phases.chain(rows.iter().filter(is_total)))
            .inspect_err(|_| self.samples.truncate(before))
    }

    /// The path of the rows.
    pub fn rows_path(&self) -> &Path {
        self.rows.path()
    }

    /// The path of the samples.
    pub fn samples_path(&self) -> &Path {
        self.samples.path()
    }
}

/// Opens a file of results to go on with it, or sets it aside and begins a new one. Returns what it holds, and what a
/// person should know besides, as sentences.
///
/// # Errors
/// As [`CsvFile::open`] and [`CsvFile::prepare`].
pub(super) fn open<R: Record>(
    path: &Path,
    is_locked: bool,
    existing: Existing,
) -> Result<(CsvFile<R>, Scan, Vec<String>), ResultsError> {
    let mut warnings = Vec::new();
    let (mut file, mut content) = CsvFile::open(path, is_locked)?;
    // Where there is a lock, it is held on what is renamed: no other run is writing it.
    if existing == Existing::SetAside
        && let Some(notice) = set_aside(path, file.is_regular(), &content)?
    {
        warnings.push(notice);
        (file, content) = CsvFile::open(path, is_locked)?;
    }
    let (scan, torn) = file.prepare(&content)?;
    warnings.extend(torn);
    Ok((file, scan, warnings))
}

/// Renames a file that holds something to the first free of `<name>.old`, `<name>.old.2`, …, and says so.
fn set_aside(path: &Path, is_regular: bool, content: &[u8]) -> Result<Option<String>, ResultsError> {
    if !is_regular || content.is_empty() {
        return Ok(None);
    }
    let mut old = with_ending(path, ".old");
    let mut number = 2;
    while old.symlink_metadata().is_ok() {
        old = with_ending(path, &format!(".old.{number}"));
        number += 1;
    }
    fs::rename(path, &old).map_err(|cause| ResultsError::write(path, cause))?;
    Ok(Some(format!("the earlier {} is kept as {}", path.display(), old.display())))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::super::columns::COLUMNS;
    use super::super::read::read_rows;
    use super::super::synthetic::row;
    use super::super::values::Mode;
    use super::*;

    fn sample(number: u64) -> Sample {
        Sample {
            config: "c".to_owned(),
            experiment: "e".to_owned(),
            phase: Phase::Mhat,
            mode: Mode::Isolated,
            sample: number,
            nanoseconds: 12.5,
            timestamp_utc: "2025-11-01T10:00:00Z".to_owned(),
        }
    }

    fn total() -> Row {
        Row { phase: Phase::Total, mode: Mode::Pipelined, ..row() }
    }

    fn open(folder: &Path) -> (ResultFiles, Vec<String>) {
        ResultFiles::open(folder, "c", Existing::Resume).unwrap()
    }

    #[test]
    fn records_are_there_after_each_experiment_and_resumed() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("deep/results");
        let (mut files, warnings) = open(&results);
        assert!(warnings.is_empty() && files.existing().all().is_empty());
        files.record(&[total(), row()], &[sample(0), sample(1)]).unwrap();
        assert_eq!(read_rows(files.rows_path()).unwrap().rows, [row(), total()], "total last");
        let samples = fs::read_to_string(files.samples_path()).unwrap();
        assert_eq!(
            samples,
            "config,experiment,phase,mode,sample,nanoseconds,timestamp_utc\n\
             c,e,mhat,isolated,0,12.5,2025-11-01T10:00:00Z\n\
             c,e,mhat,isolated,1,12.5,2025-11-01T10:00:00Z\n"
        );
        drop(files);

        let (mut files, warnings) = open(&results);
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(files.existing().all(), [row(), total()]);
        files.record(&[row()], &[]).unwrap();
        assert_eq!(read_rows(files.rows_path()).unwrap().rows, [row(), total(), row()]);
    }

    #[test]
    fn a_torn_last_line_is_cut_off_wherever_it_is_torn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.csv");
        open(folder.path()).0.record(&[row()], &[]).unwrap();
        let whole = fs::read(&path).unwrap();
        open(folder.path()).0.record(&[total()], &[]).unwrap();
        let both = fs::read(&path).unwrap();
        for length in whole.len()..both.len() {
            fs::write(&path, &both[..length]).unwrap();
            let (files, warnings) = open(folder.path());
            assert_eq!(files.existing().all(), [row()], "{length}");
            assert_eq!(warnings.len(), usize::from(length > whole.len()), "{length}");
            assert_eq!(fs::read(&path).unwrap(), whole, "{length}");
        }
        // A line cut inside and then ended.
        fs::write(&path, [&both[..whole.len() + 30], b"\n"].concat()).unwrap();
        let (files, warnings) = open(folder.path());
        assert_eq!((files.existing().all().len(), warnings.len()), (1, 1));
    }

    #[test]
    fn a_torn_header_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.csv");
        open(folder.path());
        let header = fs::read(&path).unwrap();
        for length in 0..header.len() {
            fs::write(&path, &header[..length]).unwrap();
            let (_, warnings) = open(folder.path());
            assert_eq!(fs::read(&path).unwrap(), header, "{length}");
            assert_eq!(warnings.len(), usize::from(length > 0), "{length}");
        }
    }

    #[test]
    fn a_foreign_header_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.csv");
        for text in ["a,b\n1,2\n", "notes", "\n\n"] {
            fs::write(&path, text).unwrap();
            let result = ResultFiles::open(folder.path(), "c", Existing::Resume);
            if text.trim().is_empty() {
                result.unwrap();
                continue;
            }
            let error = result.unwrap_err();
            assert!(matches!(error, ResultsError::Header { .. }), "{error}");
            assert!(
                error.to_string().contains("--fresh") && error.to_string().contains("--results"),
                "{error}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_header_of_another_version_says_what_differs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.csv");
        open(folder.path());
        let text = fs::read_to_string(&path).unwrap().replace(",seed", ",salt");
        fs::write(&path, text).unwrap();
        let error = ResultFiles::open(folder.path(), "c", Existing::Resume).unwrap_err().to_string();
        assert!(error.contains("missing: seed; unknown: salt"), "{error}");
    }

    /// Rows of two widths in one file would be read wrong, so an earlier version's file is not continued.
    #[test]
    fn a_file_without_the_later_columns_is_read_but_not_continued() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.csv");
        open(folder.path()).0.record(&[row()], &[]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let later = COLUMNS.iter().filter(|column| column.is_later).count();
        let cut = |line: &str| line.rsplitn(later + 1, ',').last().unwrap_or_default().to_owned() + "\n";
        let earlier: String = text.lines().map(cut).collect();
        fs::write(&path, &earlier).unwrap();
        assert_eq!(read_rows(&path).unwrap().rows, [row()]);
        let error = ResultFiles::open(folder.path(), "c", Existing::Resume).unwrap_err().to_string();
        let start = format!(
            "{}: its columns are not this version's (missing: max_abs_error, cache, ",
            path.display()
        );
        assert!(error.starts_with(&start), "{error}");
        assert!(error.ends_with("throttled_samples). Use --fresh, which sets it aside as .csv.old, or another folder with --results"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), earlier);
        ResultFiles::open(folder.path(), "c", Existing::SetAside).unwrap().0.record(&[row()], &[]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_malformed_row_is_an_error_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.csv");
        open(folder.path()).0.record(&[row(), total()], &[]).unwrap();
        let text = fs::read_to_string(&path).unwrap().replace(",isolated,", ",alone,");
        fs::write(&path, &text).unwrap();
        let error = ResultFiles::open(folder.path(), "c", Existing::Resume).unwrap_err();
        assert!(matches!(error, ResultsError::Malformed { line: 2, column: Some("mode"), .. }), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn fresh_loses_nothing_however_often() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = || ResultFiles::open(folder.path(), "c", Existing::SetAside).unwrap();
        let (mut files, notices) = fresh();
        assert!(notices.is_empty(), "{notices:?}");
        files.record(&[row()], &[sample(0)]).unwrap();
        drop(files);
        let (mut files, notices) = fresh();
        assert_eq!(notices.len(), 2);
        assert!(files.existing().all().is_empty());
        files.record(&[total()], &[]).unwrap();
        drop(files);
        fresh();
        assert_eq!(read_rows(&folder.path().join("c.csv.old")).unwrap().rows, [row()]);
        assert_eq!(read_rows(&folder.path().join("c.csv.old.2")).unwrap().rows, [total()]);
        assert!(folder.path().join("c.samples.csv.old").exists());
    }

    #[test]
    fn a_second_run_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (mut files, _) = open(folder.path());
        files.record(&[row()], &[]).unwrap();
        for existing in [Existing::Resume, Existing::SetAside] {
            let error = ResultFiles::open(folder.path(), "c", existing).unwrap_err();
            assert!(matches!(error, ResultsError::Locked { .. }), "{error}");
        }
        assert!(!folder.path().join("c.csv.old").exists());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for name in ["", "..", "a/b", "/a", "a/"] {
            let error = ResultFiles::open(Path::new("/nowhere"), name, Existing::Resume).unwrap_err();
            assert!(matches!(error, ResultsError::Name { .. }), "{error}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_not_writable() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let error = ResultFiles::open(&folder.path().join("file"), "c", Existing::Resume).unwrap_err();
        assert!(matches!(error, ResultsError::NotWritable { .. }), "{error}");
        fs::create_dir(folder.path().join("c.csv")).unwrap();
        let error = ResultFiles::open(folder.path(), "c", Existing::Resume).unwrap_err();
        assert!(matches!(error, ResultsError::NotWritable { .. }), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/full", folder.path().join("c.csv")).unwrap();
        let error = ResultFiles::open(folder.path(), "c", Existing::Resume).unwrap_err();
        assert!(matches!(error, ResultsError::Full { .. }), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn samples_are_taken_back_where_rows_do_not_fit() {
        let folder = tempfile::tempdir().unwrap();
        let (mut files, _) = open(folder.path());
        files.rows = CsvFile::open(Path::new("/dev/full"), true).unwrap().0;
        let before = fs::read(files.samples_path()).unwrap();
        let error = files.record(&[row()], &[sample(0)]).unwrap_err();
        assert!(matches!(error, ResultsError::Full { .. }), "{error}");
        assert_eq!(fs::read(files.samples_path()).unwrap(), before);
        files.record(&[], &[sample(0)]).unwrap();
        assert_eq!(fs::read_to_string(files.samples_path()).unwrap().lines().count(), 2);
    }
}
