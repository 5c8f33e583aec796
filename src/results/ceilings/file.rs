//! Saving ceilings per device, and finding those of a row's device.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::floors::Ceilings;
use super::rows::CeilingRow;
use crate::results::columns::Row;
use crate::results::csv_file::CsvFile;
use crate::results::error::ResultsError;
use crate::results::files::{self, Existing};
use crate::results::read::Scan;
use crate::results::timestamp::order_key;

/// `<results>/ceilings/<device>.csv`, the device's name made a file's.
pub fn ceilings_path(results: &Path, device: &str) -> PathBuf {
    let is_plain = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    let words: Vec<&str> = device.split(|c| !is_plain(c)).filter(|word| !word.is_empty()).collect();
    // A name that begins with a dot is hidden.
    let name = words.join("_");
    results.join("ceilings").join(format!("{}.csv", name.trim_start_matches('.')))
}

/// The ceilings file of one device, locked against other runs while this lives.
#[derive(Debug)]
pub struct CeilingsFile {
    file: CsvFile<CeilingRow>,
}

impl CeilingsFile {
    /// Creates the file and its folder; whether it can be written is known after this. Returns what a person should
    /// know besides, as sentences.
    ///
    /// # Errors
    /// As [`ResultFiles::open`](crate::results::ResultFiles::open).
    pub fn open(
        results: &Path,
        device: &str,
        existing: Existing,
    ) -> Result<(Self, Vec<String>), ResultsError> {
        let path = ceilings_path(results, device);
        let folder = path.parent().unwrap_or(results);
        fs::create_dir_all(folder).map_err(|cause| ResultsError::write(folder, cause))?;
        let (file, scan, warnings) = files::open(&path, true, existing)?;
        scan.records::<CeilingRow>(&path)?;
        Ok((Self { file }, warnings))
    }

    /// Writes the rows of one run as one block: a run that was stopped leaves none.
    ///
    /// # Errors
    /// [`ResultsError::Full`] or [`ResultsError::NotWritable`].
    pub fn record(&mut self, rows: &[CeilingRow]) -> Result<(), ResultsError> {
        self.file.append(rows)
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

/// Ceilings as read from files: of several runs, drivers and devices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SavedCeilings {
    rows: Vec<CeilingRow>,
}

impl SavedCeilings {
    /// Reads a ceilings file; a torn last line is passed over.
    ///
    /// # Errors
    /// [`ResultsError::NotReadable`], [`ResultsError::Header`] where a column is missing,
    /// [`ResultsError::Malformed`] naming line and column.
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        let bytes =
            fs::read(path).map_err(|cause| ResultsError::NotReadable { path: path.to_owned(), cause })?;
        Ok(Self { rows: Scan::of(path, &bytes)?.records(path)? })
    }

    /// Reads what is saved of these devices in a results folder, which may be nothing.
    ///
    /// # Errors
    /// As [`read`](Self::read), but for a missing file.
    pub fn in_folder<'d>(
        results: &Path,
        devices: impl IntoIterator<Item = &'d str>,
    ) -> Result<Self, ResultsError> {
        let mut paths: Vec<PathBuf> =
            devices.into_iter().map(|device| ceilings_path(results, device)).collect();
        paths.sort();
        paths.dedup();
        let mut saved = Self::default();
        for path in paths {
            match Self::read(&path) {
                Ok(read) => saved.rows.extend(read.rows),
                Err(ResultsError::NotReadable { cause, .. })
                    if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(saved)
    }

    /// Adds what was read of another file.
    pub fn extend(&mut self, other: Self) {
        self.rows.extend(other.rows);
    }

    /// The latest ceilings of a device with a driver.
    pub fn of(&self, device: &str, driver: &str) -> Option<Ceilings> {
        let own = || self.rows.iter().filter(|row| row.device == device && row.driver == driver);
        let latest = own().map(|row| order_key(&row.timestamp_utc)).max()?;
        Some(Ceilings::new(&own().filter(|row| order_key(&row.timestamp_utc) == latest).collect::<Vec<_>>()))
    }

    /// The devices and drivers that there are ceilings of, for a message: `NVIDIA H200 (NVIDIA 570.0)`.
    pub fn devices(&self) -> String {
        let mut names: Vec<String> =
            self.rows.iter().map(|row| format!("{} ({})", row.device, row.driver)).collect();
        names.sort();
        names.dedup();
        names.join(", ")
    }

    /// Fills in the floors of those of `rows` that have none, each by the ceilings of its own device and driver.
    /// Returns whether there were such ceilings for any of them.
    pub fn fill(&self, rows: &mut [Row]) -> bool {
        let mut of: HashMap<(String, String), Vec<&mut Row>> = HashMap::new();
        for row in rows {
            of.entry((row.device.clone(), row.driver.clone())).or_default().push(row);
        }
        let mut any = false;
        for ((device, driver), rows) in of {
            if let Some(ceilings) = self.of(&device, &driver) {
                ceilings.fill(rows);
                any = true;
            }
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::row;
    use super::*;
    use crate::results::synthetic;
    use crate::results::values::Ceiling;

    fn fma(driver: &str, timestamp: &str, rate: f64) -> CeilingRow {
        CeilingRow {
            driver: driver.to_owned(),
            timestamp_utc: timestamp.to_owned(),
            ..row(Ceiling::F32Fma, None, rate)
        }
    }

    #[test]
    fn a_device_has_a_file_of_its_own() {
        let path = |device| ceilings_path(Path::new("r"), device).to_str().unwrap().to_owned();
        assert_eq!(path("NVIDIA H200"), "r/ceilings/NVIDIA_H200.csv");
        assert_eq!(path("llvmpipe (LLVM 15.0.6, 256 bits)"), "r/ceilings/llvmpipe_LLVM_15.0.6_256_bits.csv");
        assert_eq!(path("../../etc/passwd"), "r/ceilings/_.._etc_passwd.csv");
    }

    #[test]
    fn rows_read_back_the_same_run_after_run() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [fma("a", "2025-11-01T00:00:00Z", 1e12), row(Ceiling::CopyBandwidth, Some(1 << 20), 2e12)];
        for _ in 0..2 {
            let (mut file, warnings) =
                CeilingsFile::open(folder.path(), "NVIDIA H200", Existing::Resume).unwrap();
            assert!(warnings.is_empty(), "{warnings:?}");
            file.record(&rows).unwrap();
        }
        let saved = SavedCeilings::in_folder(folder.path(), ["NVIDIA H200"]).unwrap();
        assert_eq!(saved.rows, [rows.clone(), rows].concat());
        assert_eq!(SavedCeilings::in_folder(folder.path(), ["other"]).unwrap(), SavedCeilings::default());
    }

    #[test]
    fn the_latest_of_the_same_device_and_driver_count() {
        let rows = vec![
            fma("a", "2025-11-02T00:00:00Z", 2e9),
            fma("a", "2025-11-01T00:00:00Z", 1e9),
            fma("b", "2025-11-03T00:00:00Z", 4e9),
        ];
        let saved = SavedCeilings { rows };
        let of = |driver: &str, rate: f64| {
            assert_eq!(saved.of("NVIDIA H200", driver), Some(Ceilings::new(&[&fma(driver, "", rate)])));
        };
        of("a", 2e9);
        of("b", 4e9);
        assert_eq!(saved.of("NVIDIA H200", "c"), None);
        assert_eq!(saved.of("another", "a"), None);
        assert_eq!(saved.devices(), "NVIDIA H200 (a), NVIDIA H200 (b)");
    }

    #[test]
    fn each_row_is_held_against_its_own_device() {
        let saved = SavedCeilings { rows: vec![row(Ceiling::F32Fma, None, 1e9)] };
        let flops = synthetic::row().flops.unwrap() as f64;
        let mut rows = [synthetic::row(), Row { driver: "newer".to_owned(), ..synthetic::row() }];
        assert!(saved.fill(&mut rows));
        assert_eq!([&rows[0], &rows[1]].map(|row| row.floor_ns), [Some(flops), None]);
        assert!(!saved.fill(&mut rows[1..]));
    }

    #[test]
    fn what_is_no_ceilings_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = ceilings_path(folder.path(), "d");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "a,b\n1,2\n").unwrap();
        assert!(matches!(SavedCeilings::read(&path), Err(ResultsError::Header { .. })));
        let opened = CeilingsFile::open(folder.path(), "d", Existing::Resume);
        assert!(matches!(opened, Err(ResultsError::Header { .. })));
        let (mut file, notices) = CeilingsFile::open(folder.path(), "d", Existing::SetAside).unwrap();
        assert_eq!(notices.len(), 1);
        file.record(&[row(Ceiling::F32Fma, None, 1e9)]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("f32_fma", "f31_fma")).unwrap();
        let error = SavedCeilings::read(&path).unwrap_err().to_string();
        assert!(error.contains("line 2, column `ceiling`: expected one of `copy_bandwidth`"), "{error}");
    }
}
