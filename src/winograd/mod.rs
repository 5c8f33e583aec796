//! The mathematics: shapes and tiles, exact transform matrices, counted work, and the f64 reference.
//!
//! Nothing here knows of a configuration, a buffer's layout or a device.

mod cook_toom;
pub mod linear;
mod matrix;
mod points;
mod problem;
pub mod reference;
mod surd;
mod tiling;

pub use cook_toom::Transforms;
pub use matrix::Matrix;
pub use points::{balanced_points, integer_points, sqrt2_points};
pub use problem::{FILTER, Problem};
pub use surd::{Rational, Surd};
pub use tiling::Tiling;
