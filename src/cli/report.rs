//! `winoscope report`

use super::arguments::ReportOptions;
use super::exit::Failure;
use super::floors;
use super::print;
use crate::results::{self, Beside};

/// Prints the report of one or more results files, with what lies beside them: shares of attributions, facts of kernels,
/// and the ceilings of the device.
pub fn run(options: &ReportOptions) -> Result<(), Failure> {
    let (mut rows, mut beside) = (Vec::new(), Beside::default());
    for path in &options.files {
        let mut read = results::read_rows(path)?;
        for warning in read.warnings {
            eprintln!("warning: {warning}");
        }
        if options.floors.ceilings.is_none() {
            floors::fill_beside(&mut read.rows, path)?;
        }
        rows.extend(read.rows);
        beside.extend(Beside::read(path)?);
    }
    if let Some(file) = &options.floors.ceilings {
        floors::fill_from(&mut rows, file)?;
    }
    print::line(results::report::render(&rows, &beside).trim_end())
}
