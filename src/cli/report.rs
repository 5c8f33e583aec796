//! `winoscope report`

use super::arguments::ReportOptions;
use super::exit::Failure;
use super::print;
use crate::results;

/// Prints the report of one or more results files.
pub fn run(options: &ReportOptions) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for path in &options.files {
        let read = results::read_rows(path)?;
        for warning in read.warnings {
            eprintln!("warning: {warning}");
        }
        rows.extend(read.rows);
    }
    print::line(results::report::render(&rows).trim_end())
}
