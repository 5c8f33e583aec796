//! `winoscope report`

use std::fs;
use std::path::{Path, PathBuf};

use super::arguments::ReportOptions;
use super::exit::{ExitCode, Failure};
use super::floors;
use super::print;
use crate::results::ceilings::SavedCeilings;
use crate::results::html::{self, Sources};
use crate::results::{self, Beside, Saved};

/// Prints the report of one or more results files, with what lies beside them: shares of attributions, facts of kernels,
/// and the ceilings of the device; or writes it as a page, with figures, which need their samples too. Files of proofs and
/// of ceilings are printed as tables.
pub fn run(options: &ReportOptions) -> Result<(), Failure> {
    let mut sources = Sources::default();
    let mut tables = Vec::new();
    for path in &options.files {
        let mut read = match results::read_saved(path)? {
            Saved::Rows(read) => read,
            Saved::Proofs(rows) => {
                tables.push(results::proofs(&rows));
                continue;
            }
            Saved::Ceilings(rows) => {
                tables.push(results::ceilings::render(&rows));
                continue;
            }
        };
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
        Some(page) => {
            if !tables.is_empty() {
                eprintln!(
                    "warning: a page has rows of experiments alone: proofs and ceilings are passed over"
                );
            }
            write_page(page, &options.files, &sources)
        }
        None => print_all(&sources, &tables),
    }
}

/// The report of the rows, unless there are other tables alone, and then those.
fn print_all(sources: &Sources, tables: &[String]) -> Result<(), Failure> {
    if tables.is_empty() || !sources.rows.is_empty() {
        print::line(results::report::render(&sources.rows, &sources.beside).trim_end())?;
    }
    tables.iter().try_for_each(|table| print::line(table.trim_end()))
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
