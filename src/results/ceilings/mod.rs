//! `results/ceilings/<device>.csv`: the ceilings of a device, how they are saved, and the floors that they imply.

mod curve;
mod file;
mod floors;
mod phases;
mod render;
mod rows;

pub use file::{CeilingsFile, SavedCeilings, ceilings_path};
pub use floors::Ceilings;
pub use render::render;
pub use rows::{CEILING_COLUMNS, CeilingRow};
