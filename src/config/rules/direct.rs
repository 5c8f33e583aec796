//! What the direct convolution's method asks of its block.

use super::{Finding, blocks};
use crate::config::experiment::Blocks;
use crate::config::factors::DirectMethod;

/// Everything that the method and the sizes contradict.
pub(super) fn check(blocks: &Blocks) -> Vec<Finding> {
    rows(blocks).into_iter().chain(blocks::check(blocks)).collect()
}

/// Outputs in reading order go over rows.
fn rows(blocks: &Blocks) -> Option<Finding> {
    let direct = &blocks.direct;
    let is_in_order = direct.method == Some(DirectMethod::ImplicitGemm);
    direct.rows.filter(|_| is_in_order).map(|rows| {
        let message = format!(
            "a workgroup of the `{}` method owns outputs in reading order, which leaves nothing for \
             `direct.block.rows` = {rows} to set",
            DirectMethod::ImplicitGemm
        );
        let nearest = format!("direct.method = \"{}\"", DirectMethod::Patch);
        Finding::contradiction(&["direct.block.rows", "direct.method"], message, &nearest)
    })
}
