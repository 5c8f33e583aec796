//! `winoscope schema`

use super::exit::Failure;

/// Prints the JSON Schema of the configuration.
pub fn run() -> Result<(), Failure> {
    println!("{:#}", crate::config::schema());
    Ok(())
}
