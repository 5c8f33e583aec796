//! `winoscope report`

use std::fs;
use std::path::{Path, PathBuf};

use super::arguments::ReportOptions;
use super::exit::{ExitCode, Failure};
use super::floors;
use super::print;
use crate::results::ceilings::SavedCeilings;
use crate::results::html::{self, Sources};
use crate::results::{self, Beside};

/// Prints the report of one or more results files, with what lies beside them: shares of attributions, facts of kernels,
/// and the ceilings of the device; or writes it as a page, with figures, which need their samples too.
pub fn run(options: &ReportOptions) -> Result<(), Failure> {
    let mut sources = Sources::default();
    for path in &options.files {
        let mut read = results::read_rows(path)?;
        for warning in read.warnings {
            eprintln!("warning: {warning}");
        }
        if options.floors.ceilings.is_none() {
            sources.ceilings.extend(floors::fill_beside(&mut read.rows, path)?);
        }
        sources.rows.extend(read.rows);
        sources.beside.extend(Beside::read(path)?);
        if options.html.is_some() {
            sources.samples.extend(results::read_samples_beside(path)?);
        }
    }
    if let Some(file) = &options.floors.ceilings {
        floors::fill_from(&mut sources.rows, file)?;
        sources.ceilings = SavedCeilings::read(file)?;
    }
    match &options.html {
        Some(page) => write_page(page, &options.files, &sources),
        None => print::line(results::report::render(&sources.rows, &sources.beside).trim_end()),
    }
}

/// Writes the page in place of what is there, unless that is what it is made of.
fn write_page(page: &Path, files: &[PathBuf], sources: &Sources) -> Result<(), Failure> {
    let is_page = |file: &PathBuf| match (fs::canonicalize(file), fs::canonicalize(page)) {
        (Ok(file), Ok(page)) => file == page,
        _ => false,
    };
    if files.iter().any(is_page) {
        let message =
            format!("{} is one of the results files: choose another name for the page", page.display());
        return Err(Failure::new(ExitCode::NotWritable, message));
    }
    fs::write(page, html::page(sources)).map_err(|error| print::not_written(&page.display(), &error))?;
    eprintln!("page: {}", page.display());
    Ok(())
}
