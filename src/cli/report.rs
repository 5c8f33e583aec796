//! `winoscope report`

use super::arguments::ReportOptions;
use super::exit::Failure;
use super::floors;
use super::print;
use crate::results;

/// Prints the report of one or more results files, with the shares of attributions and the device's
/// ceilings that lie beside them.
pub fn run(options: &ReportOptions) -> Result<(), Failure> {
    let (mut rows, mut shares) = (Vec::new(), Vec::new());
    for path in &options.files {
        let mut read = results::read_rows(path)?;
        for warning in read.warnings {
            eprintln!("warning: {warning}");
        }
        if options.floors.ceilings.is_none() {
            floors::fill_beside(&mut read.rows, path)?;
        }
        rows.extend(read.rows);
        shares.extend(results::read_shares_beside(path)?);
    }
    if let Some(file) = &options.floors.ceilings {
        floors::fill_from(&mut rows, file)?;
    }
    print::line(results::report::render(&rows, &shares).trim_end())
}
