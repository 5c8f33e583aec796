//! The transforms as dispatches of their own.

use std::ops::RangeInclusive;

use super::filters::StagedTaps;
use super::staged::StagedTiles;
use super::{Outputs, Stages};
use crate::config::{Evaluation, FirstTransform, Placement};
use crate::plan::convolution::cost::{self, Sharing};
use crate::plan::convolution::dispatch::Stage;
use crate::plan::convolution::tensor::Tensor;
use crate::winograd::FILTER;

/// Blocks of tiles that a workgroup of the staged output transform makes one after the other at most.
const OUTPUT_TURNS: u64 = 4;

/// Workgroups that its turns leave at least: four per multiprocessor of a large GPU, as many as have room there.
const ENOUGH_OUTPUTS: u64 = 512;

/// Bytes of GHAT at which the filter transform is recorded before the input transform: on an NVIDIA H100 it then begins first where
/// it takes longest, or else ends while the input transform is busy, which takes up to 5 % less and at most 1 % more. A larger GHAT is
/// better written last (docs/notebook.md, "Transforms that share tiles").
const EARLY_GHAT: RangeInclusive<u64> = 4 << 20..=24 << 20;

/// Bytes that the two transforms move beyond which a smaller GHAT is recorded first, too: it then ends while the input transform is
/// still busy, which takes up to 3 % less. Below, some shapes are better in either order.
const WORTH_HIDING: u64 = 8 << 20;

/// How many of `blocks` of each filter's tiles a workgroup of the staged output transform makes in turn.
fn output_turns(blocks: u64, filters: u64) -> u64 {
    (blocks * filters / ENOUGH_OUTPUTS).min(blocks).clamp(1, OUTPUT_TURNS)
}

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
        let mut stage = Stage {
            reads: vec![self.read(Tensor::X)],
            flops: self.channels() * self.tiles() * per_tile,
            ..self.stage("input_transform.comp", Tensor::Xhat, true)
        };
        if let Some(StagedTiles { tiles, invocations, shared_bytes }) = self.inputs {
            stage.macros.extend([("INPUT_STAGED", String::new()), ("BLOCK_P", format!("{tiles}u"))]);
            let blocks = [self.tiles().div_ceil(tiles.into()), self.channels(), 1];
            let registers = 2 * self.experiment.tile.alpha();
            return Stage { blocks, invocations, shared_bytes, registers, ..stage };
        }
        Stage {
            blocks: self.independent_blocks(self.tiles(), self.channels(), self.grid_positions(positions)),
            registers: self.transform_registers(positions, positions),
            ..stage
        }
    }

    /// GHAT from w.
    pub fn filter_transform(&self) -> Stage {
        let positions = self.positions();
        let g = &self.geometry.transforms.g;
        let (per_filter, made) = if self.geometry.has_second_pass() {
            (cost::first_pass(g, self.experiment.coefficients), self.experiment.tile.alpha() * FILTER)
        } else {
            (cost::transform(g, self.how(), Sharing::Tile), positions)
        };
        let (filters, channels) = (self.filters(), self.channels());
        let mut stage = Stage {
            reads: vec![self.read(Tensor::W)],
            flops: channels * filters * per_filter,
            registers: self.transform_registers(9, made),
            ..self.stage("filter_transform.comp", Tensor::Ghat, true)
        };
        stage.macros.extend(self.ghat_macro());
        if let Some(staged) = StagedTaps::choose(self.experiment, self.limits) {
            stage.macros.extend(staged.macros());
            return Stage {
                blocks: staged.blocks(filters, channels),
                invocations: staged.invocations(),
                shared_bytes: staged.shared_bytes(),
                bounds_checks: staged.bounds_checks(),
                ..stage
            };
        }
        Stage { blocks: self.independent_blocks(filters, channels, self.grid_positions(positions)), ..stage }
    }

    /// How many passes of the filter transform come before GHAT is stored, as a column of the results.
    pub fn filter_parameters(&self) -> Vec<(String, String)> {
        match (self.experiment.ghat.placement, self.experiment.evaluation) {
            (Placement::Global, Evaluation::Separable) => {
                vec![("filter_passes".into(), self.geometry.filter_passes.to_string())]
            }
            _ => vec![],
        }
    }

    /// Which transform is recorded first where both are dispatches: what is set, or what is better.
    pub fn first_transform(&self) -> FirstTransform {
        let better = || if self.filters_first() { FirstTransform::Ghat } else { FirstTransform::Xhat };
        self.experiment.first.unwrap_or_else(better)
    }

    /// Whether the filter transform is better recorded before the input transform.
    fn filters_first(&self) -> bool {
        let bytes = |tensors: &[Tensor]| tensors.iter().map(|&tensor| self.read(tensor).1).sum::<u64>();
        let ghat = bytes(&[Tensor::Ghat]);
        let moved = bytes(&[Tensor::X, Tensor::Xhat, Tensor::W]) + ghat;
        EARLY_GHAT.contains(&ghat) || (ghat < *EARLY_GHAT.start() && moved > WORTH_HIDING)
    }

    /// Additions per tile of the sums that a stored MHAT is divided into.
    fn sums_of_splits(&self) -> u64 {
        (self.geometry.parts(Tensor::Mhat) - 1) * self.geometry.positions()
    }

    /// y from a stored MHAT.
    pub fn output_transform(&self) -> Stage {
        let outputs = self.geometry.tiling.m.pow(2);
        let per_tile = cost::transform(&self.geometry.transforms.at, self.how(), Sharing::Tile);
        let mut stage = Stage {
            reads: vec![self.read(Tensor::Mhat)],
            flops: self.filters() * self.tiles() * (per_tile + self.sums_of_splits()),
            ..self.stage("output_transform.comp", Tensor::Y, true)
        };
        if let Outputs::Staged(StagedTiles { tiles, invocations, shared_bytes }) = self.outputs {
            stage.macros.extend([("OUTPUT_STAGED", String::new()), ("BLOCK_P", format!("{tiles}u"))]);
            let turns = output_turns(self.tiles().div_ceil(tiles.into()), self.filters());
            stage.macros.push(("STAGED_TURNS", format!("{turns}u")));
            let blocks = [self.tiles().div_ceil(u64::from(tiles) * turns), self.filters(), 1];
            let registers = self.experiment.tile.alpha() + self.experiment.tile.m();
            // With the checks up to 8 % quicker in layers that caches hold, and no slower in others (docs/notebook.md, "Fewer
            // instructions for each access").
            return Stage { blocks, invocations, shared_bytes, registers, bounds_checks: true, ..stage };
        }
        Stage {
            blocks: self.independent_blocks(self.tiles(), self.filters(), self.grid_positions(outputs)),
            registers: self.transform_registers(self.positions(), outputs),
            ..stage
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::only;
    use super::*;
    use crate::plan::Limits;
    use crate::plan::convolution::lower;

    #[test]
    fn a_ghat_of_middling_size_is_recorded_first() {
        let phases_of = |batch: u32, channels: u32, size: u32, tile: u32, set: &[&str]| {
            let tile = format!("algorithm.tile={tile}");
            let set = [&[tile.as_str(), "algorithm.points=balanced"], set].concat();
            let plan =
                lower(&only([batch, channels, channels, size, size], &set), &Limits::default()).unwrap();
            plan.phases.iter().map(|phase| phase.name.clone()).collect::<Vec<_>>()
        };
        let phases = |batch, channels, size, tile| phases_of(batch, channels, size, tile, &[]);
        let ghat_first = ["ghat", "xhat", "mhat", "output"];
        let xhat_first = ["xhat", "ghat", "mhat", "output"];
        assert_eq!(phases(32, 128, 28, 7), ghat_first);
        assert_eq!(phases(32, 256, 14, 7), ghat_first, "7 MB of it");
        assert_eq!(phases(16, 256, 56, 7), ghat_first, "21 MB of it");
        assert_eq!(phases(1, 256, 14, 2), ghat_first, "4 MiB of it, and hardly any input");
        assert_eq!(phases(1, 255, 14, 2), xhat_first, "less of both");
        assert_eq!(phases(1, 64, 56, 7), xhat_first, "nothing to hide");
        assert_eq!(phases(32, 512, 7, 4), xhat_first, "38 MB of it");
        assert_eq!(phases(16, 512, 14, 7), xhat_first, "28 MB of it");
        let prefix = ["schedule.stop_after=ghat", "schedule.consume=none"];
        assert_eq!(phases_of(32, 128, 28, 7, &prefix), xhat_first[..2], "what is asked for is the last");
        assert_eq!(phases_of(32, 128, 28, 7, &["schedule.first=xhat"]), xhat_first, "set");
        assert_eq!(phases_of(1, 64, 56, 7, &["schedule.first=ghat"]), ghat_first, "set");
    }

    #[test]
    fn no_order_is_set_where_there_is_none() {
        for set in [
            &["schedule.stop_after=ghat", "schedule.consume=none"][..],
            &["buffers.ghat.placement=shared"],
            &["buffers.xhat.placement=register"],
            &["filter.reuse=cached"],
        ] {
            for first in ["schedule.first=xhat", "schedule.first=ghat"] {
                let experiment = only([1, 8, 8, 8, 8], &[set, &[first]].concat());
                let refused = lower(&experiment, &Limits::default()).map(|_| ()).unwrap_err().to_string();
                assert!(refused.contains("the timed run has not both transforms"), "{set:?}: {refused}");
            }
        }
    }

    /// What one pass saves the filter transform, and what the other costs the multiply for each block of tiles.
    #[test]
    fn a_second_pass_is_counted_where_it_is_made() {
        let phases = |passes: u32| {
            let passes = format!("transforms.filter_passes={passes}");
            let set = [passes.as_str(), "multiply.block.tiles=16", "multiply.splits=1"];
            let plan = lower(&only([1, 3, 5, 24, 24], &set), &Limits::default()).unwrap();
            let evaluations = plan.evaluations.iter().map(|of| of.times).collect::<Vec<_>>();
            let of = |name: &str| {
                let phase = plan.phases.iter().find(|phase| phase.name == name).unwrap();
                let [dispatch] = &phase.dispatches[..] else { panic!("one dispatch") };
                (dispatch.flops, dispatch.bytes)
            };
            (of("ghat"), of("mhat"), evaluations, plan.notes.len())
        };
        let ((ghat, ghat_bytes), (mhat, mhat_bytes), whole, no_note) = phases(2);
        let ((passed, passed_bytes), (product, product_bytes), once, note) = phases(1);
        // F(4×4): 15 filters and channels, 36 elements of each and 18 after one pass; 36 tiles are three blocks.
        let filters = 3 * 5;
        assert_eq!([ghat_bytes - passed_bytes, mhat_bytes - product_bytes], [4 * 18 * filters; 2]);
        // G over three columns of g, then over six rows of three.
        assert_eq!(passed * 9, ghat * 3);
        // Rows of G: 1/4; −1/6 −1/6 −1/6, twice so; 1/24 1/12 1/6, twice so; 1.
        assert_eq!(product - mhat, 3 * filters * 6 * (1 + 5 + 5 + 5 + 5));
        assert_eq!([whole, once], [vec![1.0, 1.0, 1.0], vec![1.0, 3.0, 1.0]]);
        assert_eq!([no_note, note], [0, 1], "what GHAT holds is told");
    }

    #[test]
    fn outputs_are_made_in_turn_where_many_workgroups_are_left() {
        assert_eq!(output_turns(32, 256), 4);
        assert_eq!(output_turns(2, 512), 2);
        assert_eq!(output_turns(2, 256), 1);
        assert_eq!(output_turns(1, 4096), 1, "there is one to make");
        assert_eq!(output_turns(7, 1), 1);
    }
}
