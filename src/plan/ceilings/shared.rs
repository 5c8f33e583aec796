//! The bandwidth of shared memory.

use super::twin::{Contents, pattern_quad};
use super::{INVOCATIONS, Probe, Quantity, buffer, dispatch, phase, plan};
use crate::plan::{Access, Role};

/// vec4 in a workgroup's shared memory: 16 KiB, so that several workgroups share a processor.
const PLACES: u32 = 1024;

/// vec4 that an invocation reads.
const READS: u32 = PLACES * 9 / 2;

const NAME: &str = "shared_bandwidth";

/// Reads shared memory over and over.
pub fn probe(workgroups: u32) -> Probe {
    let invocations = u64::from(workgroups) * u64::from(INVOCATIONS);
    let macros = [("PLACES", PLACES), ("READS", READS)];
    let mut read = dispatch("shared", &macros, &[(0, Access::Write)], workgroups);
    read.shared_bytes = 16 * PLACES;
    let one: Vec<f64> = (0..INVOCATIONS).map(sum).collect();
    let expected = (0..invocations).map(|invocation| one[invocation as usize % one.len()]).collect();
    Probe {
        name: "bandwidth of shared memory".into(),
        needs_float16: false,
        plan: plan(
            "read shared memory".into(),
            vec![buffer("sums", invocations, Role::Output)],
            vec![phase(NAME, false, read)],
        ),
        twin: Box::new(Contents(vec![Some(expected)])),
        quantities: vec![Quantity { ceiling: NAME, bytes: None, work: invocations * u64::from(READS) * 16 }],
    }
}

/// What an invocation of any workgroup reads.
fn sum(invocation: u32) -> f64 {
    (0..READS).map(|read| pattern_quad(((invocation + read) % PLACES).into())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_in_f32_and_differ() {
        let sums: Vec<f64> = (0..INVOCATIONS).map(sum).collect();
        assert!(sums.iter().all(|&sum| sum < f64::from(1 << 24)));
        assert!(sums.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
