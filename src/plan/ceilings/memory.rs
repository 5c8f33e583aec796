//! The bandwidth of device memory and of the caches before it, by working set.

use super::twin::{Contents, pattern_quad};
use super::{INVOCATIONS, Probe, Quantity, buffer, dispatch, phase, plan};
use crate::plan::{Access, Bytes, Role};

/// The smallest working set.
const SMALLEST: u64 = 64 << 10;

/// Workgroups up to which an invocation moves a single vec4: parallelism goes before accesses in flight.
const SPREAD: u64 = 1024;

/// The most vec4 that an invocation moves.
const MAX_QUADS: u64 = 8;

/// The working sets up to `max_bytes`, in powers of two; at least one.
pub fn sizes(max_bytes: u64) -> impl Iterator<Item = u64> {
    let larger = move |&bytes: &u64| Some(2 * bytes).filter(|&bytes| bytes <= max_bytes);
    std::iter::successors(Some(SMALLEST), larger)
}

/// Fills half of `bytes`, copies it to the other half, and reads the copy. The sums read prove all three: both halves were NaN before.
pub fn probe(bytes: u64) -> Probe {
    let half = bytes / 2;
    let quads = half / 16;
    let per_invocation = (quads / (SPREAD * u64::from(INVOCATIONS))).clamp(1, MAX_QUADS);
    let invocations = quads / per_invocation;
    let workgroups = (invocations / u64::from(INVOCATIONS)) as u32;
    let (source, target, sums) = (0, 1, 2);
    let kernel = |name, uses: &[_]| dispatch(name, &[("QUADS", per_invocation as u32)], uses, workgroups);
    let mut fill = kernel("fill", &[(source, Access::Write)]);
    fill.bytes = half;
    let mut copy = kernel("copy", &[(source, Access::Read), (target, Access::Write)]);
    copy.bytes = bytes;
    let mut read = kernel("read", &[(target, Access::Read), (sums, Access::Write)]);
    read.bytes = half;
    let buffers = vec![
        buffer("source", half / 4, Role::Intermediate),
        buffer("target", half / 4, Role::Intermediate),
        buffer("sums", invocations, Role::Output),
    ];
    let phases = vec![
        phase("fill_bandwidth", false, fill),
        phase("copy_bandwidth", false, copy),
        phase("read_bandwidth", false, read),
    ];
    let expected = (0..invocations).map(|invocation| sum(invocation, per_invocation)).collect();
    Probe {
        name: format!("bandwidth of {}", Bytes(bytes)),
        needs_float16: false,
        plan: plan(format!("fill, copy and read {}", Bytes(bytes)), buffers, phases),
        twin: Box::new(Contents(vec![None, None, Some(expected)])),
        quantities: vec![
            Quantity { ceiling: "fill_bandwidth", bytes: Some(half), work: half },
            Quantity { ceiling: "copy_bandwidth", bytes: Some(bytes), work: bytes },
            Quantity { ceiling: "read_bandwidth", bytes: Some(half), work: half },
        ],
    }
}

/// What invocation `invocation` reads, each time one of a row of its workgroup's; see `quads.glsl`.
fn sum(invocation: u64, per_invocation: u64) -> f64 {
    let width = u64::from(INVOCATIONS);
    let (workgroup, local) = (invocation / width, invocation % width);
    (0..per_invocation).map(|row| pattern_quad((workgroup * per_invocation + row) * width + local)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_two_up_to_the_largest() {
        assert_eq!(sizes(300_000).collect::<Vec<_>>(), [65_536, 131_072, 262_144]);
        assert_eq!(sizes(1).collect::<Vec<_>>(), [65_536]);
        assert_eq!(sizes(1 << 30).count(), 15);
    }

    /// 65,535 workgroups is what Vulkan promises.
    #[test]
    fn every_size_is_shared_out_whole() {
        for bytes in sizes(1 << 26) {
            let probe = probe(bytes);
            let copy = &probe.plan.phases[1].dispatches[0];
            let quads: u64 = copy.kernel.macros[0].1.trim_end_matches('u').parse().unwrap();
            assert_eq!(u64::from(copy.workgroups.x * INVOCATIONS) * quads * 16, bytes / 2);
            assert!(copy.workgroups.x <= 65_535 >> 4);
        }
    }

    /// No invocation could stand for another, nor a sum for one that leaves an element out.
    #[test]
    fn the_sums_differ() {
        let sums: Vec<f64> = (0..1024).map(|invocation| sum(invocation, 8)).collect();
        let mut distinct = sums.clone();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        assert!(distinct.len() > 500, "{} of 1024", distinct.len());
        assert!(sums.iter().all(|&sum| sum > 0.0 && sum < f64::from(1 << 24)));
    }
}
