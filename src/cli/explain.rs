//! `winoscope explain`

use super::arguments::ExplainOptions;
use super::exit::Failure;
use super::experiments::{load_with, plan, source};
use super::print;
use crate::config::Tuned;
use crate::plan::{Limits, explain};

/// Prints the plan of every experiment.
pub fn run(options: &ExplainOptions) -> Result<(), Failure> {
    let (device, tuned) = match &options.tuned_for {
        Some(name) => (name.as_str(), Tuned::of_device(name)),
        None => ("a device that is not named (--tuned-for names one)", Tuned::default()),
    };
    for configuration in load_with(&options.config, &tuned)? {
        for experiment in &configuration.experiments {
            print::line(&experiment.name)?;
            let p = &experiment.problem;
            print::line(format_args!(
                "  x[{}][{}][{}][{}], w[{}][{}][3][3], padding {}, {}",
                p.batch,
                p.in_channels,
                p.height,
                p.width,
                p.out_channels,
                p.in_channels,
                p.padding,
                experiment.dtype
            ))?;
            if let Some(source) = source(experiment, device, &tuned) {
                print::line(format_args!("  {source}"))?;
            }
            print::line(explain(&plan(experiment, &Limits::default())?))?;
        }
    }
    Ok(())
}
