//! Defaults: settings that may be unset become an experiment in which nothing is.
//!
//! The defaults are the seed's OLD with every buffer in device memory.

use super::experiment::{Blocks, BufferFactors, DirectBlocks, Experiment, MeasureSettings, MultiplyBlocks};
use super::factors::{
    AlgorithmKind, Arithmetic, Barriers, Cache, Clock, Coefficients, Consume, Dtype, Evaluation, FilterReuse,
    Grid, Layout, Mapping, Placement, Points, StopAfter, Tile,
};
use super::layer::Layer;
use super::settings::{
    AlgorithmTable, BufferTable, DirectTable, Factors, MeasureTable, MultiplyTable, ScheduleTable,
};
use super::values::{Extent, Padding, Passes, RowPadding, VectorWidth};
use crate::winograd::Problem;

/// F(4×4, 3×3), the seed's.
const DEFAULT_TILE: Tile = Tile::ALL[1];

/// The experiment that `factors` describe, or the required keys that they leave unset.
pub(super) fn experiment(
    name: String,
    variant: String,
    factors: &Factors,
) -> Result<Experiment, Vec<&'static str>> {
    let factors = match factors.algorithm.as_ref().and_then(|table| table.kind) {
        Some(AlgorithmKind::Direct) => &without_winograd(factors),
        _ => &without_direct(factors),
    };
    let sizes = factors.problem.clone().unwrap_or_default();
    let (Some(in_channels), Some(out_channels), Some(height), Some(width)) =
        (sizes.in_channels, sizes.out_channels, sizes.height, sizes.width)
    else {
        let required = [
            ("problem.in_channels", sizes.in_channels),
            ("problem.out_channels", sizes.out_channels),
            ("problem.height", sizes.height),
            ("problem.width", sizes.width),
        ];
        return Err(required.into_iter().filter(|(_, size)| size.is_none()).map(|(key, _)| key).collect());
    };
    let problem = Problem {
        batch: sizes.batch.map_or(1, |size| size.get()),
        in_channels: in_channels.get(),
        out_channels: out_channels.get(),
        height: height.get(),
        width: width.get(),
        padding: sizes.padding.unwrap_or(Padding::SAME).get(),
    };
    let algorithm = factors.algorithm.clone().unwrap_or_default();
    let schedule = factors.schedule.clone().unwrap_or_default();
    let buffers = factors.buffers.clone().unwrap_or_default();
    let transforms = factors.transforms.clone().unwrap_or_default();
    let multiply = factors.multiply.clone().unwrap_or_default();
    let filter = factors.filter.clone().unwrap_or_default();
    let protocol = factors.measure.clone().unwrap_or_default();
    let stop_after = schedule.stop_after.unwrap_or(StopAfter::Output);
    Ok(Experiment {
        name,
        variant,
        problem,
        dtype: sizes.dtype.unwrap_or(Dtype::F32),
        algorithm: algorithm.kind.unwrap_or(AlgorithmKind::Winograd),
        grid: schedule.grid.unwrap_or(Grid::SpatialFirst),
        tile: algorithm.tile.unwrap_or(DEFAULT_TILE),
        points: algorithm.points.unwrap_or(Points::Integer),
        stop_after,
        consume: schedule.consume.unwrap_or_default().after(stop_after).unwrap_or(Consume::Full),
        barriers: schedule.barriers.unwrap_or(Barriers::Minimal),
        first: schedule.first,
        xhat: buffer(buffers.xhat),
        ghat: buffer(buffers.ghat),
        mhat: buffer(buffers.mhat),
        evaluation: transforms.evaluation.unwrap_or(Evaluation::Separable),
        coefficients: transforms.coefficients.unwrap_or(Coefficients::Literal),
        mapping: multiply.mapping.unwrap_or(Mapping::Blocked),
        arithmetic: multiply.arithmetic.unwrap_or(Arithmetic::F32),
        filter_reuse: filter.reuse.unwrap_or(FilterReuse::PerRun),
        blocks: Blocks {
            workgroup: schedule.workgroup.map(Extent::get),
            output_vector: transforms.vector.map(VectorWidth::get),
            input_tiles: transforms.input_tiles.map(Extent::get),
            filter_passes: transforms.filter_passes.map(Passes::get),
            multiply: multiply_blocks(multiply),
            direct: direct_blocks(factors.direct.clone().unwrap_or_default()),
        },
        clock: protocol.clock.unwrap_or(Clock::Device),
        cache: protocol.cache.unwrap_or(Cache::Warm),
        tuned_from: None,
    })
}

/// What has a meaning for direct convolution: two baselines that differ in nothing else are the same one.
fn without_winograd(factors: &Factors) -> Factors {
    let algorithm = factors.algorithm.as_ref().and_then(|table| table.kind);
    let grid = factors.schedule.as_ref().and_then(|table| table.grid);
    Factors {
        problem: factors.problem.clone(),
        algorithm: Some(AlgorithmTable { kind: algorithm, ..Default::default() }),
        schedule: Some(ScheduleTable { grid, ..Default::default() }),
        direct: factors.direct.clone(),
        measure: factors.measure.clone(),
        ..Default::default()
    }
}

/// What has a meaning for Winograd: the baseline's blocks make no difference to it.
fn without_direct(factors: &Factors) -> Factors {
    Factors { direct: None, ..factors.clone() }
}

fn buffer(table: Option<BufferTable>) -> BufferFactors {
    let table = table.unwrap_or_default();
    BufferFactors {
        placement: table.placement.unwrap_or(Placement::Global),
        layout: table.layout.unwrap_or(Layout::TransformMajor),
    }
}

fn multiply_blocks(table: MultiplyTable) -> MultiplyBlocks {
    let block = table.block.unwrap_or_default();
    let thread = table.thread.unwrap_or_default();
    MultiplyBlocks {
        filters: block.filters.map(Extent::get),
        tiles: block.tiles.map(Extent::get),
        channels: block.channels.map(Extent::get),
        thread_filters: thread.filters.map(Extent::get),
        thread_tiles: thread.tiles.map(Extent::get),
        thread_positions: thread.positions.map(Extent::get),
        vector: table.vector.map(VectorWidth::get),
        padding: table.padding.map(RowPadding::get),
        turns: table.turns.map(Extent::get),
        partial_sums: table.partial_sums.map(Extent::get),
        splits: table.splits.map(Extent::get),
    }
}

fn direct_blocks(table: DirectTable) -> DirectBlocks {
    let block = table.block.unwrap_or_default();
    let thread = table.thread.unwrap_or_default();
    DirectBlocks {
        method: table.method,
        filters: block.filters.map(Extent::get),
        rows: block.rows.map(Extent::get),
        columns: block.columns.map(Extent::get),
        channels: block.channels.map(Extent::get),
        thread_filters: thread.filters.map(Extent::get),
        thread_columns: thread.columns.map(Extent::get),
        teams: table.teams.map(Extent::get),
    }
}

/// The `[measure]` table: the file's under that of the overrides.
pub(super) fn measure_table(file: Option<&MeasureTable>, overrides: Option<&MeasureTable>) -> MeasureTable {
    let default = MeasureTable::default();
    file.unwrap_or(&default).under(overrides.unwrap_or(&default))
}

/// How experiments are measured.
pub(super) fn measure(table: &MeasureTable) -> MeasureSettings {
    const DEFAULT: MeasureSettings = MeasureSettings::DEFAULT;
    MeasureSettings {
        target_rel_ci: table.target_rel_ci.map_or(DEFAULT.target_rel_ci, |number| number.get()),
        max_seconds: table.max_seconds.map_or(DEFAULT.max_seconds, |number| number.get()),
        min_samples: table.min_samples.map_or(DEFAULT.min_samples, |number| number.get()),
        warmup_seconds: table.warmup_seconds.map_or(DEFAULT.warmup_seconds, |number| number.get()),
        min_region_us: table.min_region_us.map_or(DEFAULT.min_region_us, |number| number.get()),
        regions: table.regions.unwrap_or(DEFAULT.regions),
        evict_mib: table.evict_mib.map_or(DEFAULT.evict_mib, |number| number.get()),
        give_up_at: table.give_up_at.map(|number| number.get()).or(DEFAULT.give_up_at),
    }
}
