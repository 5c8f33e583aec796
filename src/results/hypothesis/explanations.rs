//! The three explanations, each with its cases, from the totals of `configs/hypothesis.toml`.

use super::totals::{Key, Prefix, Ratio, Totals};
use super::verdict::{Case, Explanation};
use crate::results::format::{evaluations, ratio};
use crate::results::values::Mode;

/// A form of NEW: its title, and what its variants' names begin with.
pub(super) const FORMS: [(&str, &str); 2] = [("as written", "written"), ("as compiled", "compiled")];

/// Where MHAT may be in a form.
pub(super) fn placements(form: &str) -> &'static [&'static str] {
    // A blocked multiply stores what it sums.
    if form == "written" {
        &["global", "shared", "register"]
    } else {
        &["global", "shared", "register", "inline"]
    }
}

/// Phase 3 of a form with MHAT in `placement` and read by `consumer`, or its phase 4, which stands with the consumer
/// `full`.
pub(super) fn consumed(form: &str, consumer: &str, placement: &'static str, prefix: Prefix) -> Key {
    let suffix = if placement == "inline" { "_inline" } else { "" };
    Key { mhat: Some(placement), ..Key::device(&format!("{form}_{consumer}{suffix}"), prefix) }
}

/// The consumers that leave something of MHAT unread, which one that is not in device memory must not be wholly.
pub(super) fn incomplete(placement: &str) -> &'static [&'static str] {
    if placement == "global" { &["none", "partial"] } else { &["partial"] }
}

/// All three.
pub(super) fn explanations(totals: &Totals<'_>) -> [Explanation; 3] {
    [seeds(totals), recomputation(totals), clock(totals)]
}

fn seeds(totals: &Totals<'_>) -> Explanation {
    let mut cases = Vec::new();
    for (title, form) in FORMS {
        for &placement in placements(form) {
            let phase_4 = consumed(form, "full", placement, Prefix::Four);
            let against =
                |consumer| totals.ratio(&consumed(form, consumer, placement, Prefix::Three), &phase_4);
            cases.extend(incomplete(placement).iter().map(|&consumer| Case {
                name: format!("{title}, MHAT {placement}, consumer {consumer}"),
                slow: against(consumer),
                recovered: against("full"),
            }));
        }
    }
    Explanation {
        title: "The seed's: MHAT that nothing consumes in full is materialised badly",
        claim: "Phase 3 in which MHAT is read in part or not at all would be slow against phase 4, which has MHAT in \
                the same place and consumes it; phase 3 in which all of MHAT is read would not.",
        headings: ["NEW", "Phase 3 / phase 4", "Phase 3 with MHAT read in full / phase 4"],
        cases,
        notes: Vec::new(),
        control: None,
    }
}

/// What is evaluated again at each use: its title, its variant and the buffers.
const RECOMPUTED: [(&str, &str, &[&str]); 4] = [
    ("xhat", "recompute_xhat", &["xhat"]),
    ("ghat", "recompute_ghat", &["ghat"]),
    ("xhat and ghat", "recompute_both", &["xhat", "ghat"]),
    ("mhat", "recompute_mhat", &["mhat"]),
];

fn recomputation(totals: &Totals<'_>) -> Explanation {
    let case = |(title, variant, buffers): (&str, &str, &[&str])| {
        let against_stored =
            |prefix| totals.ratio(&Key::device(variant, prefix), &Key::device("recompute_none", prefix));
        let counts = |prefix| {
            let each = buffers.iter().filter_map(|&buffer| {
                Some(evaluations(totals.evaluations(&Key::device(variant, prefix), buffer)?))
            });
            each.collect::<Vec<_>>().join(" ")
        };
        let [three, four] = Prefix::BOTH.map(counts);
        let times = match (three.is_empty(), three == four) {
            (true, _) => String::new(),
            (_, true) => format!(" ({three})"),
            (_, false) => format!(" ({three}, in phase 4 {four})"),
        };
        let [slow, recovered] = Prefix::BOTH.map(against_stored);
        Case { name: format!("{title}{times}"), slow, recovered }
    };
    Explanation {
        title: "Recomputation: elements are evaluated again at each use",
        claim: "Phase 3 in which a buffer is evaluated at each use would be slow against phase 3 in which every buffer \
                is stored; phase 4, compared in the same way, would not.",
        headings: ["Evaluated at each use", "Phase 3 / all stored", "Phase 4 / all stored"],
        cases: RECOMPUTED.map(case).into(),
        notes: Vec::new(),
        control: None,
    }
}

fn clock(totals: &Totals<'_>) -> Explanation {
    let case = |(title, mode): (&str, Mode)| {
        let [slow, recovered] = Prefix::BOTH.map(|prefix| {
            let key = |variant| Key { mode, ..Key::device(variant, prefix) };
            totals.ratio(&key("clock_new"), &key("clock_old"))
        });
        Case { name: title.to_owned(), slow, recovered }
    };
    Explanation {
        title: "The clock: the host's, read round the last wait and the read-back",
        claim: "NEW as compiled would be slow against OLD as compiled in phase 3 and not in phase 4 by the host's \
                clock, and not so by the device's. Each ratio is of times by one clock.",
        headings: ["Clock", "NEW/OLD in phase 3", "NEW/OLD in phase 4"],
        cases: vec![case(("host_lazy", Mode::HostLazy))],
        notes: [("NEW", "clock_new"), ("OLD", "clock_old")]
            .into_iter()
            .filter_map(|(title, variant)| {
                let [host, device] = [Mode::HostLazy, Mode::Pipelined].map(|mode| fall(totals, variant, mode));
                Some(format!(
                    "{title}'s own phase 3 takes {} of its phase 4 by the host's clock, and {} by the device's.",
                    ratio(&host.ok()?),
                    ratio(&device.ok()?)
                ))
            })
            .collect(),
        control: Some(case(("device", Mode::Pipelined))),
    }
}

/// Phase 3 over phase 4 of one variant by one clock.
pub(super) fn fall(totals: &Totals<'_>, variant: &str, mode: Mode) -> Ratio {
    let [three, four] = Prefix::BOTH.map(|prefix| Key { mode, ..Key::device(variant, prefix) });
    totals.ratio(&three, &four)
}
