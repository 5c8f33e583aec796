//! Lowers F(m×m, 3×3): the phases up to `stop_after`, then the consumer.

use super::Unplannable;
use super::blocking::MultiplyBlock;
use super::cost::{self, Sharing};
use super::dispatch::{Builder, INDEPENDENT, Stage};
use super::tensor::{Geometry, Tensor};
use super::transforms;
use crate::config::{
    Barriers, Coefficients, Consume, Evaluation, Experiment, FilterReuse, Layout, Mapping, Placement,
    StopAfter,
};
use crate::plan::{Ordering, Plan};

/// The plan of a Winograd convolution or a prefix of it.
pub fn lower(experiment: &Experiment) -> Result<Plan, Unplannable> {
    let geometry = Geometry::new(experiment)?;
    let lowering = Lowering { experiment, geometry: &geometry };
    lowering.check_placements()?;
    let stop = experiment.stop_after;
    let mut builder = Builder::new(experiment, &geometry);
    let mut notes = Vec::new();

    if experiment.xhat.placement == Placement::Global {
        builder.phase("xhat", false, lowering.input_transform());
    }
    if stop >= StopAfter::Ghat && experiment.ghat.placement == Placement::Global {
        let cached = experiment.filter_reuse == FilterReuse::Cached;
        builder.phase("ghat", cached, lowering.filter_transform());
    }
    if stop >= StopAfter::Mhat {
        builder.phase("mhat", false, lowering.multiply());
    }
    if stop == StopAfter::Output {
        builder.phase("output", false, lowering.output_transform());
    } else if experiment.consume != Consume::None {
        builder.phase("consume", false, lowering.consumer());
        if stop == StopAfter::Ghat {
            notes.push(
                "the consumer reads XHAT, as the seed's phase 2 does: nothing reads GHAT before the multiply"
                    .into(),
            );
        }
    }
    let points = transforms_points(experiment);
    let m = experiment.tile.m();
    let title = format!("F({m}×{m}, 3×3) at the points {points}, {} tiles", geometry.tiling.count);
    let ordering = match experiment.barriers {
        Barriers::Minimal => Ordering::PerHazard,
        Barriers::Full => Ordering::Global,
    };
    Ok(builder.finish(title, ordering, notes))
}

/// The points as text, `0 1 -1 2 -2 ∞`.
fn transforms_points(experiment: &Experiment) -> String {
    let finite = crate::winograd::integer_points(experiment.tile.m() as usize + 1);
    finite.iter().map(|point| format!("{point} ")).collect::<String>() + "∞"
}

struct Lowering<'a> {
    experiment: &'a Experiment,
    geometry: &'a Geometry,
}

impl Lowering<'_> {
    fn check_placements(&self) -> Result<(), Unplannable> {
        let experiment = self.experiment;
        let global_or_inline = [Placement::Global, Placement::Inline];
        for (name, buffer, kernels) in [
            ("xhat", experiment.xhat, global_or_inline.as_slice()),
            ("ghat", experiment.ghat, &global_or_inline),
            ("mhat", experiment.mhat, &[Placement::Global]),
        ] {
            if !kernels.contains(&buffer.placement) {
                return Err(Unplannable(format!(
                    "placement `{}` of {name} has no kernel yet",
                    buffer.placement
                )));
            }
        }
        let materialised =
            [experiment.xhat, experiment.ghat].map(|buffer| buffer.placement) == [Placement::Global; 2];
        if experiment.mapping == Mapping::Blocked && experiment.stop_after >= StopAfter::Mhat && !materialised
        {
            return Err(Unplannable("the blocked multiply reads XHAT and GHAT from device memory".into()));
        }
        Ok(())
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

    /// All of a tensor.
    fn read(&self, tensor: Tensor) -> (Tensor, u64) {
        (tensor, 4 * self.geometry.elements(tensor))
    }

    fn how(&self) -> (Evaluation, Coefficients) {
        (self.experiment.evaluation, self.experiment.coefficients)
    }

    /// A stage of `source`; `transforming` says whether it evaluates a transform.
    fn stage(&self, source: &'static str, write: Tensor, transforming: bool) -> Stage {
        let experiment = self.experiment;
        let mut macros = vec![
            ("M", format!("{}u", experiment.tile.m())),
            ("ALPHA", format!("{}u", experiment.tile.alpha())),
        ];
        let mut flag = |name: &'static str, on: bool| {
            if on {
                macros.push((name, String::new()));
            }
        };
        flag("EVALUATION_KRON", experiment.evaluation == Evaluation::Kron);
        flag("XHAT_TILE_MAJOR", experiment.xhat.layout == Layout::TileMajor);
        flag("GHAT_TILE_MAJOR", experiment.ghat.layout == Layout::TileMajor);
        flag("MHAT_TILE_MAJOR", experiment.mhat.layout == Layout::TileMajor);
        flag("XHAT_INLINE", experiment.xhat.placement == Placement::Inline);
        flag("GHAT_INLINE", experiment.ghat.placement == Placement::Inline);
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
            invocations: INDEPENDENT,
            shared_bytes: 0,
            flops: 0,
        }
    }

    /// Workgroups of a kernel with an invocation per `lanes` and a workgroup row per channel and position.
    fn independent_blocks(lanes: u64, channels: u64, positions: u64) -> [u64; 3] {
        [lanes.div_ceil(INDEPENDENT.into()), channels, positions]
    }

    /// Positions over which a transform's grid runs: all of one tile per invocation, or one invocation each.
    fn grid_positions(&self, positions: u64) -> u64 {
        match self.experiment.evaluation {
            Evaluation::Separable => 1,
            Evaluation::Kron => positions,
        }
    }

    fn input_transform(&self) -> Stage {
        let positions = self.grid_positions(self.geometry.positions());
        let per_tile = cost::transform(&self.geometry.transforms.bt, self.how(), Sharing::Tile);
        Stage {
            reads: vec![self.read(Tensor::X)],
            blocks: Self::independent_blocks(self.tiles(), self.channels(), positions),
            flops: self.channels() * self.tiles() * per_tile,
            ..self.stage("input_transform.comp", Tensor::Xhat, true)
        }
    }

    fn filter_transform(&self) -> Stage {
        let positions = self.grid_positions(self.geometry.positions());
        let per_filter = cost::transform(&self.geometry.transforms.g, self.how(), Sharing::Tile);
        Stage {
            reads: vec![self.read(Tensor::W)],
            blocks: Self::independent_blocks(self.filters(), self.channels(), positions),
            flops: self.channels() * self.filters() * per_filter,
            ..self.stage("filter_transform.comp", Tensor::Ghat, true)
        }
    }

    fn output_transform(&self) -> Stage {
        let outputs = u64::from(self.geometry.tiling.m).pow(2);
        let per_tile = cost::transform(&self.geometry.transforms.at, self.how(), Sharing::Tile);
        Stage {
            reads: vec![self.read(Tensor::Mhat)],
            blocks: Self::independent_blocks(self.tiles(), self.filters(), self.grid_positions(outputs)),
            flops: self.filters() * self.tiles() * per_tile,
            ..self.stage("output_transform.comp", Tensor::Y, true)
        }
    }

    /// What reading XHAT costs a consumer: the buffer, or the input and an evaluation.
    fn xhat_source(&self) -> (Tensor, u64) {
        match self.experiment.xhat.placement {
            Placement::Inline => self.read(Tensor::X),
            _ => self.read(Tensor::Xhat),
        }
    }

    fn ghat_source(&self) -> (Tensor, u64) {
        match self.experiment.ghat.placement {
            Placement::Inline => self.read(Tensor::W),
            _ => self.read(Tensor::Ghat),
        }
    }

    fn multiply(&self) -> Stage {
        let (positions, filters, tiles) = (self.geometry.positions(), self.filters(), self.tiles());
        let products = 2 * self.channels() * self.geometry.elements(Tensor::Mhat);
        let reads = vec![self.xhat_source(), self.ghat_source()];
        match self.experiment.mapping {
            Mapping::Blocked => {
                let block = MultiplyBlock::choose(positions, filters, tiles);
                let mut stage = self.stage("multiply_blocked.comp", Tensor::Mhat, false);
                stage.macros.extend(block.macros());
                Stage {
                    reads,
                    blocks: [
                        tiles.div_ceil(block.tiles.into()),
                        filters.div_ceil(block.filters.into()),
                        positions,
                    ],
                    invocations: block.invocations(),
                    shared_bytes: block.shared_bytes(),
                    flops: products,
                    ..stage
                }
            }
            Mapping::Element => {
                // Every use evaluates an inline operand again: XHAT once per filter, GHAT once per tile.
                let uses = self.channels() * filters * tiles;
                let Experiment { xhat, ghat, .. } = self.experiment;
                let transforms = &self.geometry.transforms;
                let inline = [(xhat, &transforms.bt), (ghat, &transforms.g)]
                    .into_iter()
                    .filter(|(buffer, _)| buffer.placement == Placement::Inline)
                    .map(|(_, matrix)| uses * cost::transform(matrix, self.how(), Sharing::Element));
                let flops = products + inline.clone().sum::<u64>();
                let transforming = inline.count() > 0;
                Stage {
                    reads,
                    blocks: Self::independent_blocks(tiles, filters, positions),
                    flops,
                    ..self.stage("multiply_element.comp", Tensor::Mhat, transforming)
                }
            }
        }
    }

    fn consumer(&self) -> Stage {
        let from_mhat = self.experiment.stop_after == StopAfter::Mhat;
        let inline = !from_mhat && self.experiment.xhat.placement == Placement::Inline;
        let (source, channels) = if from_mhat {
            (self.read(Tensor::Mhat), self.filters())
        } else {
            (self.xhat_source(), self.channels())
        };
        let (m, bt) = (self.geometry.tiling.m, &self.geometry.transforms.bt);
        let tiles = self.tiles() * channels;
        let (file, write, blocks, reads, flops) = match self.experiment.consume {
            Consume::Partial => {
                let write = if from_mhat { Tensor::PartialMhat } else { Tensor::PartialXhat };
                let pixels = u64::from(self.geometry.out_height) * u64::from(self.geometry.out_width);
                let images = self.experiment.problem.batch.into();
                // A stored source is read where it is used: m×m of each tile, as many elements as are written.
                let bytes = if inline { source.1 } else { 4 * self.geometry.elements(write) };
                let flops = if inline { tiles * cost::partial(bt, m as usize, self.how()) } else { 0 };
                let blocks = Self::independent_blocks(pixels, channels, images);
                ("consume_partial.comp", write, blocks, (source.0, bytes), flops)
            }
            Consume::Full | Consume::None => {
                let write = if from_mhat { Tensor::FullMhat } else { Tensor::FullXhat };
                let blocks = if inline {
                    Self::independent_blocks(self.tiles(), channels, self.geometry.positions())
                } else {
                    Self::independent_blocks(self.geometry.buffer(write).elements, 1, 1)
                };
                let flops =
                    if inline { tiles * cost::transform(bt, self.how(), Sharing::Element) } else { 0 };
                ("consume_full.comp", write, blocks, source, flops)
            }
        };
        let mut stage = self.stage(file, write, inline);
        if !from_mhat {
            stage.macros.push(("SOURCE_XHAT", String::new()));
        }
        Stage { reads: vec![reads], blocks, flops, ..stage }
    }
}
