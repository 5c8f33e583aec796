//! Results: the columns, the CSV files that hold them, and the tables and reports read from them.
//!
//! Everything here works on plain [`Row`]s, whether just measured or read from a file, and needs no device.

pub mod attribution;
pub mod ceilings;
mod cell;
mod columns;
mod csv_file;
mod error;
mod files;
mod floor_table;
mod format;
mod hypothesis;
mod interval;
mod questions;
mod read;
pub mod report;
mod resume;
mod run;
mod seed_notes;
mod seed_report;
mod seed_steps;
mod shares;
mod spread;
#[cfg(test)]
mod synthetic;
pub mod table;
mod timestamp;
mod values;

pub use cell::CellError;
pub use columns::{COLUMNS, Column, ColumnOrder, Record, Row, SAMPLE_COLUMNS, Sample, Settled, reference};
pub use error::ResultsError;
pub use files::{Existing, ResultFiles};
pub use read::{ReadRows, read_rows, read_samples, read_shares_beside};
pub use resume::ExistingRows;
pub use shares::{SHARE_COLUMNS, ShareRow, SharesFile};
pub use timestamp::timestamp_utc;
pub use values::{Ceiling, Mode, Phase, Status};
