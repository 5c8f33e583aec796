//! Owns everything that talks to Vulkan: instance, device, memory, pipelines, recordings, timestamps.
//!
//! It knows buffers, dispatches and barriers, and nothing of what they compute. All `unsafe` code of the
//! crate lives here. Handles ([`Device`], [`Buffer`], [`Pipeline`], …) are cheap to clone; the Vulkan object
//! behind them has one owner, destroyed when the last handle, recording or submission that uses it is gone.
//!
//! Two things a caller can get wrong that neither Rust nor this module checks: SPIR-V that does not validate,
//! and a shader that reads or writes outside its buffers. Feed it compiler output, and run under validation
//! when in doubt.
//!
//! ```text
//! Instance ─ adapters() ─ select() ─▶ Device ─┬─ buffer(), upload(), download()
//!                                             ├─ pipeline(), bind(), executables()
//!                                             ├─ timestamps() ──▶ Clock
//!                                             └─ record() ─▶ CommandBuffer ─▶ submit()
//! ```

mod access;
mod adapter;
mod bind;
mod buffer;
mod cache;
mod calibration;
mod clock;
mod device;
mod error;
mod executable;
mod instance;
mod limits;
mod matrix;
mod messages;
mod pipeline;
mod recorder;
mod select;
mod submit;
mod timestamps;
mod transfer;

#[cfg(test)]
mod test_shaders;
#[cfg(test)]
mod tests;

pub use access::{Access, Barrier};
pub use adapter::{Adapter, AdapterInfo, Kind};
pub use bind::BindGroup;
pub use buffer::{Buffer, Usage};
pub use calibration::Moment;
pub use clock::Clock;
pub use device::Device;
pub use error::{Error, Result};
pub use executable::{Executable, Statistic, Value};
pub use instance::{Instance, Options};
pub use limits::Limits;
pub use matrix::{MatrixExtension, MatrixUnit};
pub use messages::Messages;
pub use pipeline::{Pipeline, PipelineDescription};
pub use recorder::{CommandBuffer, Recorder};
pub use select::select;
pub use submit::Submission;
pub use timestamps::TimestampPool;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, even after another thread panicked: what these mutexes hold is consistent between any two
/// statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
