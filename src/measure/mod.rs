//! Plan → measurement: compile, verify against the twin, sample until the target is met, and sum up.
//!
//! Knows no convolution: a [`Job`] is a plan and its twin.

mod ahead;
mod contest;
mod engine;
mod facts;
mod host_costs;
mod host_lazy;
mod ledger;
mod monitor;
mod nvml;
mod outcome;
mod prepared;
mod region;
mod sampler;
mod series;
mod statistics;
mod steadiness;
mod verify;
mod warnings;

pub use engine::{Engine, Error, Job, PlanKernels};
pub use facts::KernelFacts;
pub use host_costs::HostCosts;
pub use ledger::{Activity, Booking, Ledger};
pub use monitor::{Conditions, DeviceMonitor, DeviceState, Throttling};
pub use nvml::NvmlMonitor;
pub use outcome::{Measurement, Mode, RegionResult, Stopped, Verdict};
pub use prepared::Prepared;
pub use sampler::{Event, sample};
pub use statistics::Summary;
pub use warnings::Warning;
