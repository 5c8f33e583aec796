//! What a placement asks of the schedule: a buffer that lives inside the dispatch that reads it needs one, and is gone
//! after it.

use super::Finding;
use crate::config::experiment::Experiment;
use crate::config::factors::{Consume, FilterReuse, Placement, StopAfter};

/// Everything that a placement contradicts.
pub(super) fn check(experiment: &Experiment) -> Vec<Finding> {
    unread(experiment).into_iter().chain(reuse(experiment)).collect()
}

/// A last buffer that is not in device memory exists only where a consumer reads it.
fn unread(experiment: &Experiment) -> Option<Finding> {
    let (phase, name, buffer, key) = match experiment.stop_after {
        // The consumer of phase 2 reads XHAT too: nothing reads GHAT before the multiply.
        StopAfter::Xhat | StopAfter::Ghat => {
            ("input transform", "xhat", experiment.xhat, "buffers.xhat.placement")
        }
        StopAfter::Mhat => ("multiply", "mhat", experiment.mhat, "buffers.mhat.placement"),
        StopAfter::Output => return None,
    };
    let is_unread = experiment.consume == Consume::None && buffer.placement != Placement::Global;
    is_unread.then(|| {
        let message = format!(
            "nothing would run of the {phase}: with placement `{}` {name} exists only inside the dispatch that reads \
             it, and stop_after `{}` with consume `{}` has no such dispatch",
            buffer.placement,
            experiment.stop_after,
            Consume::None
        );
        let keys = ["schedule.consume", "schedule.stop_after", key];
        Finding::contradiction(&keys, message, &format!("schedule.consume = \"{}\"", Consume::Full))
    })
}

/// Only a GHAT that is made and stored can be kept.
fn reuse(experiment: &Experiment) -> Option<Finding> {
    if experiment.filter_reuse != FilterReuse::Cached {
        return None;
    }
    let kept = "reuse `cached` keeps GHAT from run to run, but";
    let (key, why) = if experiment.stop_after < StopAfter::Ghat {
        ("schedule.stop_after", format!("stop_after `{}` never makes it", experiment.stop_after))
    } else if experiment.ghat.placement != Placement::Global {
        let placement = experiment.ghat.placement;
        (
            "buffers.ghat.placement",
            format!("placement `{placement}` of ghat never stores it in device memory"),
        )
    } else {
        return None;
    };
    let nearest = format!("filter.reuse = \"{}\"", FilterReuse::PerRun);
    Some(Finding::contradiction(&["filter.reuse", key], format!("{kept} {why}"), &nearest))
}
