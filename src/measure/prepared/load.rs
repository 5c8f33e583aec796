//! Work that keeps the device busy.

use super::super::region::{Before, Form};
use super::Prepared;
use crate::gpu::{self, CommandBuffer};

/// Repetitions beyond which a load is busy enough, however short the job.
const MAX_LOAD: u32 = 5000;

/// The pipelined total many times over; see [`Prepared::load`] and [`Prepared::repeated`].
pub struct Load<'a> {
    job: &'a Prepared,
    command: CommandBuffer,
    total: usize,
}

impl Load<'_> {
    /// Runs it; returns how long it took, in nanoseconds, infinite where the clock cannot tell.
    ///
    /// # Errors
    /// If the device fails.
    pub fn run(&self) -> gpu::Result<f64> {
        self.job.device.submit(&[&self.command])?;
        Ok(self.job.elapsed(self.total)?.unwrap_or(f64::INFINITY))
    }
}

impl Prepared {
    /// How long the pipelined total takes now, in nanoseconds; infinite where the clock cannot tell.
    ///
    /// # Errors
    /// If the device fails.
    pub fn total_now(&self) -> gpu::Result<f64> {
        let (total, _) = self.whole();
        self.device.submit(&[&self.regions[total].command])?;
        Ok(self.elapsed(total)?.unwrap_or(f64::INFINITY))
    }

    /// A recording of the pipelined total that keeps the device busy for about `nanoseconds`.
    ///
    /// # Errors
    /// If the device fails.
    pub fn load(&self, nanoseconds: f64) -> gpu::Result<Load<'_>> {
        let (total, _) = self.whole();
        let once = self.total_now()? / f64::from(self.regions[total].repeats);
        // `as` saturates, so that any ratio is a count.
        self.repeated(((nanoseconds / once.max(1.0)) as u32).clamp(1, MAX_LOAD))
    }

    /// A recording of the pipelined total so many times over, the caches as they are.
    ///
    /// # Errors
    /// If the device fails.
    pub fn repeated(&self, times: u32) -> gpu::Result<Load<'_>> {
        let (total, extent) = self.whole();
        // What runs before it would be another load.
        let form = Form { before: Before::Nothing, ..self.form(times) };
        let command = self.record(total, extent, form)?;
        Ok(Load { job: self, command, total })
    }
}
