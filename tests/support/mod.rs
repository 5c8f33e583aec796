//! What the tests of the command line share: scratch folders to run in, configurations, tables, processes, drivers.

pub mod config;
pub mod driver;
pub mod exit;
pub mod kernels;
pub mod process;
pub mod scratch;
pub mod table;

pub use scratch::Scratch;

use predicates::prelude::*;

/// Whether a text has all of `parts`, in this order.
pub fn in_order(parts: &[&str]) -> impl Predicate<str> + use<> {
    let parts: Vec<String> = parts.iter().map(|&part| part.to_owned()).collect();
    predicate::function(move |text: &str| {
        let mut rest = text;
        parts.iter().all(|part| match rest.split_once(part.as_str()) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    })
    .fn_name("all parts, in order")
}
