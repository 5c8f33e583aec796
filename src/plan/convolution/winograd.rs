//! Lowers F(m×m, 3×3): the phases up to `stop_after`, then the consumer.

use super::Unplannable;
use super::dispatch::Builder;
use super::stages::{Multiply, Stages};
use super::tensor::finite_points;
use crate::config::{Barriers, Consume, Experiment, FilterReuse, FirstTransform, Placement, StopAfter};
use crate::plan::{Evaluations, Limits, Ordering, Plan};

/// The plan of a Winograd convolution or a prefix of it.
pub fn lower(experiment: &Experiment, limits: &Limits) -> Result<Plan, Unplannable> {
    let stages = Stages::new(experiment, limits)?;
    let stop = experiment.stop_after;
    let is_stored = |placement| placement == Placement::Global;
    let mut builder = Builder::new(experiment, stages.geometry());
    let mut times = Vec::new();

    let mut transforms = Vec::new();
    if is_stored(experiment.xhat.placement) {
        transforms.push(("xhat", false, stages.input_transform()));
    }
    if stop >= StopAfter::Ghat && is_stored(experiment.ghat.placement) {
        let cached = experiment.filter_reuse == FilterReuse::Cached;
        transforms.push(("ghat", cached, stages.filter_transform()));
    }
    // A run that stops after GHAT ends with it, and one that has it beforehand has no order to choose.
    let timed = transforms.iter().filter(|&&(_, untimed, _)| !untimed).count();
    let first = (stop > StopAfter::Ghat && timed == 2).then(|| stages.first_transform());
    if let (Some(set), None) = (experiment.first, first) {
        return Err(Unplannable(format!(
            "schedule.first = {set}, but the timed run has not both transforms as dispatches before something that waits for them"
        )));
    }
    if first == Some(FirstTransform::Ghat) {
        transforms.reverse();
    }
    for (name, untimed, stage) in transforms {
        builder.phase(name, untimed, stage);
    }
    if stop >= StopAfter::Mhat {
        let Multiply { stage, parameters, evaluations } = stages.multiply()?;
        let phase = if is_stored(experiment.mhat.placement) {
            "mhat"
        } else if stop == StopAfter::Output {
            "output"
        } else {
            "consume"
        };
        builder.phase(phase, false, stage);
        builder.parameters.extend(parameters);
        times.extend(["xhat", "ghat", "mhat"].into_iter().zip(evaluations));
    }
    match stop {
        StopAfter::Mhat | StopAfter::Output if !is_stored(experiment.mhat.placement) => {}
        StopAfter::Output => builder.phase("output", false, stages.output_transform()),
        StopAfter::Mhat if experiment.consume != Consume::None => {
            builder.phase("consume", false, stages.consume_mhat());
        }
        StopAfter::Xhat | StopAfter::Ghat => {
            if experiment.consume == Consume::None {
                times.push(("xhat", 1.0));
            } else {
                let (stage, evaluations) = stages.consume_xhat();
                builder.phase("consume", false, stage);
                times.push(("xhat", evaluations));
            }
        }
        StopAfter::Mhat => {}
    }
    if stop == StopAfter::Ghat {
        let ghat = experiment.ghat.placement;
        times.push(("ghat", if is_stored(ghat) { 1.0 } else { 0.0 }));
        if experiment.consume != Consume::None {
            builder.notes.push(
                "the consumer reads XHAT, as the seed's phase 2 does: nothing reads GHAT before the multiply"
                    .into(),
            );
        }
    }
    if stop == StopAfter::Output {
        builder.parameters.extend(stages.output_parameters());
    }
    builder.parameters.extend(first.map(|first| ("first_transform".into(), first.to_string())));
    builder.parameters.extend(stages.input_parameters());
    if stop >= StopAfter::Ghat {
        builder.parameters.extend(stages.filter_parameters());
        if stages.geometry().has_second_pass() {
            builder
                .notes
                .push("GHAT is G g; the multiply makes U = (G g) Gᵀ of it as it loads filters".into());
        }
    }
    builder.parameters.push(("workgroup".into(), stages.independent().to_string()));
    let columns = times.iter().map(|(name, times)| (format!("{name}_evaluations"), times.to_string()));
    builder.parameters.extend(columns);
    builder.evaluations =
        times.into_iter().map(|(name, times)| Evaluations { name: name.into(), times }).collect();
    let m = experiment.tile.m();
    let points = transforms_points(experiment);
    let title = format!("F({m}×{m}, 3×3) at the points {points}, {} tiles", stages.geometry().tiling.count);
    let ordering = match experiment.barriers {
        Barriers::Minimal => Ordering::PerHazard,
        Barriers::Full => Ordering::Global,
    };
    Ok(builder.finish(title, ordering))
}

/// The points as text, `0 1 -1 2 -2 ∞` or `0 1/√2 -1/√2 √2 -√2 ∞`.
fn transforms_points(experiment: &Experiment) -> String {
    finite_points(experiment).iter().map(|point| format!("{point} ")).collect::<String>() + "∞"
}
