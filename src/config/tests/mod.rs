//! Tests of the configuration as a whole, from text to experiments or to the message of its refusal.

mod expansion;
mod messages;
mod mixtures;
mod resolution;
mod restrictions;
mod rules;
mod schema;

use super::{Configuration, Error, Experiment};

/// The least that a configuration needs. Further lines begin at line 6.
const PROBLEM: &str = "[problem]\nin_channels = 16\nout_channels = 16\nheight = 32\nwidth = 32\n";

fn parse(below: &str, overrides: &[&str]) -> Result<Configuration, Error> {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    Configuration::parse(&format!("{PROBLEM}{below}"), "configs/x.toml", &overrides)
}

/// The configuration of [`PROBLEM`] and `below`.
#[track_caller]
fn accept(below: &str, overrides: &[&str]) -> Configuration {
    match parse(below, overrides) {
        Ok(configuration) => configuration,
        Err(error) => panic!("refused:\n{error}"),
    }
}

/// Its one experiment.
#[track_caller]
fn single(below: &str, overrides: &[&str]) -> Experiment {
    let experiments = accept(below, overrides).experiments;
    let [experiment] = experiments.as_slice() else { panic!("{} experiments", experiments.len()) };
    experiment.clone()
}

/// Why it is refused.
#[track_caller]
fn refuse(below: &str, overrides: &[&str]) -> Error {
    match parse(below, overrides) {
        Ok(configuration) => panic!("accepted: {configuration:#?}"),
        Err(error) => error,
    }
}

fn names(configuration: &Configuration) -> Vec<&str> {
    configuration.experiments.iter().map(|experiment| experiment.name.as_str()).collect()
}
