//! `winoscope report`

use super::arguments::ReportOptions;
use super::exit::Failure;
use super::print;
use crate::results::{self, Beside};

/// Prints the report of one or more results files, with what lies beside them: shares of attributions, facts of kernels.
pub fn run(options: &ReportOptions) -> Result<(), Failure> {
    let (mut rows, mut beside) = (Vec::new(), Beside::default());
    for path in &options.files {
        let read = results::read_rows(path)?;
        for warning in read.warnings {
            eprintln!("warning: {warning}");
        }
        rows.extend(read.rows);
        beside.extend(Beside::read(path)?);
    }
    print::line(results::report::render(&rows, &beside).trim_end())
}
