//! The stages that a Winograd convolution is made of: each a kernel over a grid, with what it costs.

mod consume;
mod filters;
mod inputs;
mod multiply;
mod outputs;
mod passes;
mod staged;
mod transform;

pub use multiply::Multiply;
use outputs::Outputs;
use passes::filter_passes;
use staged::StagedTiles;

use super::Unplannable;
use super::blocking::GemmBlock;
use super::dispatch::{INDEPENDENT, Stage};
use super::tensor::{Geometry, Tensor};
use super::transforms;
use crate::config::{Coefficients, Consume, Evaluation, Experiment, Layout, Placement, StopAfter};
use crate::plan::Limits;

/// Invocations per workgroup of the kernels whose invocations do not cooperate.
fn workgroup(experiment: &Experiment) -> u32 {
    experiment.blocks.workgroup.unwrap_or(INDEPENDENT)
}

/// Makes the stages of one experiment.
pub struct Stages<'a> {
    experiment: &'a Experiment,
    /// With MHAT in as many parts as the multiply stores.
    geometry: Geometry,
    limits: &'a Limits,
    outputs: Outputs,
    /// Where the input transform shares tiles.
    inputs: Option<StagedTiles>,
    /// The multiply's, where a workgroup has one position.
    gemm: Option<GemmBlock>,
}

impl<'a> Stages<'a> {
    /// The stages of `experiment`.
    ///
    /// # Errors
    /// If the problem has no output, if one pass of the filter transform is set where no multiply makes the other, if
    /// `transforms.vector` is set to more than the output transform can store at once or `transforms.input_tiles` where no tiles
    /// can be shared, or if block sizes of the multiply that are set contradict one another.
    pub fn new(experiment: &'a Experiment, limits: &'a Limits) -> Result<Self, Unplannable> {
        let geometry = Geometry::new(experiment)?;
        let passes = filter_passes(experiment, &geometry, limits)?;
        let geometry = geometry.passed(passes);
        let outputs = Outputs::choose(experiment, geometry.out_width, limits)?;
        let inputs = inputs::choose(experiment, geometry.tiling.count, limits)?;
        let gemm = multiply::gemm_block(experiment, &geometry, limits)?;
        let geometry = geometry.split(gemm.map_or(1, |block| block.splits.into()));
        Ok(Self { experiment, geometry, limits, outputs, inputs, gemm })
    }

    /// The sizes that the stages are made of.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// How the input transform shares tiles, as columns of the results.
    pub fn input_parameters(&self) -> Vec<(String, String)> {
        inputs::parameters(self.inputs, self.experiment)
    }

    /// How y is stored, as columns of the results.
    pub fn output_parameters(&self) -> Vec<(String, String)> {
        self.outputs.parameters()
    }

    /// Invocations per workgroup of the kernels whose invocations do not cooperate.
    pub fn independent(&self) -> u32 {
        workgroup(self.experiment)
    }

    fn tiles(&self) -> u64 {
        self.geometry.tiling.count
    }

    fn channels(&self) -> u64 {
        self.experiment.problem.in_channels.into()
    }

    fn filters(&self) -> u64 {
        self.experiment.problem.out_channels.into()
    }

    fn positions(&self) -> u32 {
        self.geometry.tiling.alpha().pow(2)
    }

    /// All of a tensor.
    fn read(&self, tensor: Tensor) -> (Tensor, u64) {
        (tensor, 4 * self.geometry.elements(tensor))
    }

    fn how(&self) -> (Evaluation, Coefficients) {
        (self.experiment.evaluation, self.experiment.coefficients)
    }

    /// What reading XHAT costs its consumer: the buffer, or the input.
    fn xhat_source(&self) -> (Tensor, u64) {
        match self.experiment.xhat.placement {
            Placement::Global => self.read(Tensor::Xhat),
            _ => self.read(Tensor::X),
        }
    }

    fn ghat_source(&self) -> (Tensor, u64) {
        match self.experiment.ghat.placement {
            Placement::Global => self.read(Tensor::Ghat),
            _ => self.read(Tensor::W),
        }
    }

    /// What the consumer of MHAT writes.
    fn mhat_result(&self) -> Tensor {
        match (self.experiment.stop_after, self.experiment.consume) {
            (StopAfter::Output, _) => Tensor::Y,
            (_, Consume::Partial) => Tensor::PartialMhat,
            (_, Consume::Full | Consume::None) => Tensor::FullMhat,
        }
    }

    /// What the kernels that write and read GHAT are told of it.
    fn ghat_macro(&self) -> Option<(&'static str, String)> {
        self.geometry.has_second_pass().then(|| ("GHAT_PASSED_ONCE", String::new()))
    }

    /// A stage of `source`; `transforming` says whether it evaluates a transform.
    fn stage(&self, source: &'static str, write: Tensor, transforming: bool) -> Stage {
        let experiment = self.experiment;
        let mut macros = vec![
            ("M", format!("{}u", experiment.tile.m())),
            ("ALPHA", format!("{}u", experiment.tile.alpha())),
        ];
        if write == Tensor::Y {
            macros.push(self.outputs.vector_macro());
        }
        let mut flag = |name: &'static str, on: bool| {
            if on {
                macros.push((name, String::new()));
            }
        };
        flag("EVALUATION_KRON", experiment.evaluation == Evaluation::Kron);
        for (buffer, [tile_major, shared, register, inline]) in [
            (experiment.xhat, ["XHAT_TILE_MAJOR", "XHAT_SHARED", "XHAT_REGISTER", "XHAT_INLINE"]),
            (experiment.ghat, ["GHAT_TILE_MAJOR", "GHAT_SHARED", "GHAT_REGISTER", "GHAT_INLINE"]),
            (experiment.mhat, ["MHAT_TILE_MAJOR", "MHAT_SHARED", "MHAT_REGISTER", "MHAT_INLINE"]),
        ] {
            flag(tile_major, buffer.layout == Layout::TileMajor);
            flag(shared, buffer.placement == Placement::Shared);
            flag(register, buffer.placement == Placement::Register);
            flag(inline, buffer.placement == Placement::Inline);
        }
        if experiment.stop_after != StopAfter::Output {
            flag("CONSUME_FULL", experiment.consume == Consume::Full);
            flag("CONSUME_PARTIAL", experiment.consume == Consume::Partial);
        }
        let splits = self.geometry.parts(Tensor::Mhat);
        if splits > 1 {
            macros.push(("MHAT_SPLITS", format!("{splits}u")));
        }
        // A kernel without a transform has no use for the run-time selection's push constant.
        let coefficients = if transforming { experiment.coefficients } else { Coefficients::Literal };
        let push = match coefficients {
            Coefficients::Literal => vec![],
            Coefficients::Select => vec![0],
        };
        let glsl = transforms::glsl(&self.geometry.transforms, experiment.evaluation, coefficients);
        Stage {
            source,
            macros,
            generated: vec![(transforms::FILE.into(), glsl)],
            push,
            reads: vec![],
            write,
            blocks: [0; 3],
            invocations: self.independent(),
            shared_bytes: 0,
            flops: 0,
            registers: 0,
            bounds_checks: false,
        }
    }

    /// Workgroups of a kernel with an invocation per `lanes` and a workgroup row per channel and position.
    fn independent_blocks(&self, lanes: u64, channels: u64, positions: u64) -> [u64; 3] {
        [lanes.div_ceil(self.independent().into()), channels, positions]
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Configuration, Experiment};

    /// The one experiment of a problem, of which are said batch, channels, filters, height and width, with these settings.
    pub fn only(problem: [u32; 5], set: &[&str]) -> Experiment {
        let [batch, in_channels, out_channels, height, width] = problem;
        let text = format!(
            "[problem]\nbatch = {batch}\nin_channels = {in_channels}\nout_channels = {out_channels}\nheight = \
             {height}\nwidth = {width}\n"
        );
        let set: Vec<String> = set.iter().map(ToString::to_string).collect();
        Configuration::parse(&text, "x.toml", &set).unwrap().experiments.remove(0)
    }
}
