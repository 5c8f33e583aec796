//! Lowers the baseline: direct convolution in one dispatch.

use super::Unplannable;
use super::blocking::{Block, DirectBlock};
use super::dispatch::{Builder, Stage};
use super::tensor::{Geometry, Tensor};
use crate::config::{DirectMethod, Experiment};
use crate::plan::{Limits, Ordering, Plan};

/// The plan of a direct convolution.
pub fn lower(experiment: &Experiment, limits: &Limits) -> Result<Plan, Unplannable> {
    let geometry = Geometry::new(experiment)?;
    let problem = experiment.problem;
    let (height, width) = (u64::from(geometry.out_height), u64::from(geometry.out_width));
    let (batch, filters) = (u64::from(problem.batch), u64::from(problem.out_channels));
    let channels = u64::from(problem.in_channels);
    let block =
        DirectBlock::choose(&experiment.blocks.direct, limits, channels, batch, filters, height, width)?;
    let read = |tensor| (tensor, 4 * geometry.elements(tensor));
    let mut macros = block.macros();
    let source = match block.method() {
        DirectMethod::Patch => "direct_patch.comp",
        DirectMethod::ImplicitGemm => {
            // Whether four neighbouring outputs are always of one image.
            let y_vector = if (height * width).is_multiple_of(4) { "4" } else { "1" };
            macros.push(("Y_VECTOR", y_vector.into()));
            "direct_gemm.comp"
        }
    };
    let stage = Stage {
        source,
        macros,
        generated: vec![],
        push: vec![],
        reads: vec![read(Tensor::X), read(Tensor::W)],
        write: Tensor::Y,
        blocks: [block.spatial(batch, height, width), filters.div_ceil(block.filters.into()), 1],
        invocations: block.invocations(),
        shared_bytes: block.shared_bytes(),
        registers: block.registers(),
        // Without, some blocks are up to 5 % quicker on an NVIDIA H200, and others up to 40 % slower (docs/notebook.md, "Fewer
        // instructions for each access").
        bounds_checks: true,
        flops: 2 * 9 * u64::from(problem.in_channels) * geometry.elements(Tensor::Y),
    };
    let mut builder = Builder::new(experiment, &geometry);
    builder.phase("direct", false, stage);
    builder.parameters = block.parameters();
    let title = "direct convolution, 3×3, stride 1".into();
    Ok(builder.finish(title, Ordering::PerHazard))
}
