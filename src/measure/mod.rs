//! Plan → measurement: compile, verify against the twin, sample until the target is met, and sum up.
//!
//! Knows no convolution: a [`Job`] is a plan and its twin.

mod contest;
mod engine;
mod host_costs;
mod host_lazy;
mod outcome;
mod prepare;
mod region;
mod sampler;
mod series;
mod statistics;
mod steadiness;
mod verify;
mod warnings;

pub use engine::{Engine, Error, Job, PlanKernels};
pub use host_costs::HostCosts;
pub use outcome::{Measurement, Mode, RegionResult, Stopped, Verdict};
pub use prepare::Prepared;
pub use sampler::{Event, sample};
pub use statistics::Summary;
pub use warnings::Warning;
