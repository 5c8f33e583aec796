//! The transforms as dispatches of their own.

use super::{Outputs, StagedOutputs, Stages};
use crate::config::Evaluation;
use crate::plan::convolution::cost::{self, Sharing};
use crate::plan::convolution::dispatch::Stage;
use crate::plan::convolution::tensor::Tensor;

/// Filters × channels whose taps a workgroup of the filter transform brings in together: 144 contiguous bytes of each
/// filter, and a subgroup's worth of neighbouring filters to store.
const STAGED_FILTERS: [u32; 2] = [32, 4];

/// Workgroups of that size below which loading each filter's taps where they are used is quicker: one per
/// multiprocessor of a large GPU.
const ENOUGH_STAGED: u64 = 128;

impl Stages<'_> {
    /// Positions over which a transform's grid runs: all of one tile per invocation, or one invocation each.
    fn grid_positions(&self, positions: u32) -> u64 {
        match self.experiment.evaluation {
            Evaluation::Separable => 1,
            Evaluation::Kron => positions.into(),
        }
    }

    /// Registers for `read` elements of a tile and `made` of its transform, or one sum at a time.
    fn transform_registers(&self, read: u32, made: u32) -> u32 {
        match self.experiment.evaluation {
            Evaluation::Separable => read + made,
            Evaluation::Kron => 2,
        }
    }

    /// XHAT from x.
    pub fn input_transform(&self) -> Stage {
        let positions = self.positions();
        let per_tile = cost::transform(&self.geometry.transforms.bt, self.how(), Sharing::Tile);
        Stage {
            reads: vec![self.read(Tensor::X)],
            blocks: self.independent_blocks(self.tiles(), self.channels(), self.grid_positions(positions)),
            flops: self.channels() * self.tiles() * per_tile,
            registers: self.transform_registers(positions, positions),
            ..self.stage("input_transform.comp", Tensor::Xhat, true)
        }
    }

    /// GHAT from w.
    pub fn filter_transform(&self) -> Stage {
        let positions = self.positions();
        let per_filter = cost::transform(&self.geometry.transforms.g, self.how(), Sharing::Tile);
        let mut stage = self.stage("filter_transform.comp", Tensor::Ghat, true);
        let (filters, channels) = (self.filters(), self.channels());
        let [block_filters, block_channels] = STAGED_FILTERS;
        let staged = [filters.div_ceil(block_filters.into()), channels.div_ceil(block_channels.into()), 1];
        let staged_bytes = 4 * block_filters * (9 * block_channels + 1);
        let is_staged = self.experiment.evaluation == Evaluation::Separable
            && staged.iter().product::<u64>() >= ENOUGH_STAGED
            && staged_bytes <= self.limits.max_shared_bytes;
        let (blocks, shared_bytes) = if is_staged {
            stage.macros.extend([
                ("W_STAGED", String::new()),
                ("BLOCK_K", format!("{block_filters}u")),
                ("BLOCK_C", format!("{block_channels}u")),
            ]);
            (staged, staged_bytes)
        } else {
            (self.independent_blocks(filters, channels, self.grid_positions(positions)), 0)
        };
        Stage {
            reads: vec![self.read(Tensor::W)],
            blocks,
            flops: channels * filters * per_filter,
            shared_bytes,
            registers: self.transform_registers(9, positions),
            ..stage
        }
    }

    /// y from a stored MHAT.
    pub fn output_transform(&self) -> Stage {
        let outputs = self.geometry.tiling.m.pow(2);
        let per_tile = cost::transform(&self.geometry.transforms.at, self.how(), Sharing::Tile);
        let mut stage = Stage {
            reads: vec![self.read(Tensor::Mhat)],
            flops: self.filters() * self.tiles() * per_tile,
            ..self.stage("output_transform.comp", Tensor::Y, true)
        };
        if let Outputs::Staged(StagedOutputs { tiles, invocations, shared_bytes }) = self.outputs {
            stage.macros.extend([("OUTPUT_STAGED", String::new()), ("BLOCK_P", format!("{tiles}u"))]);
            let blocks = [self.tiles().div_ceil(tiles.into()), self.filters(), 1];
            let registers = self.experiment.tile.alpha() + self.experiment.tile.m();
            return Stage { blocks, invocations, shared_bytes, registers, ..stage };
        }
        Stage {
            blocks: self.independent_blocks(self.tiles(), self.filters(), self.grid_positions(outputs)),
            registers: self.transform_registers(self.positions(), outputs),
            ..stage
        }
    }
}
