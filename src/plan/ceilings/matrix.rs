//! The rate of multiply-adds on cooperative matrices: f16 products summed in f32 by a subgroup.

use super::twin::Contents;
use super::{INVOCATIONS, Probe, Quantity, buffer, dispatch, phase, plan};
use crate::plan::{Access, Role};

/// Independent sums in a subgroup: enough to hide the latency of each.
const CHAINS: u32 = 4;

/// Products of a chain.
const STEPS: u32 = 4096;

/// So many workgroups of the other probes are one here: a product is long.
const WORKGROUPS_IN_ONE: u32 = 8;

const NAME: &str = "matrix_f16_f32";

/// What a device multiplies at once, and how a kernel says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixUnit {
    /// m, n and k: an m×k matrix by a k×n matrix.
    pub shape: [u32; 3],
    /// Invocations per subgroup.
    pub subgroup: u32,
    /// Whether by `GL_NV_cooperative_matrix`, else by `GL_KHR_cooperative_matrix`.
    pub is_nv: bool,
}

/// Multiplies matrices in every subgroup.
pub fn probe(workgroups: u32, unit: MatrixUnit) -> Probe {
    let MatrixUnit { shape: [m, n, k], subgroup, is_nv } = unit;
    let workgroups = workgroups.div_ceil(WORKGROUPS_IN_ONE);
    let subgroups = u64::from(workgroups) * u64::from(INVOCATIONS / subgroup.clamp(1, INVOCATIONS));
    let elements = subgroups * u64::from(CHAINS * m * n);
    let flops = elements * u64::from(STEPS) * 2 * u64::from(k);
    let chain = |element: u64| (element / u64::from(m * n)) as u32 % CHAINS;
    let expected = (0..elements).map(|element| sum(chain(element), k)).collect();
    let macros = [("M", m), ("N", n), ("K", k), ("CHAINS", CHAINS), ("STEPS", STEPS)];
    let mut multiply = dispatch("matrix", &macros, &[(0, Access::Write)], workgroups);
    if is_nv {
        multiply.kernel.macros.push(("DIALECT_NV".into(), String::new()));
    }
    multiply.push = [1.0_f32; 2].map(f32::to_bits).to_vec();
    multiply.flops = flops;
    Probe {
        name: format!("rate of {m}×{n}×{k} matrix products"),
        needs_float16: true,
        plan: plan(
            format!("chains of {m}×{n}×{k} matrix products"),
            vec![buffer("sums", elements, Role::Output)],
            vec![phase(NAME, false, multiply)],
        ),
        twin: Box::new(Contents(vec![Some(expected)])),
        quantities: vec![Quantity { ceiling: NAME, bytes: None, work: flops }],
    }
}

/// Every element of a chain at its end: where it began, and what each step added.
fn sum(chain: u32, k: u32) -> f64 {
    f64::from(chain + STEPS * k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_in_f32_and_count_every_product() {
        assert!(sum(CHAINS, 64) < f64::from(1 << 24));
        assert_eq!(sum(3, 16), 65_539.0);
    }

    #[test]
    fn every_subgroup_has_its_elements() {
        let unit = MatrixUnit { shape: [16, 8, 16], subgroup: 32, is_nv: true };
        let probe = probe(16, unit);
        // 2 workgroups of 8 subgroups.
        assert_eq!(probe.plan.buffers[0].elements, 16 * 4 * 16 * 8);
        let sums: Vec<(usize, f64)> = probe.twin.expected(0).unwrap().all().take(129).collect();
        assert_eq!([sums[127], sums[128]], [(127, 65_536.0), (128, 65_537.0)]);
        assert_eq!(probe.quantities[0].work, 16 * u64::from(CHAINS * STEPS) * 2 * 16 * 8 * 16);
    }
}
