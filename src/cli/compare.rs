//! `winoscope compare`

use std::path::Path;

use super::arguments::CompareOptions;
use super::exit::{ExitCode, Failure};
use super::print;
use crate::results::compare::{Changes, Side, Ties};
use crate::results::{self, Phase};

/// Compares two results files, or the experiments of one.
pub fn run(options: &CompareOptions) -> Result<(), Failure> {
    let a = read(&options.a)?;
    match &options.b {
        None => ties(&a, options),
        Some(b) => changes(&a, &read(b)?, options),
    }
}

/// A results file with what samples lie beside it.
fn read(path: &Path) -> Result<Side, Failure> {
    let read = results::read_rows(path)?;
    for warning in read.warnings {
        eprintln!("warning: {warning}");
    }
    let samples = results::read_samples_beside(path)?;
    Ok(Side { name: path.display().to_string(), rows: read.rows, samples })
}

fn ties(side: &Side, options: &CompareOptions) -> Result<(), Failure> {
    let phases = if options.phases.is_empty() { &[Phase::Total] } else { options.phases.as_slice() };
    let ties = Ties::of(side, phases, options.same_within);
    if ties.is_empty() {
        return Err(Failure::new(
            ExitCode::Unmatched,
            format!(
                "no two experiments of {} compute the same problem and have a time of {}; name a second file, or \
                 another --phase",
                side.name,
                phases.iter().map(|phase| phase.as_str()).collect::<Vec<_>>().join(" or ")
            ),
        ));
    }
    print::line(ties.render().trim_end())
}

fn changes(a: &Side, b: &Side, options: &CompareOptions) -> Result<(), Failure> {
    let phases = if options.phases.is_empty() { Phase::ALL } else { &options.phases };
    let changes = Changes::of(a, b, phases, options.same_within);
    if changes.is_empty() {
        return Err(Failure::new(
            ExitCode::Unmatched,
            format!(
                "{} and {} have no time in common: experiments are matched by name, phase, mode, caches and problem, \
                 and need a time in both files; `winoscope report` shows what each has",
                a.name, b.name
            ),
        ));
    }
    if let (Some((of_a, of_b)), false) = (changes.devices(), options.across_devices) {
        return Err(Failure::new(
            ExitCode::Unmatched,
            format!(
                "{} has times of {of_a}, {} of {of_b}; --across-devices compares them all the same",
                a.name, b.name
            ),
        ));
    }
    print::line(changes.render().trim_end())?;
    options.fail_if_slower.map_or(Ok(()), |limit| judge(&changes, limit))
}

/// Fails where something is certainly slower by more than `limit`, a share, and tells what may be.
fn judge(changes: &Changes<'_>, limit: f64) -> Result<(), Failure> {
    // To the digits that were typed.
    let percent = (limit * 1e8).round() / 1e6;
    for change in changes.maybe_slower_than(limit) {
        eprintln!("warning: it is unclear whether this is more than {percent} % slower: {}", change.named());
    }
    let unjudged = changes.lost();
    if unjudged > 0 {
        eprintln!(
            "warning: of what is in A, {unjudged} have no time to compare with in B, and are not judged"
        );
    }
    let slower: Vec<String> = changes.slower_than(limit).map(|change| change.named()).collect();
    if slower.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        ExitCode::Slower,
        format!("certainly more than {percent} % slower: {}", slower.join("; ")),
    ))
}
