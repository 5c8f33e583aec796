//! What the direct convolution's method asks of its block.

use super::{Finding, blocks};
use crate::config::experiment::Blocks;
use crate::config::factors::DirectMethod;

/// Everything that the method and the sizes contradict.
pub(super) fn check(blocks: &Blocks) -> Vec<Finding> {
    rows(blocks).into_iter().chain(teams(blocks)).chain(blocks::check(blocks)).collect()
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

/// A patch has one team.
fn teams(blocks: &Blocks) -> Option<Finding> {
    let direct = &blocks.direct;
    let is_patch = (direct.method == Some(DirectMethod::Patch)).then_some("direct.method");
    let has_rows = direct.rows.and(direct.method.is_none().then_some("direct.block.rows"));
    let teams = direct.teams.filter(|&teams| teams > 1)?;
    let other = is_patch.or(has_rows)?;
    let message = format!(
        "a workgroup of the `{}` method is one team, but `direct.teams` = {teams}",
        DirectMethod::Patch
    );
    Some(Finding::contradiction(&["direct.teams", other], message, "direct.teams = 1"))
}
