//! The multiply-reduce, alone or fused with what consumes MHAT.

use super::Stages;
use crate::config::{Consume, Evaluation, Experiment, Mapping, Placement, StopAfter};
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;
use crate::plan::convolution::blocking::{Block, ElementBlock, GemmBlock, Owned, TiledBlock};
use crate::plan::convolution::cost::{self, Sharing};
use crate::plan::convolution::dispatch::Stage;
use crate::plan::convolution::evaluations::{Division, Operand};
use crate::plan::convolution::tensor::{Geometry, Tensor};
use crate::winograd::linear::terms;

/// The multiply and what was chosen for it.
pub struct Multiply {
    /// The dispatch.
    pub stage: Stage,
    /// Its block sizes, as columns of the results.
    pub parameters: Vec<(String, String)>,
    /// Evaluations per element of XHAT, GHAT and MHAT.
    pub evaluations: [f64; 3],
}

/// Where xhat, ghat and mhat live.
fn placements(experiment: &Experiment) -> [Placement; 3] {
    [experiment.xhat, experiment.ghat, experiment.mhat].map(|buffer| buffer.placement)
}

/// Whether the multiply has one position per workgroup: the blocked one, with every buffer in device memory.
pub(super) fn is_gemm(experiment: &Experiment) -> bool {
    experiment.mapping == Mapping::Blocked && placements(experiment) == [Placement::Global; 3]
}

/// The block of a multiply with one position per workgroup; none where there is no multiply, or another.
///
/// # Errors
/// If sizes that are set contradict one another.
pub(super) fn gemm_block(
    experiment: &Experiment,
    geometry: &Geometry,
    limits: &Limits,
) -> Result<Option<GemmBlock>, Unplannable> {
    if experiment.stop_after < StopAfter::Mhat || !is_gemm(experiment) {
        return Ok(None);
    }
    // A prefix is to end with MHAT itself, unless it is told otherwise.
    let may_split = experiment.stop_after == StopAfter::Output;
    GemmBlock::choose(&experiment.blocks.multiply, limits, &geometry.product(), may_split).map(Some)
}

impl Stages<'_> {
    /// The multiply in its mapping, with every buffer at its placement.
    ///
    /// # Errors
    /// If block sizes that are set do not divide one another, or nothing would run.
    pub fn multiply(&self) -> Result<Multiply, Unplannable> {
        let buffers = placements(self.experiment);
        let is_fused = buffers[2] != Placement::Global;
        if is_fused
            && self.experiment.stop_after == StopAfter::Mhat
            && self.experiment.consume == Consume::None
        {
            return Err(Unplannable("MHAT is not stored, and nothing consumes it".into()));
        }
        match self.experiment.mapping {
            Mapping::Blocked => self.gemm.map_or_else(|| self.tiled(buffers), |block| Ok(self.gemm(&block))),
            Mapping::Element => Ok(self.element(buffers)),
        }
    }

    /// One position per workgroup.
    fn gemm(&self, block: &GemmBlock) -> Multiply {
        let (positions, filters, tiles) = (self.geometry.positions(), self.filters(), self.tiles());
        let has_second_pass = self.geometry.has_second_pass();
        let mut stage = self.stage("multiply_blocked.comp", Tensor::Mhat, has_second_pass);
        stage.macros.extend(block.macros());
        stage.macros.extend(self.ghat_macro());
        let [filter_blocks, tile_blocks] = block.product.blocks_along(filters, tiles);
        // What is made of G g as it is loaded is made anew for each block of tiles.
        let (ghat_times, second_pass) = if has_second_pass {
            let per_filter = cost::second_pass(&self.geometry.transforms.g, self.experiment.coefficients);
            (tile_blocks as f64, tile_blocks * self.channels() * filters * per_filter)
        } else {
            (1.0, 0)
        };
        let stage = Stage {
            reads: vec![self.xhat_source(), self.ghat_source()],
            blocks: [block.workgroups_along(tiles), filter_blocks, positions * u64::from(block.splits)],
            invocations: block.invocations(),
            shared_bytes: block.shared_bytes(),
            flops: self.products() + second_pass,
            registers: block.registers(),
            bounds_checks: block.bounds_checks(),
            ..stage
        };
        Multiply { stage, parameters: block.parameters(), evaluations: [1.0, ghat_times, 1.0] }
    }

    /// All positions of some tiles per workgroup.
    fn tiled(&self, buffers: [Placement; 3]) -> Result<Multiply, Unplannable> {
        let (filters, tiles) = (self.filters(), self.tiles());
        let settings = &self.experiment.blocks.multiply;
        let block = TiledBlock::choose(settings, self.limits, buffers, self.positions(), filters, tiles)?;
        let [filter_blocks, tile_blocks] = block.product.blocks_along(filters, tiles);
        let division = |workgroups: u64, per_workgroup: u32| Division {
            workgroups: workgroups as f64,
            invocations: workgroups as f64 * f64::from(per_workgroup),
            uses: f64::INFINITY, // refused by the configuration
            whole_tiles: true,
        };
        let xhat =
            division(filter_blocks, block.product.filters / block.product.thread_filters).operand(buffers[0]);
        let ghat =
            division(tile_blocks, block.product.tiles / block.product.thread_tiles).operand(buffers[1]);
        let mut stage = self.stage("multiply_tiled.comp", self.multiply_result(), true);
        stage.macros.extend(block.macros());
        let stage = Stage {
            reads: vec![self.xhat_source(), self.ghat_source()],
            blocks: [tile_blocks, filter_blocks, 1],
            invocations: block.invocations(),
            shared_bytes: block.shared_bytes(),
            flops: self.products() + self.operand_flops(xhat, ghat) + self.consumer_flops(),
            registers: block.registers(),
            ..stage
        };
        Ok(Multiply { stage, parameters: block.parameters(), evaluations: [xhat.times, ghat.times, 1.0] })
    }

    /// One invocation per element of what is made.
    fn element(&self, buffers: [Placement; 3]) -> Multiply {
        let (positions, filters, tiles) = (self.positions(), self.filters(), self.tiles());
        let (places, uses) = self.consumer_uses();
        let block = ElementBlock::choose(&self.experiment.blocks, self.limits, buffers, positions, places);
        let (filter_blocks, tile_blocks) =
            (filters.div_ceil(block.filters.into()), tiles.div_ceil(block.tiles.into()));
        // Each of a pair's places uses some of its positions; otherwise each position is used once.
        let (owners, mhat_times) = match block.owned {
            Owned::Position => (positions, 1.0),
            Owned::Tile => (1, 1.0),
            Owned::Place(places) => (places, uses as f64 / f64::from(positions)),
        };
        let grid = u64::from(owners / block.owners);
        let places = if let Owned::Place(places) = block.owned { places } else { 1 };
        let division = |workgroups: u64, pairs: u64| Division {
            workgroups: (workgroups * u64::from(places).min(grid)) as f64,
            invocations: (pairs * u64::from(places)) as f64,
            uses: pairs as f64 * mhat_times,
            whole_tiles: block.whole_tiles(),
        };
        let xhat = division(filter_blocks, filters).operand(buffers[0]);
        let ghat = division(tile_blocks, tiles).operand(buffers[1]);
        let flops = match block.owned {
            Owned::Place(_) => self.channels() * filters * tiles * self.place_flops(),
            Owned::Position | Owned::Tile => self.products() + self.consumer_flops(),
        };
        let transforming = buffers != [Placement::Global; 3];
        let mut stage = self.stage("multiply_element.comp", self.multiply_result(), transforming);
        stage.macros.extend(block.macros());
        let stage = Stage {
            reads: vec![self.xhat_source(), self.ghat_source()],
            blocks: [tile_blocks, filter_blocks, grid],
            invocations: block.invocations(),
            shared_bytes: block.shared_bytes(),
            flops: flops + self.operand_flops(xhat, ghat),
            registers: block.registers(buffers),
            // Without, 4 % slower at the seed's shape on an NVIDIA H200.
            bounds_checks: true,
            ..stage
        };
        let evaluations = [xhat.times, ghat.times, mhat_times];
        Multiply { stage, parameters: block.parameters(), evaluations }
    }

    fn multiply_result(&self) -> Tensor {
        match self.experiment.mhat.placement {
            Placement::Global => Tensor::Mhat,
            _ => self.mhat_result(),
        }
    }

    /// A multiplication and an addition for each channel of each element of MHAT.
    fn products(&self) -> u64 {
        2 * self.channels() * self.geometry.positions() * self.filters() * self.tiles()
    }

    /// What evaluating the operands that are not materialised costs.
    fn operand_flops(&self, xhat: Operand, ghat: Operand) -> u64 {
        let transforms = &self.geometry.transforms;
        let cost = |placement, operand: Operand, matrix, tiles: u64| match placement {
            Placement::Global => 0,
            _ => {
                (operand.times * (tiles * cost::transform(matrix, self.how(), operand.sharing)) as f64) as u64
            }
        };
        let [xhat_at, ghat_at, _] = placements(self.experiment);
        cost(xhat_at, xhat, &transforms.bt, self.channels() * self.tiles())
            + cost(ghat_at, ghat, &transforms.g, self.channels() * self.filters())
    }

    /// What the output transform costs, where it is fused with the multiply.
    fn consumer_flops(&self) -> u64 {
        if self.multiply_result() != Tensor::Y {
            return 0;
        }
        let at = &self.geometry.transforms.at;
        self.filters() * self.tiles() * cost::transform(at, self.how(), Sharing::Tile)
    }

    /// Elements that MHAT's consumer makes per tile, and how often it uses an element of the tile to make them.
    fn consumer_uses(&self) -> (u32, u64) {
        let m = self.geometry.tiling.m;
        match self.mhat_result() {
            Tensor::Y => {
                let at = &self.geometry.transforms.at;
                let nonzero: usize = (0..at.rows()).map(|row| terms(at.row(row)).count()).sum();
                (m.pow(2), (nonzero as u64).pow(2))
            }
            Tensor::PartialMhat => (m.pow(2), u64::from(m).pow(2)),
            _ => (self.positions(), self.positions().into()),
        }
    }

    /// Operations per channel for all places of a tile of which each evaluates the products that it uses.
    fn place_flops(&self) -> u64 {
        let (places, uses) = self.consumer_uses();
        match (self.mhat_result(), self.experiment.evaluation) {
            // The product, its share of the place from two matrix elements, and the sum.
            (Tensor::Y, Evaluation::Kron) => 4 * uses,
            // The product, its share of a column's sum, and that sum's share of the place.
            (Tensor::Y, Evaluation::Separable) => {
                3 * uses + 2 * u64::from(places) * u64::from(self.geometry.tiling.alpha())
            }
            _ => 2 * uses,
        }
    }
}
