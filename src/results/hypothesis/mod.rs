//! Three explanations of "phase 3 is 40× slower and phase 4 recovers", judged by the rows of `configs/hypothesis.toml`.
//!
//! Pure: from one problem's runs to verdicts and sentences.

mod explanations;
mod nearest;
mod render;
#[cfg(test)]
mod tests;
mod totals;
mod verdict;

use super::run::Run;
use super::spread::kernel_spread;
use explanations::explanations;
use nearest::effects;
use totals::Totals;

/// The verdicts on the experiments of one problem, in Markdown without a heading; `None` where they have none of the
/// variants that test an explanation.
pub(super) fn render(runs: &[Run<'_>]) -> Option<String> {
    let totals = Totals::of(runs)?;
    Some(render::render(&explanations(&totals), &effects(&totals), kernel_spread(runs)))
}
