//! Every kernel against its f64 twin on a Vulkan device, under the Khronos layer with synchronization validation.
//!
//! One message of the layer fails a test, and so does an object that is not freed.

mod barriers;
mod harness;
mod host_lazy;
mod matrix;
mod points;
mod sampling;
