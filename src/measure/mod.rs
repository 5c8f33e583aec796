//! Plan → measurement: compile, verify against the twin, sample until the target is met, and sum up.
//!
//! Knows no convolution: a [`Job`] is a plan and its twin.

mod engine;
mod host_lazy;
mod ledger;
mod outcome;
mod prepare;
mod region;
mod sampler;
mod statistics;
mod verify;

pub use engine::{Engine, Error, Job, PlanKernels};
pub use ledger::{Activity, Booking, Ledger};
pub use outcome::{Measurement, Mode, RegionResult, Stopped, Verdict};
pub use prepare::Prepared;
pub use sampler::{Event, sample};
pub use statistics::Summary;
