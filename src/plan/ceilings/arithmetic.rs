//! The rate of fused multiply-adds, two operations each.

use super::twin::Contents;
use super::{INVOCATIONS, Probe, Quantity, buffer, dispatch, phase, plan};
use crate::plan::{Access, Role};

/// Independent chains in an invocation: enough to hide the latency of each.
const CHAINS: u32 = 16;

/// Multiply-adds of a chain in a round; what they add up to is exact in f16.
const STEPS: u32 = 1024;

/// Rounds, odd: the last one's steps are left over.
const ROUNDS: u32 = 3;

/// Computes in f32, or where `is_half` in pairs of f16.
pub fn probe(workgroups: u32, is_half: bool) -> Probe {
    let (name, lanes) = if is_half { ("f16_fma", 2) } else { ("f32_fma", 1) };
    let invocations = u64::from(workgroups) * u64::from(INVOCATIONS);
    let flops = invocations * u64::from(CHAINS * STEPS * ROUNDS) * 2 * lanes;
    let macros = [("CHAINS", CHAINS), ("STEPS", STEPS), ("ROUNDS", ROUNDS)];
    let mut chains = dispatch("fma", &macros, &[(0, Access::Write)], workgroups);
    if is_half {
        chains.kernel.macros.push(("HALF".into(), String::new()));
    }
    chains.push = [1.0_f32; 2].map(f32::to_bits).to_vec();
    chains.flops = flops;
    let expected = (0..invocations).map(|invocation| sum(invocation, lanes)).collect();
    Probe {
        name: format!("rate of {name}"),
        needs_float16: is_half,
        plan: plan(
            format!("chains of {name}"),
            vec![buffer("sums", invocations, Role::Output)],
            vec![phase(name, false, chains)],
        ),
        twin: Box::new(Contents(vec![Some(expected)])),
        quantities: vec![Quantity { ceiling: name, bytes: None, work: flops }],
    }
}

/// The sum of an invocation's chains at their end.
fn sum(invocation: u64, lanes: u64) -> f64 {
    let first = invocation % u64::from(INVOCATIONS) % 64;
    let chains = (0..u64::from(CHAINS)).flat_map(|chain| (0..lanes).map(move |lane| first + chain + lane));
    chains.map(|start| (start + u64::from(STEPS)) as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_exact_in_either_format() {
        // f16 holds whole numbers up to 2048, f32 up to 2²⁴.
        const { assert!(64 + CHAINS + STEPS < 2048 && ROUNDS % 2 == 1) };
        assert!(sum(63, 2) < f64::from(1 << 24));
        assert_eq!(sum(0, 1), f64::from(CHAINS * STEPS + CHAINS * (CHAINS - 1) / 2));
    }
}
