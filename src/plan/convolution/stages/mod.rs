//! The stages that a Winograd convolution is made of: each a kernel over a grid, with what it costs.

mod consume;
mod multiply;
mod transform;

pub use multiply::Multiply;

use super::Unplannable;
use super::dispatch::{INDEPENDENT, Stage};
use super::tensor::{Geometry, Tensor};
use super::transforms;
use crate::config::{Coefficients, Consume, Evaluation, Experiment, Layout, Placement, StopAfter};
use crate::plan::Limits;

/// Floats per store of y: what is set, or the most that divide a row of y and of the tile. Where an invocation makes one
/// element of y there is one float to store.
fn output_vector(experiment: &Experiment, out_width: u32) -> Result<u32, Unplannable> {
    let m = experiment.tile.m();
    let is_of_elements = match experiment.mhat.placement {
        Placement::Global => experiment.evaluation == Evaluation::Kron,
        Placement::Inline => true,
        Placement::Shared | Placement::Register => false,
    };
    let divides = |vector: u32| {
        vector == 1 || (!is_of_elements && m.is_multiple_of(vector) && out_width.is_multiple_of(vector))
    };
    match experiment.blocks.output_vector {
        None => Ok([4, 2].into_iter().find(|&vector| divides(vector)).unwrap_or(1)),
        Some(vector) if divides(vector) => Ok(vector),
        Some(vector) if is_of_elements => Err(Unplannable(format!(
            "transforms.vector = {vector}, but each invocation stores one element of y, as with MHAT inline or `kron` of a stored \
             MHAT"
        ))),
        Some(vector) => Err(Unplannable(format!(
            "transforms.vector = {vector} divides not both the tile's {m} and y's {out_width} columns: a vector would reach \
             over their ends"
        ))),
    }
}

/// Makes the stages of one experiment.
pub struct Stages<'a> {
    experiment: &'a Experiment,
    geometry: &'a Geometry,
    limits: &'a Limits,
    output_vector: u32,
}

impl<'a> Stages<'a> {
    /// The stages of `experiment`.
    ///
    /// # Errors
    /// If `transforms.vector` is set to more than the output transform can store at once.
    pub fn new(
        experiment: &'a Experiment,
        geometry: &'a Geometry,
        limits: &'a Limits,
    ) -> Result<Self, Unplannable> {
        let output_vector = output_vector(experiment, geometry.out_width)?;
        Ok(Self { experiment, geometry, limits, output_vector })
    }

    /// Floats per store of y by the output transform.
    pub fn output_vector(&self) -> u32 {
        self.output_vector
    }

    /// Invocations per workgroup of the kernels whose invocations do not cooperate.
    pub fn independent(&self) -> u32 {
        self.experiment.blocks.workgroup.unwrap_or(INDEPENDENT)
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

    /// A stage of `source`; `transforming` says whether it evaluates a transform.
    fn stage(&self, source: &'static str, write: Tensor, transforming: bool) -> Stage {
        let experiment = self.experiment;
        let mut macros = vec![
            ("M", format!("{}u", experiment.tile.m())),
            ("ALPHA", format!("{}u", experiment.tile.alpha())),
        ];
        if write == Tensor::Y {
            macros.push(("Y_VECTOR", self.output_vector.to_string()));
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
        }
    }

    /// Workgroups of a kernel with an invocation per `lanes` and a workgroup row per channel and position.
    fn independent_blocks(&self, lanes: u64, channels: u64, positions: u64) -> [u64; 3] {
        [lanes.div_ceil(self.independent().into()), channels, positions]
    }
}

#[cfg(test)]
mod tests {
    use super::output_vector;
    use crate::config::Configuration;

    fn chosen(width: u32, set: &[&str]) -> Result<u32, String> {
        let text = format!(
            "[problem]\nin_channels = 1\nout_channels = 1\nheight = 8\nwidth = {width}\n[transforms]\nevaluation = \
             \"separable\"\n"
        );
        let set: Vec<String> = set.iter().map(ToString::to_string).collect();
        let configuration = Configuration::parse(&text, "x.toml", &set).unwrap();
        output_vector(&configuration.experiments[0], width).map_err(|error| error.to_string())
    }

    #[test]
    fn a_vector_of_outputs_divides_rows_of_y_and_of_the_tile() {
        let of = |width, tile: &str| chosen(width, &[tile]).unwrap();
        assert_eq!([56, 14, 7].map(|width| of(width, "algorithm.tile=4")), [4, 2, 1]);
        assert_eq!([of(56, "algorithm.tile=6"), of(56, "algorithm.tile=2")], [2, 2]);
        assert_eq!(chosen(56, &["transforms.vector=2"]), Ok(2));
    }

    #[test]
    fn one_element_at_a_time_has_no_vectors() {
        assert_eq!(chosen(56, &["transforms.evaluation=kron"]), Ok(1));
        let refused = chosen(56, &["transforms.evaluation=kron", "transforms.vector=4"]).unwrap_err();
        assert!(refused.contains("stores one element of y"), "{refused}");
        let refused = chosen(14, &["transforms.vector=4"]).unwrap_err();
        assert!(refused.contains("the tile's 4 and y's 14 columns"), "{refused}");
    }
}
