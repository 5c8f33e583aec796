//! `winoscope explain`

use super::arguments::ConfigOptions;
use super::exit::Failure;
use super::experiments::{load, plan};
use super::print;
use crate::plan::{Limits, explain};

/// Prints the plan of every experiment.
pub fn run(options: &ConfigOptions) -> Result<(), Failure> {
    for configuration in load(options)? {
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
            print::line(explain(&plan(experiment, &Limits::default())?))?;
        }
    }
    Ok(())
}
