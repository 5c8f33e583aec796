//! The seed's table: NEW against OLD for the baseline and the four phase prefixes.

use super::format;
use super::interval::Time;
use super::read::Beside;
use super::seed_notes::{largest_factor, mostly};
pub(super) use super::seed_steps::{FORMS, Steps};
use super::seed_steps::{PHASES, Step};
use super::table::{MISSING, escaped, markdown};

/// The table, in Markdown. Its notes say what lies `beside` the rows: the largest share of an attribution, and the
/// driver's figures of the kernels that take most.
pub(super) fn render(steps: &Steps<'_>, beside: &Beside) -> String {
    let mut table =
        markdown(["Phase", "Operation", "NEW Runtime", "OLD Runtime", "Slowdown", "Notes"], &[2, 3, 4]);
    let baseline = time_cell(&steps.baseline);
    table.add_row(["Baseline", "No wino", &baseline, &baseline, reference(steps), &baseline_note(steps)]);
    for ((number, operation, _), step) in PHASES.iter().zip(&steps.phases) {
        let mut notes = notes(step, beside);
        if std::ptr::eq(step, steps.whole()) {
            notes.extend(against_baseline(steps));
        }
        table.add_row([
            number.to_string(),
            operation.to_string(),
            time_cell(&step.new_time),
            time_cell(&step.old_time),
            step.ratio.as_ref().map_or(MISSING.to_owned(), format::ratio),
            escaped(&notes.join("; ")),
        ]);
    }
    format!("{table}\n")
}

fn reference(steps: &Steps<'_>) -> &'static str {
    if steps.baseline.is_ok() { "1×" } else { MISSING }
}

fn baseline_note(steps: &Steps<'_>) -> String {
    match &steps.baseline {
        Ok(_) => "reference: direct convolution, one measurement for both".to_owned(),
        Err(reason) => escaped(reason),
    }
}

fn notes(step: &Step<'_>, beside: &Beside) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for (name, time) in [("NEW", &step.new_time), ("OLD", &step.old_time)] {
        if let Err(reason) = time {
            notes.push(format!("{name}: {reason}"));
        }
    }
    if let Some(noise) = step.noise() {
        notes.push(noise);
    } else if step.ratio.as_ref().is_ok_and(|ratio| ratio.contains(1.0)) {
        notes.push("within noise".to_owned());
    }
    for (name, side) in [("NEW", &step.new), ("OLD", &step.old)] {
        let mostly = side.as_ref().ok().and_then(|run| mostly(run, &beside.kernels));
        notes.extend(mostly.map(|mostly| format!("{name} {mostly}")));
    }
    notes.extend(largest_factor(step, &beside.shares));
    notes
}

/// The whole algorithm against direct convolution: what Winograd gains at all.
fn against_baseline(steps: &Steps<'_>) -> Option<String> {
    let baseline = steps.baseline.as_ref().ok()?;
    let part = |name: &str, time: &Result<Time, String>| {
        let time = time.as_ref().ok()?;
        Some(format!("{name} {}×", format::factor(time.interval.over(&baseline.interval).mid)))
    };
    let step = steps.whole();
    let parts: Vec<String> =
        [part("NEW", &step.new_time), part("OLD", &step.old_time)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("of the baseline's time: {}", parts.join(", ")))
}

fn time_cell(time: &Result<Time, String>) -> String {
    time.as_ref().map_or(MISSING.to_owned(), format::time)
}
