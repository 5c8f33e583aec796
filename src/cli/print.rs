//! Printing to stdout, where nobody may be reading.

use std::fmt::Display;
use std::io::{self, Write};

use super::exit::{ExitCode, Failure};

/// Prints a line. A reader that stopped early, as in `winoscope explain … | head`, is no failure.
///
/// # Errors
/// If stdout cannot take it, such as a file on a full disk.
pub fn line(text: impl Display) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            let full = error.kind() == io::ErrorKind::StorageFull;
            let code = if full { ExitCode::DiskFull } else { ExitCode::NotWritable };
            Err(Failure::new(code, format!("cannot write to stdout: {error}")))
        }
    }
}
