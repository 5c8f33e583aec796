//! `winoscope schema`

use super::exit::Failure;
use super::print;

/// Prints the JSON Schema of the configuration.
pub fn run() -> Result<(), Failure> {
    print::line(format_args!("{:#}", crate::config::schema()))
}
