//! Prints a plan: every buffer, dispatch and barrier, with the hazard that asks for it.

use std::fmt::{self, Display, Formatter, Write};

use super::{Access, Dispatch, Hazard, Ordering, Plan, hazards};

/// The plan as text for a terminal, ending in a line break.
pub fn explain(plan: &Plan) -> String {
    let mut text = format!("  {}\n", plan.title);
    let _ = writeln!(
        text,
        "  device memory {}; traffic {}",
        Bytes(plan.bytes()),
        Bytes(plan.dispatches().map(|(_, dispatch)| dispatch.bytes).sum())
    );
    evaluations(&mut text, plan);
    for buffer in &plan.buffers {
        let _ = writeln!(
            text,
            "    {:<7}{:>12}  {}",
            buffer.name,
            Bytes(buffer.bytes()).to_string(),
            buffer.shape
        );
    }
    let before = hazards(plan);
    let mut phase = None;
    for (index, (in_phase, dispatch)) in plan.dispatches().enumerate() {
        barrier(&mut text, plan, index, &before[index]);
        if phase != Some(in_phase) {
            phase = Some(in_phase);
            let untimed = if plan.phases[in_phase].untimed { ", once, outside the timed region" } else { "" };
            let _ = writeln!(text, "  phase {}{untimed}", plan.phases[in_phase].name);
        }
        describe(&mut text, plan, dispatch);
    }
    for note in &plan.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    text
}

/// How often each intermediate's elements are evaluated, against once where all are materialised.
fn evaluations(text: &mut String, plan: &Plan) {
    let times: Vec<String> =
        plan.evaluations.iter().map(|of| format!("{} ×{}", of.name, Factor(of.times))).collect();
    if !times.is_empty() {
        let _ = writeln!(text, "  evaluations per element: {}", times.join(", "));
    }
}

fn barrier(text: &mut String, plan: &Plan, index: usize, hazards: &[Hazard]) {
    let named = |hazard: &Hazard| {
        let (phase, earlier) =
            plan.dispatches().nth(hazard.earlier).expect("a hazard names a dispatch of its plan");
        let untimed = if plan.phases[phase].untimed { ", outside the timed region" } else { "" };
        format!("{}: {}, {}{untimed}", plan.buffers[hazard.buffer].name, hazard.kind, earlier.name)
    };
    match plan.ordering {
        Ordering::Global if index > 0 => {
            let why: Vec<String> = hazards.iter().map(named).collect();
            let why = if why.is_empty() { "no hazard".into() } else { why.join("; ") };
            let _ = writeln!(text, "  barrier on all memory ({why})");
        }
        Ordering::Global => {}
        Ordering::PerHazard => {
            for hazard in hazards {
                let _ = writeln!(text, "  barrier on {}", named(hazard));
            }
        }
    }
}

fn describe(text: &mut String, plan: &Plan, dispatch: &Dispatch) {
    let Dispatch { name, kernel, workgroups: grid, workgroup: size, shared_bytes, flops, bytes, .. } =
        dispatch;
    let checks = if kernel.bounds_checks { ", with bounds checks" } else { "" };
    let _ = writeln!(
        text,
        "    dispatch {name}: {}×{}×{} workgroups of {}×{}×{} invocations, {} shared{checks}",
        grid.x,
        grid.y,
        grid.z,
        size.x,
        size.y,
        size.z,
        Bytes((*shared_bytes).into())
    );
    for (label, access) in [("reads", Access::Read), ("writes", Access::Write)] {
        let buffers: Vec<String> = dispatch
            .uses
            .iter()
            .filter(|used| used.access == access)
            .map(|used| {
                let buffer = &plan.buffers[used.buffer];
                format!("{} ({})", buffer.name, Bytes(buffer.bytes()))
            })
            .collect();
        let _ = writeln!(text, "      {label:<7}{}", buffers.join(", "));
    }
    let intensity = *flops as f64 / (*bytes).max(1) as f64;
    let _ = writeln!(
        text,
        "      counts {} flop, {} moved: {intensity:.2} flop/byte; {} live registers per invocation",
        Count(*flops),
        Bytes(*bytes),
        dispatch.registers
    );
}

/// A size in bytes, in binary units.
pub struct Bytes(pub u64);

impl Display for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        scaled(f, self.0, 1024, &["B", "KiB", "MiB", "GiB", "TiB"])
    }
}

/// A ratio, whole where it is.
struct Factor(f64);

impl Display for Factor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.fract() == 0.0 { write!(f, "{:.0}", self.0) } else { write!(f, "{:.2}", self.0) }
    }
}

/// A count, in decimal units.
struct Count(u64);

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        scaled(f, self.0, 1000, &["", "k", "M", "G", "T"])
    }
}

/// The value over the largest unit that keeps it at or over 1; exact below the second unit.
fn scaled(f: &mut Formatter<'_>, value: u64, step: u64, units: &[&str]) -> fmt::Result {
    let mut unit = 0;
    let mut scaled = value as f64;
    while scaled >= step as f64 && unit + 1 < units.len() {
        scaled /= step as f64;
        unit += 1;
    }
    let text = match unit {
        0 => format!("{value} {}", units[0]),
        _ => format!("{scaled:.2} {}", units[unit]),
    };
    f.write_str(text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_exact_when_small_and_scaled_when_not() {
        assert_eq!(Bytes(0).to_string(), "0 B");
        assert_eq!(Bytes(1023).to_string(), "1023 B");
        assert_eq!(Bytes(147_456).to_string(), "144.00 KiB");
        assert_eq!(Count(1_179_648).to_string(), "1.18 M");
    }
}
