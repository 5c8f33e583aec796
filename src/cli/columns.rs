//! `winoscope columns`

use super::exit::Failure;
use super::print;
use crate::results;

/// Prints the reference of every file's columns.
pub fn run() -> Result<(), Failure> {
    print::line(results::reference().trim_end())
}
