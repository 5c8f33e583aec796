//! Which cooperative matrices a device and the shader compiler have in common.

use crate::gpu::{Adapter, MatrixExtension};
use crate::kernels::{Compiler, Error, Request, compiler_version};
use crate::plan::ceilings::{MatrixUnit, matrix_probe};

/// What the compiler says of an extension that it does not know.
const UNKNOWN: &str = "extension not supported";

/// The first of the device's matrix units whose extension the compiler knows, with that extension; or why there is none,
/// as a sentence.
pub fn choose(adapter: &Adapter, compiler: &Compiler) -> Result<(MatrixExtension, MatrixUnit), String> {
    let units = adapter.matrix_units().iter().map(|unit| {
        let is_nv = unit.extension == MatrixExtension::Nv;
        let subgroup = adapter.limits.subgroup_size;
        (unit.extension, MatrixUnit { shape: unit.shape, subgroup, is_nv })
    });
    let units: Vec<_> = units.collect();
    if units.is_empty() {
        return Err(
            "the device has no cooperative matrices of f16 summed in f32 (VK_KHR_cooperative_matrix)".into(),
        );
    }
    units.into_iter().find(|&(_, unit)| is_known(unit, compiler)).ok_or_else(|| {
        format!(
            "this build's shader compiler ({}) does not know GL_KHR_cooperative_matrix; build with --features \
             bundled-shaderc",
            compiler_version()
        )
    })
}

/// Whether the compiler knows the extension. Whatever else is wrong with the kernel shows when it is measured.
fn is_known(unit: MatrixUnit, compiler: &Compiler) -> bool {
    let plan = matrix_probe(1, unit).plan;
    plan.dispatches().all(|(_, dispatch)| {
        let kernel = &dispatch.kernel;
        let request =
            Request { source: &kernel.source, macros: &kernel.macros, generated: &kernel.generated };
        !matches!(compiler.compile(request), Err(Error::Compile { messages, .. }) if messages.contains(UNKNOWN))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Sources;

    /// Every compiler in use knows one of the two extensions, and what it knows it compiles.
    #[test]
    fn the_kernel_compiles_in_each_dialect_that_is_known() {
        let compiler = Compiler::new(Sources::Embedded, None).unwrap();
        let units = [true, false].map(|is_nv| MatrixUnit { shape: [16, 16, 16], subgroup: 32, is_nv });
        let known = units.into_iter().filter(|&unit| is_known(unit, &compiler));
        let mut count = 0;
        for unit in known {
            let plan = matrix_probe(1, unit).plan;
            let kernel = &plan.phases[0].dispatches[0].kernel;
            let request =
                Request { source: &kernel.source, macros: &kernel.macros, generated: &kernel.generated };
            compiler.compile(request).unwrap_or_else(|error| panic!("{error}"));
            count += 1;
        }
        assert!(count > 0, "no dialect is known");
    }
}
