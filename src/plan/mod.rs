//! Experiment → plan: named buffers and dispatches as pure data, the hazards between them, and how to print them.
//!
//! The plan itself knows no convolution; [`convolution`] lowers an experiment to it, [`calibration`] work of a known
//! amount, and [`ceilings`] what a device's ceilings are measured by. A further subject is another lowering beside these.

pub mod calibration;
pub mod ceilings;
pub mod convolution;
mod explain;
mod hazard;
mod limits;
mod recording;
mod twin;

pub use explain::{Bytes, explain};
pub use hazard::{Access, Hazard, HazardKind, hazards};
pub use limits::Limits;
pub use recording::{
    BufferId, BufferSpec, Dispatch, Evaluations, Kernel, Ordering, Phase, Plan, Role, Tolerance, Use,
};
pub use twin::{Expected, Twin};
