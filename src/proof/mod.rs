//! Experiments on the instrument itself: whether what it says of work of a known amount is true.
//!
//! They go the way of every experiment, by [`Engine`](crate::measure::Engine) and [`sample`](crate::measure::sample),
//! on plans of [`calibration`](crate::plan::calibration). What must come out is stated in constants before anything is
//! measured; each proof is a file.

mod additivity;
mod clocks;
mod effect;
mod finding;
mod instrument;
mod ratio;
mod same;

pub use finding::{Comparison, Finding, Outcome};
pub use instrument::{Effort, Error, Instrument};

/// Measures, and says what came out.
pub type Proof = fn(&mut Instrument<'_>) -> Result<Outcome, Error>;

/// Every proof, by name, in the order in which they run.
pub const PROOFS: [(&str, Proof); 6] = [
    ("same", same::same_buffers),
    ("own buffers", same::own_buffers),
    ("known effect", effect::known),
    ("smallest effect", effect::smallest),
    ("additivity", additivity::prove),
    ("clocks", clocks::prove),
];
