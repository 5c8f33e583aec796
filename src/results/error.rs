//! What can go wrong with results files, each as a whole sentence that includes its cause.

use std::io;
use std::path::{Path, PathBuf};

/// A results file could not be read or written.
///
/// The sentence is complete: the cause stands in it, so there is no `source` to print after it.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The configuration's name cannot be a file name.
    #[error(
        "the configuration's name `{name}` cannot be the name of a results file: it must be one plain file name"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// The folder or a file in it cannot be written.
    #[error("cannot write {}: {cause}. Choose another folder with --results", path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },
    /// There is no room left.
    #[error("cannot write {}: {cause}. What was written before is kept; free some space and run again, and it \
             resumes", path.display())]
    Full {
        /// The folder or file.
        path: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    NotReadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },
    /// Another run is writing the same file.
    #[error("another run is writing {}: wait for it, or choose another folder with --results", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// A file's header is not the one expected.
    #[error("{}: {difference}. {advice}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is different.
        difference: String,
        /// What to do, as a sentence.
        advice: &'static str,
    },
    /// A line of a file is not a record.
    #[error("{} line {line}{}: {problem}", path.display(),
            column.map(|column| format!(", column `{column}`")).unwrap_or_default())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column, where one cell is to blame.
        column: Option<&'static str>,
        /// What is wrong.
        problem: String,
    },
}

impl ResultsError {
    /// The error of a failed write: [`Full`](Self::Full) where there is no room, else
    /// [`NotWritable`](Self::NotWritable).
    pub(super) fn write(path: &Path, cause: io::Error) -> Self {
        let path = path.to_owned();
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full { path, cause }
            }
            _ => Self::NotWritable { path, cause },
        }
    }
}
