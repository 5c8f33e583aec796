//! How often each element of XHAT, GHAT and MHAT is evaluated: what a placement costs besides memory.

use super::cost::Sharing;
use crate::config::Placement;

/// How one operand's elements come about in the kernel that uses them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operand {
    /// Evaluations per element.
    pub times: f64,
    /// Whether a whole tile is evaluated at once.
    pub sharing: Sharing,
}

/// How a kernel divides the pairs of filter and tile among workgroups and invocations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Division {
    /// Workgroups that use the same element of XHAT: along the filters, times places that the grid counts.
    pub workgroups: f64,
    /// Invocations that use the same element.
    pub invocations: f64,
    /// Uses of the same element.
    pub uses: f64,
    /// Whether the kernel evaluates whole tiles where it shares or holds them.
    pub whole_tiles: bool,
}

impl Division {
    /// The operand at `placement` under this division.
    pub fn operand(&self, placement: Placement) -> Operand {
        let tile = if self.whole_tiles { Sharing::Tile } else { Sharing::Element };
        let (times, sharing) = match placement {
            Placement::Global => (1.0, Sharing::Tile),
            Placement::Shared => (self.workgroups, tile),
            Placement::Register => (self.invocations, Sharing::Tile),
            Placement::Inline => (self.uses, Sharing::Element),
        };
        Operand { times, sharing }
    }
}
