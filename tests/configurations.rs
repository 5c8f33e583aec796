//! What holds for every configuration: it is refused with a way out, or it has a plan.

#[path = "support/draw.rs"]
mod draw;

use winoscope::plan::{Limits, convolution, explain};

/// Refusals in a row that a user may meet: placements, then what depends on them, then what depends on that.
const REFUSALS: usize = 3;

#[test]
fn every_configuration_is_refused_with_a_way_out_or_has_a_plan() {
    draw::check(2048, 1000, draw::configuration(), |drawn| {
        let (experiments, refusals) = drawn.repair()?;
        if refusals > REFUSALS {
            return Err(format!("it is refused {refusals} times before the last nearest choice is valid"));
        }
        for experiment in experiments {
            let plan = convolution::lower(&experiment, &Limits::default())
                .map_err(|error| format!("accepted, yet {error}"))?;
            let explained = explain(&plan);
            if let Some((_, missing)) =
                plan.dispatches().find(|(_, dispatch)| !explained.contains(&dispatch.name))
            {
                return Err(format!("{} is not explained:\n{explained}", missing.name));
            }
        }
        Ok(())
    });
}
