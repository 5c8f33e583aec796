//! Configurations and plans, as several commands need them.

use std::collections::HashSet;

use super::arguments::ConfigOptions;
use super::exit::{ExitCode, Failure};
use crate::config::{Configuration, Experiment, Tuned, UNTUNED};
use crate::plan::{Limits, Plan, convolution};

/// Reads every configuration, before anything runs. What asks for tuned values is not tuned yet.
pub fn load(options: &ConfigOptions) -> Result<Vec<Configuration>, Failure> {
    load_with(options, &Tuned::default())
}

/// The same configurations, once the name of the device is known: what asks for tuned values is read again with those of
/// the device, and it is said which they are.
pub fn tuned(
    configurations: Vec<Configuration>,
    options: &ConfigOptions,
    device: &str,
) -> Result<Vec<Configuration>, Failure> {
    if !ask_for_tuned(&configurations) {
        return Ok(configurations);
    }
    let tuned = Tuned::of_device(device);
    let configurations = load_with(options, &tuned)?;
    for experiment in configurations.iter().flat_map(|configuration| &configuration.experiments) {
        if let Some(note) = source(experiment, device, &tuned) {
            eprintln!("note: {}: {note}", experiment.name);
        }
    }
    Ok(configurations)
}

/// Whether any experiment asks for tuned values.
pub fn ask_for_tuned(configurations: &[Configuration]) -> bool {
    let mut experiments = configurations.iter().flat_map(|configuration| &configuration.experiments);
    experiments.any(|experiment| experiment.tuned_from.is_some())
}

/// Where the values come from that an experiment leaves open, where it asks for tuned ones: a sentence.
pub fn source(experiment: &Experiment, device: &str, tuned: &Tuned) -> Option<String> {
    let from = experiment.tuned_from.as_deref()?;
    Some(if from != UNTUNED {
        format!("what it leaves open is what was quickest for {from} on {device}")
    } else if tuned.is_empty() {
        format!("nothing was tuned on {device}, so what it leaves open is chosen by the device's limits")
    } else {
        format!(
            "nothing that was tuned on {device} is near its problem and agrees with what it sets, so what it leaves open \
             is chosen by the device's limits"
        )
    })
}

/// Reads every configuration with these tuned values.
pub fn load_with(options: &ConfigOptions, tuned: &Tuned) -> Result<Vec<Configuration>, Failure> {
    let read = |path| Configuration::load(path, &options.overrides, tuned).map_err(Failure::from);
    options.configs.iter().map(|path| read(path.as_path())).collect()
}

/// Leaves the experiments with these names alone; all, where there are no names.
pub fn keep(configurations: &mut Vec<Configuration>, names: &[String]) -> Result<(), Failure> {
    if names.is_empty() {
        return Ok(());
    }
    let wanted: HashSet<&str> = names.iter().map(String::as_str).collect();
    for configuration in configurations.iter_mut() {
        configuration.keep(|experiment| wanted.contains(experiment.name.as_str()));
    }
    let kept = configurations.iter().flat_map(|configuration| &configuration.experiments);
    let kept: HashSet<&str> = kept.map(|experiment| experiment.name.as_str()).collect();
    if let Some(unknown) = names.iter().find(|name| !kept.contains(name.as_str())) {
        let message =
            format!("--only {unknown}: there is no such experiment; `winoscope list` prints the names");
        return Err(Failure::new(ExitCode::BadConfig, message));
    }
    configurations.retain(|configuration| !configuration.experiments.is_empty());
    Ok(())
}

/// The plan of an experiment within the limits of a device.
pub fn plan(experiment: &Experiment, limits: &Limits) -> Result<Plan, Failure> {
    convolution::lower(experiment, limits)
        .map_err(|error| Failure::new(ExitCode::Contradiction, format!("{}: {error}", experiment.name)))
}
