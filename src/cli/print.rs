//! Printing to stdout, where nobody may be reading.

use std::fmt::Display;
use std::io::{self, Write};

use super::exit::{ExitCode, Failure};

/// Prints records as CSV.
///
/// # Errors
/// As [`line`].
pub fn csv(records: impl IntoIterator<Item = Vec<String>>) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = records.into_iter().try_for_each(|record| writer.write_record(record));
    let text = written
        .map_err(io::Error::from)
        .and_then(|()| writer.into_inner().map_err(|error| error.into_error()));
    let text = text.map_err(|error| Failure::new(ExitCode::NotWritable, error.to_string()))?;
    line(String::from_utf8_lossy(&text).trim_end())
}

/// Prints a line. A reader that stopped early, as in `winoscope explain … | head`, is no failure.
///
/// # Errors
/// If stdout cannot take it, such as a file on a full disk.
pub fn line(text: impl Display) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(not_written(&"to stdout", &error)),
    }
}

/// The failure of a write to `place`.
pub fn not_written(place: &dyn Display, error: &io::Error) -> Failure {
    let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let code = if is_full { ExitCode::DiskFull } else { ExitCode::NotWritable };
    Failure::new(code, format!("cannot write {place}: {error}"))
}
