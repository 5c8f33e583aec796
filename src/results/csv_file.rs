//! One append-only CSV file: opened after a check, written a block at a time, never left with half a record.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::columns::Record;
use super::error::ResultsError;
use super::read::{Scan, names};

/// An append-only CSV file of records `R`, with its header in place.
#[derive(Debug)]
pub(super) struct CsvFile<R> {
    path: PathBuf,
    file: File,
    /// False for a device or a pipe behind the path, which is never read, locked, truncated or synchronised.
    is_regular: bool,
    /// The length of what is whole: the header and records.
    whole: u64,
    records: PhantomData<R>,
}

/// How long a lock is waited for: a process that has just been forked or is just ending may hold one for a moment.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// Locks the file against other runs. A file system without locks is no reason not to measure: only a lock that
/// stays held is an error.
fn lock(file: &File) -> Result<(), ()> {
    let start = Instant::now();
    while let Err(TryLockError::WouldBlock) = file.try_lock() {
        if start.elapsed() >= LOCK_PATIENCE {
            return Err(());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

impl<R: Record> CsvFile<R> {
    /// Opens or creates the file, locks it against other runs where `is_locked`, and hands its content over.
    ///
    /// # Errors
    /// [`ResultsError::NotWritable`], [`ResultsError::Full`], [`ResultsError::Locked`].
    pub fn open(path: &Path, is_locked: bool) -> Result<(Self, Vec<u8>), ResultsError> {
        let not_writable = |cause| ResultsError::write(path, cause);
        let file =
            OpenOptions::new().read(true).append(true).create(true).open(path).map_err(not_writable)?;
        let is_regular = file.metadata().map_err(not_writable)?.is_file();
        if is_regular && is_locked {
            lock(&file).map_err(|()| ResultsError::Locked { path: path.to_owned() })?;
        }
        let content = if is_regular {
            fs::read(path).map_err(|cause| ResultsError::NotReadable { path: path.to_owned(), cause })?
        } else {
            Vec::new()
        };
        Ok((Self { path: path.to_owned(), file, is_regular, whole: 0, records: PhantomData }, content))
    }

    /// Cuts a torn last line off, with a warning, and writes the header where there is none.
    ///
    /// # Errors
    /// [`ResultsError::Header`] where the columns are not exactly `R`'s, and what [`append`](Self::append)
    /// and [`Scan::of`] give.
    pub fn prepare(&mut self, content: &[u8]) -> Result<(Scan, Vec<String>), ResultsError> {
        let scan = Scan::of(&self.path, content)?;
        let mut warnings = Vec::new();
        let header = header_line::<R>();
        if scan.header.is_empty() && !header.as_bytes().starts_with(content.trim_ascii_end()) {
            return Err(self.foreign("it is not a results file".to_owned()));
        }
        if !scan.header.is_empty() && scan.header != names(R::COLUMNS) {
            return Err(self.foreign(difference(&scan.header, &names(R::COLUMNS))));
        }
        if scan.whole < content.len() as u64 {
            self.file.set_len(scan.whole).map_err(|cause| ResultsError::write(&self.path, cause))?;
        }
        if let Some(torn) = &scan.torn {
            warnings.push(format!("{}: {torn}: cut off, its experiment runs again", self.path.display()));
        }
        self.whole = scan.whole;
        if scan.header.is_empty() {
            self.append_bytes(header.as_bytes())?;
        }
        Ok((scan, warnings))
    }

    /// Writes records as one block and waits until it is on the disk.
    ///
    /// # Errors
    /// [`ResultsError::Full`] or [`ResultsError::NotWritable`]; the file is then as long as it was before.
    pub fn append<'r>(&mut self, records: impl IntoIterator<Item = &'r R>) -> Result<(), ResultsError>
    where
        R: 'r,
    {
        let block = encode(records).map_err(|cause| ResultsError::write(&self.path, cause))?;
        self.append_bytes(&block)
    }

    /// How much is whole now, to go back to with [`truncate`](Self::truncate).
    pub fn len(&self) -> u64 {
        self.whole
    }

    /// Takes back what was appended since the file was `len` long.
    pub fn truncate(&mut self, len: u64) {
        // Where even this fails, the next open finds the torn line.
        if self.is_regular && self.file.set_len(len).is_ok() {
            self.whole = len;
        }
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the path leads to a file, not to a device or a pipe.
    pub fn is_regular(&self) -> bool {
        self.is_regular
    }

    fn append_bytes(&mut self, block: &[u8]) -> Result<(), ResultsError> {
        match self.write(block) {
            Ok(()) => {
                self.whole += block.len() as u64;
                Ok(())
            }
            Err(cause) => {
                self.truncate(self.whole);
                Err(ResultsError::write(&self.path, cause))
            }
        }
    }

    fn write(&mut self, block: &[u8]) -> io::Result<()> {
        self.file.write_all(block)?;
        if self.is_regular { self.file.sync_data() } else { Ok(()) }
    }

    fn foreign(&self, difference: String) -> ResultsError {
        ResultsError::Header {
            path: self.path.clone(),
            difference,
            advice: "Use --fresh, which sets it aside as .csv.old, or another folder with --results",
        }
    }
}

fn header_line<R: Record>() -> String {
    names(R::COLUMNS).join(",") + "\n"
}

fn encode<'r, R: Record + 'r>(records: impl IntoIterator<Item = &'r R>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    for record in records {
        writer.write_record(record.to_record())?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

fn difference(found: &[String], expected: &[String]) -> String {
    let without = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|name| !those.contains(name)).cloned().collect()
    };
    let (missing, unknown) = (without(expected, found), without(found, expected));
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("missing: {}", missing.join(", ")));
    }
    if !unknown.is_empty() {
        parts.push(format!("unknown: {}", unknown.join(", ")));
    }
    if parts.is_empty() {
        parts.push("in another order".to_owned());
    }
    format!("its columns are not this version's ({})", parts.join("; "))
}
