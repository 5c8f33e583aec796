//! Every kernel against its f64 twin on a Vulkan device, under the Khronos layer with synchronization validation.
//!
//! One message of the layer fails a test, and so does an object that is not freed.

#[path = "../support/draw.rs"]
mod draw;

mod ahead;
mod barriers;
mod bounds;
mod calibration;
mod ceilings;
mod exemplars;
mod harness;
mod host_lazy;
mod matrix;
mod placements;
mod points;
mod random;
mod sampling;
