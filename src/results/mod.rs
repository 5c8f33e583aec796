//! Results: the columns, the CSV files that hold them, and the tables and reports read from them.
//!
//! Everything here works on plain [`Row`]s, whether just measured or read from a file, and needs no device.

pub mod attribution;
pub mod ceilings;
mod cell;
mod columns;
pub mod compare;
mod csv_file;
mod error;
mod files;
mod floor_table;
mod format;
pub mod html;
mod hypothesis;
mod interval;
mod kernel_figures;
mod kernels;
mod median;
mod proofs;
mod questions;
mod read;
mod reference;
pub mod report;
mod resume;
mod run;
mod seed_notes;
mod seed_report;
mod seed_steps;
mod shares;
mod spread;
#[cfg(test)]
pub(crate) mod synthetic;
pub mod table;
mod timestamp;
mod values;

pub use cell::CellError;
pub use columns::{COLUMNS, Column, ColumnOrder, Conditions, Record, Row, SAMPLE_COLUMNS, Sample, Settled};
pub use error::ResultsError;
pub use files::{Existing, ResultFiles};
pub use interval::Interval;
pub use kernels::{KERNEL_COLUMNS, KernelFact, KernelsFile};
pub use proofs::{ComparisonRow, ProofFiles, ProofRow, proofs};
pub use read::{Beside, ReadRows, Saved, read_rows, read_samples, read_samples_beside, read_saved};
pub use reference::reference;
pub use resume::ExistingRows;
pub use shares::{SHARE_COLUMNS, ShareRow, SharesFile};
pub use timestamp::timestamp_utc;
pub use values::{Ceiling, Mode, Phase, Status, Stopped, Verdict};
