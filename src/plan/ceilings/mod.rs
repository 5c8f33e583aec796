//! Lowers what a device's ceilings are measured by to plans: one probe for each idea, each with its twin.

mod arithmetic;
mod launch;
mod matrix;
mod memory;
mod shared;
mod twin;

use glam::UVec3;

pub use matrix::{MatrixUnit, probe as matrix_probe};

use super::{Access, BufferSpec, Dispatch, Kernel, Ordering, Phase, Plan, Role, Tolerance, Twin, Use};

/// Invocations per workgroup of every kernel that works: as many as every known device allows.
const INVOCATIONS: u32 = 256;

/// What bounds the probes on one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The largest working set whose bandwidth is measured, in bytes.
    pub max_bytes: u64,
    /// Workgroups that keep the device busy for a while.
    pub workgroups: u32,
}

/// A plan whose phases, named after ceilings, each measure one.
pub struct Probe {
    /// What it is called in messages.
    pub name: String,
    /// Whether its kernels compute in 16-bit floats, which not every device does.
    pub needs_float16: bool,
    /// What runs.
    pub plan: Plan,
    /// What must come out.
    pub twin: Box<dyn Twin>,
    /// What each timed phase does in one run.
    pub quantities: Vec<Quantity>,
}

/// What a phase's time is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// The phase, which is the ceiling's name.
    pub ceiling: &'static str,
    /// The working set, in bytes, where the ceiling depends on it.
    pub bytes: Option<u64>,
    /// How many bytes, operations or dispatches the time is of.
    pub work: u64,
}

/// Every probe within `scope`, the bandwidths by rising size first.
pub fn probes(scope: &Scope) -> Vec<Probe> {
    let mut probes: Vec<Probe> = memory::sizes(scope.max_bytes).map(memory::probe).collect();
    probes.push(shared::probe(scope.workgroups));
    probes.extend([false, true].map(|is_half| arithmetic::probe(scope.workgroups, is_half)));
    probes.extend([Ordering::PerHazard, Ordering::Global].map(launch::probe));
    probes
}

/// A plan of these phases, whose dispatches are ordered by their hazards.
fn plan(title: String, buffers: Vec<BufferSpec>, phases: Vec<Phase>) -> Plan {
    Plan {
        title,
        buffers,
        phases,
        ordering: Ordering::PerHazard,
        notes: Vec::new(),
        parameters: Vec::new(),
        evaluations: Vec::new(),
    }
}

/// A phase of one dispatch.
fn phase(name: &str, untimed: bool, dispatch: Dispatch) -> Phase {
    Phase { name: name.into(), untimed, dispatches: vec![dispatch] }
}

/// A buffer that must hold exactly what its twin says: only whole numbers are computed with.
fn buffer(name: &str, elements: u64, role: Role) -> BufferSpec {
    let tolerance = Tolerance { relative: 0.0, absolute: 0.0 };
    BufferSpec { name: name.into(), shape: format!("[{elements}]"), elements, role, tolerance }
}

/// A dispatch of `workgroups` workgroups of a kernel in `glsl/ceilings`.
fn dispatch(kernel: &str, macros: &[(&str, u32)], uses: &[(usize, Access)], workgroups: u32) -> Dispatch {
    Dispatch {
        name: kernel.into(),
        kernel: Kernel {
            source: format!("ceilings/{kernel}.comp"),
            macros: macros.iter().map(|&(name, value)| (name.into(), format!("{value}u"))).collect(),
            generated: Vec::new(),
            constants: vec![INVOCATIONS],
            bounds_checks: false,
        },
        uses: uses.iter().map(|&(buffer, access)| Use { buffer, access }).collect(),
        push: Vec::new(),
        workgroups: UVec3::new(workgroups, 1, 1),
        workgroup: UVec3::new(INVOCATIONS, 1, 1),
        shared_bytes: 0,
        flops: 0,
        bytes: 0,
        registers: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_timed_phase_has_its_quantity() {
        for probe in probes(&Scope { max_bytes: 1 << 20, workgroups: 4 }) {
            let timed = probe.plan.phases.iter().filter(|phase| !phase.untimed);
            let timed: Vec<&str> = timed.map(|phase| phase.name.as_str()).collect();
            let measured: Vec<&str> = probe.quantities.iter().map(|quantity| quantity.ceiling).collect();
            assert_eq!(timed, measured, "{}", probe.name);
            assert!(probe.quantities.iter().all(|quantity| quantity.work > 0));
        }
    }

    /// A probe whose products nobody compares could yield any number.
    #[test]
    fn what_computes_something_has_a_twin() {
        for probe in probes(&Scope { max_bytes: 1 << 20, workgroups: 4 }) {
            let products =
                (0..probe.plan.buffers.len()).filter(|&id| probe.plan.buffers[id].role == Role::Output);
            for product in products {
                let expected = probe.twin.expected(product).expect("a product has a twin");
                assert_eq!(expected.count() as u64, probe.plan.buffers[product].elements, "{}", probe.name);
            }
        }
    }
}
