//! What each single factor does, and which comes nearest to what the seed's authors had found.

use super::explanations::{FORMS, consumed, fall, incomplete, placements};
use super::totals::{Key, Prefix, Ratio, Totals};
use crate::results::interval::Interval;
use crate::results::questions::PREVIOUS_PHASE_3;
use crate::results::values::Mode;

/// What changing one factor, and nothing else, does to a time.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    /// The factor's key and what it changes from and to.
    pub factor: String,
    /// In which phase, and what the other factors are.
    pub place: String,
    pub ratio: Ratio,
}

/// Every single factor in every surrounding that was measured.
pub(super) fn effects(totals: &Totals<'_>) -> Vec<Effect> {
    let mut effects = Vec::new();
    for (title, form) in FORMS {
        for &placement in placements(form) {
            let three = |consumer| consumed(form, consumer, placement, Prefix::Three);
            effects.extend(incomplete(placement).iter().map(|consumer| Effect {
                factor: format!("`schedule.consume` (full → {consumer})"),
                place: format!("phase 3 of NEW {title} with MHAT {placement}"),
                ratio: totals.ratio(&three(consumer), &three("full")),
            }));
            let moved = Prefix::BOTH.into_iter().filter(|_| placement != "global").map(|prefix| Effect {
                factor: format!("`buffers.mhat.placement` (global → {placement})"),
                place: format!("{prefix} of NEW {title}"),
                ratio: totals.ratio(
                    &consumed(form, "full", placement, prefix),
                    &consumed(form, "full", "global", prefix),
                ),
            });
            effects.extend(moved);
        }
    }
    for (buffer, over, under, others) in RECOMPUTED {
        effects.extend(Prefix::BOTH.map(|prefix| Effect {
            factor: format!("`buffers.{buffer}.placement` (global → inline)"),
            place: format!("{prefix} with {others}"),
            ratio: totals.ratio(&Key::device(over, prefix), &Key::device(under, prefix)),
        }));
    }
    effects.extend([("NEW", "clock_new"), ("OLD", "clock_old")].map(|(title, variant)| Effect {
        factor: "`measure.clock` (device → host_lazy)".to_owned(),
        place: format!("phase 3 over phase 4 of {title} as compiled"),
        ratio: by_clock(totals, variant),
    }));
    effects
}

/// Which placement is changed, of which variant into which, and what the others are.
const RECOMPUTED: [(&str, &str, &str, &str); 5] = [
    ("xhat", "recompute_xhat", "recompute_none", "all else stored"),
    ("ghat", "recompute_ghat", "recompute_none", "all else stored"),
    ("mhat", "recompute_mhat", "recompute_none", "all else stored"),
    ("xhat", "recompute_both", "recompute_ghat", "ghat inline"),
    ("ghat", "recompute_both", "recompute_xhat", "xhat inline"),
];

/// Phase 3 over phase 4 by the host's clock, over the same by the device's: a ratio of ratios, since times of two
/// clocks are not divided.
fn by_clock(totals: &Totals<'_>, variant: &str) -> Ratio {
    Ok(fall(totals, variant, Mode::HostLazy)?.over(&fall(totals, variant, Mode::Pipelined)?))
}

/// The effect whose ratio is the fewest times away from what had been found.
pub(super) fn nearest(effects: &[Effect]) -> Option<(&Effect, &Interval)> {
    let distance = |ratio: &Interval| (ratio.mid / PREVIOUS_PHASE_3).ln().abs();
    let known = effects.iter().filter_map(|effect| Some((effect, effect.ratio.as_ref().ok()?)));
    known.min_by(|one, other| distance(one.1).total_cmp(&distance(other.1)))
}
