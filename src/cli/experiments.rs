//! Configurations and plans, as several commands need them.

use super::arguments::ConfigOptions;
use super::exit::{ExitCode, Failure};
use crate::config::{Configuration, Experiment};
use crate::plan::{Limits, Plan, convolution};

/// Reads every configuration, before anything runs.
pub fn load(options: &ConfigOptions) -> Result<Vec<Configuration>, Failure> {
    let read = |path| Configuration::load(path, &options.overrides).map_err(Failure::from);
    options.configs.iter().map(|path| read(path.as_path())).collect()
}

/// The plan of an experiment within the limits of a device.
pub fn plan(experiment: &Experiment, limits: &Limits) -> Result<Plan, Failure> {
    convolution::lower(experiment, limits)
        .map_err(|error| Failure::new(ExitCode::Contradiction, format!("{}: {error}", experiment.name)))
}
