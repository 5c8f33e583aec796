//! `winoscope report`

use super::arguments::ReportOptions;
use super::exit::Failure;
use super::print;
use crate::results;

/// Prints the report of one or more results files, with the shares of attributions that lie beside them.
pub fn run(options: &ReportOptions) -> Result<(), Failure> {
    let (mut rows, mut shares) = (Vec::new(), Vec::new());
    for path in &options.files {
        let read = results::read_rows(path)?;
        for warning in read.warnings {
            eprintln!("warning: {warning}");
        }
        rows.extend(read.rows);
        shares.extend(results::read_shares_beside(path)?);
    }
    print::line(results::report::render(&rows, &shares).trim_end())
}
