//! What a command that measures works with: a device, a compiler, and Ctrl-C.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::MeasuringOptions;
use super::exit::{ExitCode, Failure};
use super::floors;
use super::open::{Opened, compiler, glsl_hash};
use super::rows::driver;
use super::spending;
use crate::gpu::{Adapter, MatrixExtension};
use crate::kernels::Compiler;
use crate::measure::{Activity, Ledger};
use crate::results::Existing;
use crate::results::ceilings::Ceilings;

/// An open device, from the first item that is measured on it to the last.
pub struct Session<'o> {
    pub(super) options: &'o MeasuringOptions,
    pub(super) opened: Opened,
    pub(super) compiler: Compiler,
    /// Of the sources of all kernels.
    pub(super) glsl_hash: String,
    pub(super) interrupted: Arc<AtomicBool>,
    /// Where wall time goes.
    pub(super) ledger: Ledger,
    /// Experiments measured so far.
    pub(super) measured: Cell<usize>,
    /// What the device's floors come from, where it is known.
    pub(super) ceilings: Option<Ceilings>,
}

impl<'o> Session<'o> {
    /// Opens the device that `options` name.
    pub fn open(options: &'o MeasuringOptions) -> Result<Self, Failure> {
        Self::open_with(options, |_, _| None)
    }

    /// Opens the device that `options` name, with what `matrices` chooses of its cooperative matrices by what the compiler
    /// knows.
    pub fn open_with(
        options: &'o MeasuringOptions,
        matrices: impl FnOnce(&Adapter, &Compiler) -> Option<MatrixExtension>,
    ) -> Result<Self, Failure> {
        let ledger = Ledger::default();
        let opening = ledger.during(Activity::Opening);
        let interrupted = on_interrupt()?;
        let compiler = compiler(options)?;
        let glsl_hash = glsl_hash(compiler.sources())?;
        let opened = Opened::new(options, |adapter| matrices(adapter, &compiler))?;
        eprintln!("device: {} ({})", opened.device.info().name, opened.device.info().driver);
        drop(opening);
        let measured = Cell::new(0);
        Ok(Self { options, opened, compiler, glsl_hash, interrupted, ledger, measured, ceilings: None })
    }

    /// With the device's saved ceilings, or those in a `file`. Where there are none, says how to get them.
    pub fn with_ceilings(mut self, file: Option<&Path>) -> Result<Self, Failure> {
        let name = &self.opened.device.info().name;
        let driver = driver(&self.opened.device, self.options.validate);
        self.ceilings = floors::of_device(&self.options.results, file, name, &driver)?;
        Ok(self)
    }

    /// Acts on every item, up to one that fails so that nothing more can be measured, and closes the device.
    pub fn each<T>(
        self,
        items: &[T],
        mut act: impl FnMut(&Self, &T) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut ended = Ok(());
        for item in items {
            let result = act(&self, item);
            let fatal = result.as_ref().is_err_and(|failure| failure.code.is_final());
            if let Err(failure) = result {
                // The first failure names the exit code; the others are told.
                if ended.is_ok() { ended = Err(failure) } else { eprintln!("error: {failure}") }
            }
            if fatal {
                break;
            }
        }
        let closing = self.ledger.during(Activity::Opening);
        let closed = self.opened.close();
        drop(closing);
        if let Some(line) = spending::line(&self.ledger.spent(), self.measured.get()) {
            eprintln!("{line}");
        }
        ended.and(closed)
    }

    /// What becomes of results that are there already.
    pub fn existing(&self) -> Existing {
        if self.options.fresh { Existing::SetAside } else { Existing::Resume }
    }
}

/// A flag that Ctrl-C sets; a second Ctrl-C ends the program at once.
fn on_interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(ExitCode::Interrupted as u8));
        }
    })
    .map_err(|error| Failure::new(ExitCode::Driver, format!("Ctrl-C cannot be caught: {error}")))?;
    Ok(interrupted)
}
