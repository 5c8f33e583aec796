//! Every buffer against its twin, over poison.

use super::super::engine::written;
use super::super::outcome::Mode;
use super::super::region::Before;
use super::super::verify::compare;
use super::Prepared;
use crate::gpu::{self, Access, Barrier, CommandBuffer};

/// A quiet NaN, in every byte pattern of a buffer that is about to be written.
const POISON: u32 = 0x7fc0_0000;

impl Prepared {
    /// Runs the isolated recordings as they are sampled, in order, and then all phases in one recording, both over poisoned
    /// buffers, and compares every buffer with its twin.
    ///
    /// # Errors
    /// If the device fails.
    pub fn verify(&mut self) -> gpu::Result<()> {
        let isolated = self.regions.iter().filter(|region| region.extent.mode == Mode::Isolated);
        let isolated: Vec<&CommandBuffer> = isolated.map(|region| &region.command).collect();
        self.start_over()?;
        self.device.submit(&isolated)?;
        self.compare(Mode::Isolated)?;
        let whole = self.first_run()?;
        self.start_over()?;
        self.device.submit(&[&whole])?;
        self.compare(Mode::Pipelined)
    }

    /// All phases in one recording, once, with nothing of theirs before: over what a run before left, a phase that does not wait
    /// for another finds the right values in its place.
    fn first_run(&self) -> gpu::Result<CommandBuffer> {
        let (total, extent) = self.whole();
        let mut form = self.form(1);
        if matches!(form.before, Before::Itself) {
            form.before = Before::Nothing;
        }
        self.record(total, extent, form)
    }

    fn poison(&self) -> gpu::Result<()> {
        let poison = self.device.record("poison", |recorder| {
            recorder.barrier(&[Barrier::Global { from: Access::All, to: Access::All }])?;
            for buffer in written(&self.plan) {
                recorder.fill(&self.resources.buffers[buffer], POISON)?;
            }
            recorder.barrier(&[Barrier::Global { from: Access::All, to: Access::All }])
        })?;
        self.device.submit(&[&poison])
    }

    /// Poisons what is written, and runs what is not timed.
    ///
    /// # Errors
    /// If the device fails.
    pub(in crate::measure) fn start_over(&self) -> gpu::Result<()> {
        self.poison()?;
        self.device.submit(&self.untimed.iter().collect::<Vec<_>>())
    }

    /// Compares every buffer with its twin, all timed phases having run in `mode`.
    ///
    /// # Errors
    /// If the device fails.
    pub(in crate::measure) fn compare(&mut self, mode: Mode) -> gpu::Result<()> {
        for buffer in 0..self.plan.buffers.len() {
            let Some(expected) = self.twin.expected(buffer) else { continue };
            let actual = self.device.download(&self.resources.buffers[buffer])?;
            let comparison = compare(&self.plan.buffers[buffer], &actual, &expected);
            let (relative, largest) = self.errors[buffer].unwrap_or_default();
            self.errors[buffer] =
                Some((relative.max(comparison.rel_error), largest.max(comparison.max_abs_error)));
            if let (None, Some(wrong)) = (&self.wrong, comparison.wrong) {
                let recording = match mode {
                    Mode::Isolated => "phase by phase",
                    Mode::Pipelined => "all phases in one recording",
                    Mode::HostLazy => "each phase submitted without waiting",
                };
                self.wrong = Some(format!("run {recording}, {wrong}"));
            }
        }
        Ok(())
    }

    /// What is wrong with its results, if anything: it is then not worth sampling.
    pub fn wrong(&self) -> Option<&str> {
        self.wrong.as_deref()
    }
}
