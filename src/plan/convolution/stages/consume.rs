//! Consumers as dispatches of their own: what reads the last buffer of a prefix.

use super::Stages;
use crate::config::{Consume, Placement};
use crate::plan::convolution::cost::{self, Sharing};
use crate::plan::convolution::dispatch::Stage;
use crate::plan::convolution::tensor::Tensor;

impl Stages<'_> {
    /// What consumes a stored MHAT.
    pub fn consume_mhat(&self) -> Stage {
        self.consume_stored(Tensor::Mhat, self.mhat_result(), self.filters())
    }

    /// What consumes XHAT, and how often it evaluates each element.
    pub fn consume_xhat(&self) -> (Stage, f64) {
        let write = match self.experiment.consume {
            Consume::Partial => Tensor::PartialXhat,
            Consume::Full | Consume::None => Tensor::FullXhat,
        };
        let (mut stage, evaluations) = match self.experiment.xhat.placement {
            Placement::Global => (self.consume_stored(Tensor::Xhat, write, self.channels()), 1.0),
            Placement::Shared | Placement::Register => (self.consume_held(write), 1.0),
            Placement::Inline => self.consume_inline(write),
        };
        stage.macros.push(("SOURCE_XHAT", String::new()));
        (stage, evaluations)
    }

    fn consume_stored(&self, read: Tensor, write: Tensor, channels: u64) -> Stage {
        // What is stored is read where it is used: as many elements as are written, of each part.
        let bytes = 4 * self.geometry.parts(read) * self.geometry.elements(write);
        let (file, blocks) = match self.experiment.consume {
            Consume::Partial => ("consume_partial.comp", self.pixel_blocks(channels)),
            Consume::Full | Consume::None => {
                let elements = self.geometry.buffer(write).elements;
                ("consume_full.comp", self.independent_blocks(elements, 1, 1))
            }
        };
        Stage { reads: vec![(read, bytes)], blocks, registers: 1, ..self.stage(file, write, false) }
    }

    /// XHAT in a workgroup's shared memory or an invocation's registers, a tile per invocation.
    fn consume_held(&self, write: Tensor) -> Stage {
        let in_registers = self.experiment.xhat.placement == Placement::Register;
        let (positions, invocations) = (self.positions(), self.independent());
        let per_tile = cost::transform(&self.geometry.transforms.bt, self.how(), Sharing::Tile);
        let mut stage = self.stage("consume_tiles.comp", write, true);
        stage.macros.push(("BLOCK_P", invocations.to_string()));
        Stage {
            reads: vec![self.read(Tensor::X)],
            blocks: self.independent_blocks(self.tiles(), self.channels(), 1),
            shared_bytes: if in_registers { 0 } else { 4 * positions * invocations },
            flops: self.channels() * self.tiles() * per_tile,
            registers: if in_registers { 2 * positions } else { positions },
            ..stage
        }
    }

    fn consume_inline(&self, write: Tensor) -> (Stage, f64) {
        let (bt, m) = (&self.geometry.transforms.bt, self.geometry.tiling.m);
        let (file, blocks, per_tile, used) = match self.experiment.consume {
            Consume::Partial => {
                let per_tile = cost::partial(bt, m as usize, self.how());
                ("consume_partial.comp", self.pixel_blocks(self.channels()), per_tile, m.pow(2))
            }
            Consume::Full | Consume::None => {
                let blocks = self.independent_blocks(self.tiles(), self.channels(), self.positions().into());
                let per_tile = cost::transform(bt, self.how(), Sharing::Element);
                ("consume_full.comp", blocks, per_tile, self.positions())
            }
        };
        let stage = Stage {
            reads: vec![self.read(Tensor::X)],
            blocks,
            flops: self.channels() * self.tiles() * per_tile,
            registers: self.geometry.tiling.alpha(),
            ..self.stage(file, write, true)
        };
        (stage, f64::from(used) / f64::from(self.positions()))
    }

    /// An invocation per pixel of y's shape.
    fn pixel_blocks(&self, channels: u64) -> [u64; 3] {
        let pixels = u64::from(self.geometry.out_height) * u64::from(self.geometry.out_width);
        self.independent_blocks(pixels, channels, self.experiment.problem.batch.into())
    }
}
