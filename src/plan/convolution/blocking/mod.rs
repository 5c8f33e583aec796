//! How much of a problem one workgroup and one invocation own: the experiment's settings, and where they are silent
//! the first choice, from large to small, that the device allows and that still fills it, or the one that is predicted or was
//! measured to be quickest.

mod direct;
mod element;
mod gemm;
mod product;
mod tiled;

pub use direct::DirectBlock;
pub use element::{ElementBlock, Owned};
pub use gemm::{GemmBlock, Product};
use product::ProductBlock;
pub use tiled::TiledBlock;

use super::Unplannable;
use crate::plan::Limits;

/// A choice of sizes that a device may or may not have room for.
pub trait Block: Copy {
    /// Invocations per workgroup.
    fn invocations(&self) -> u32;
    /// Shared memory per workgroup, bytes.
    fn shared_bytes(&self) -> u32;
}

/// Whether a device with these limits has room for a block.
fn is_within<B: Block>(limits: &Limits, block: &B) -> bool {
    limits.have_room(block.invocations(), block.shared_bytes())
}

/// The first of `candidates` that is within `limits` and `fits` the problem; else the last within the limits; else
/// the last, which the device then refuses with numbers.
fn first_that_fits<B: Block>(candidates: &[B], limits: &Limits, fits: impl Fn(&B) -> bool) -> Option<B> {
    let within = || candidates.iter().filter(|block| is_within(limits, *block));
    within().find(|block| fits(block)).or_else(|| within().last()).or(candidates.last()).copied()
}

/// Refuses sizes that do not divide one another.
fn indivisible(what: &str, sizes: &[(&str, Option<u32>)]) -> Unplannable {
    let set: Vec<String> =
        sizes.iter().filter_map(|(key, value)| value.map(|value| format!("{key} = {value}"))).collect();
    Unplannable(format!(
        "no {what} has {}: a workgroup's sizes must be multiples of an invocation's, and those of the vector",
        set.join(", ")
    ))
}

/// Macros of these sizes.
fn sizes<const N: usize>(sizes: [(&'static str, u32); N]) -> Vec<(&'static str, String)> {
    sizes.map(|(name, size)| (name, size.to_string())).into()
}

/// Columns of the results of these sizes.
fn columns<const N: usize>(sizes: [(&str, u32); N]) -> Vec<(String, String)> {
    sizes.map(|(name, size)| (name.into(), size.to_string())).into()
}
