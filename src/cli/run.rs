//! `winoscope run`: config → plan → measure → results.

use super::arguments::RunOptions;
use super::comparison::{Comparison, Ended};
use super::exit::Failure;
use super::experiments::{keep, load, plan, tuned};
use super::print;
use super::session::Session;
use crate::config::Experiment;
use crate::plan::Limits;
use crate::results::{Row, report, table};

/// Verifies, measures and records every experiment of every configuration.
pub fn run(options: &RunOptions) -> Result<(), Failure> {
    let mut configurations = load(&options.config)?;
    keep(&mut configurations, &options.only)?;
    for configuration in &configurations {
        // A plan that cannot be made is told before anything is measured.
        configuration
            .experiments
            .iter()
            .try_for_each(|experiment| plan(experiment, &Limits::default()).map(drop))?;
    }
    let session = Session::open(&options.measuring)?.with_ceilings(options.floors.ceilings.as_deref())?;
    let mut configurations = tuned(configurations, &options.config, &session.opened.device.info().name)?;
    // Where they were read again.
    keep(&mut configurations, &options.only)?;
    session.each(&configurations, |session, configuration| {
        let experiments: Vec<&Experiment> = configuration.experiments.iter().collect();
        let mut comparison =
            Comparison::open(session, configuration, &configuration.name, experiments.len())?;
        let result = comparison.measure(&experiments);
        let Ended { rows, failures, path } = comparison.end();
        let printed = if rows.is_empty() { Ok(()) } else { print::line(summary(&rows)) };
        eprintln!("results: {}", path.display());
        result?;
        Failure::gravest(failures).map_or(printed, Err)
    })
}

/// What a run has found: its table, and its verdicts where it tests explanations.
fn summary(rows: &[Row]) -> String {
    table::run_summary(rows) + &report::hypotheses(rows).unwrap_or_default()
}
