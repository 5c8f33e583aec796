//! `winoscope list`

use super::arguments::ListOptions;
use super::exit::Failure;
use super::experiments::load_with;
use super::open::glsl_hash;
use super::print;
use super::unmeasured::unmeasured;
use crate::config::Tuned;
use crate::kernels::Sources;
use crate::results::{COLUMNS, Record};

/// The column before those of the results.
const COMPARISON: &str = "comparison";

/// Prints the rows that the experiments have before they are measured.
pub fn run(options: &ListOptions) -> Result<(), Failure> {
    let glsl_hash = glsl_hash(&Sources::find(options.glsl.as_deref()))?;
    let tuned = options.tuned_for.as_deref().map(Tuned::of_device).unwrap_or_default();
    let names = COLUMNS.iter().map(|column| column.name.to_owned());
    let mut records = vec![[COMPARISON.to_owned()].into_iter().chain(names).collect::<Vec<String>>()];
    // Comparisons of several files are several.
    let mut before = 0;
    for configuration in load_with(&options.config, &tuned)? {
        let own = configuration.comparisons.iter().max().map_or(0, |last| last + 1);
        for (experiment, comparison) in configuration.experiments.iter().zip(&configuration.comparisons) {
            let row = unmeasured(&configuration.name, &configuration.measure, &glsl_hash, experiment);
            records.push([(before + comparison).to_string()].into_iter().chain(row.to_record()).collect());
        }
        before += own;
        if configuration.left_out > 0 {
            eprintln!("{}: sweep.where leaves out {}", configuration.name, configuration.left_out);
        }
    }
    print::csv(records)
}
