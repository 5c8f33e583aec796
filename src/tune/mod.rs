//! Search: a generator of experiments in rounds, each round by what the ones before it found.
//!
//! Whoever measures is a [`Bench`]; nothing here needs a device. The way: `space` lists what differs in kind
//! (algorithm, tile, placements, mapping, blocks), `moves` changes one thing of what was quickest, and the [`Search`]
//! leaves out what cannot win, by its operations and its floor, and what is less accurate than is asked for. The quickest
//! few are measured once more, together, and the quickest of that round wins.

mod bench;
mod candidate;
mod moves;
mod search;
mod space;
#[cfg(test)]
mod tests;

pub use bench::{Bench, Outcome};
pub use candidate::Candidate;
pub use search::{Found, Search, Trial};
