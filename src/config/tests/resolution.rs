//! Defaults, and the layers over them.

use super::super::*;
use super::{accept, single};
use crate::winograd::Problem;

#[test]
fn what_is_unset_is_the_seeds_old_in_device_memory() {
    let buffer = BufferFactors { placement: Placement::Global, layout: Layout::TransformMajor };
    let configuration = accept("", &[]);
    assert_eq!(
        configuration.experiments,
        [Experiment {
            name: "x".to_owned(),
            variant: "x".to_owned(),
            problem: Problem {
                batch: 1,
                in_channels: 16,
                out_channels: 16,
                height: 32,
                width: 32,
                padding: 1
            },
            dtype: Dtype::F32,
            algorithm: AlgorithmKind::Winograd,
            grid: Grid::SpatialFirst,
            tile: Tile::ALL[1],
            points: Points::Integer,
            stop_after: StopAfter::Output,
            consume: Consume::None,
            barriers: Barriers::Minimal,
            first: None,
            xhat: buffer,
            ghat: buffer,
            mhat: buffer,
            evaluation: Evaluation::Separable,
            coefficients: Coefficients::Literal,
            mapping: Mapping::Blocked,
            arithmetic: Arithmetic::F32,
            filter_reuse: FilterReuse::PerRun,
            blocks: Blocks::default(),
            clock: Clock::Device,
            cache: Cache::Warm,
            tuned_from: None,
        }]
    );
    assert_eq!(Tile::ALL[1].m(), 4);
    assert_eq!(
        configuration.measure,
        MeasureSettings {
            target_rel_ci: 0.01,
            max_seconds: 5.0,
            min_samples: 20,
            warmup_seconds: 1.0,
            min_region_us: 1000.0,
            regions: Regions::All,
            evict_mib: 256,
            give_up_at: None,
        }
    );
}

#[test]
fn every_key_reaches_its_field() {
    let default = single("", &[]);
    let set = |key: &str| single("", &["schedule.stop_after=mhat", "multiply.mapping=element", key]);
    let stopped = set("multiply.mapping=element");
    assert_eq!(set("problem.batch=2").problem.batch, 2);
    assert_eq!(set("problem.in_channels=3").problem.in_channels, 3);
    assert_eq!(set("problem.out_channels=4").problem.out_channels, 4);
    assert_eq!(set("problem.height=5").problem.height, 5);
    assert_eq!(set("problem.width=6").problem.width, 6);
    assert_eq!(set("problem.padding=0").problem.padding, 0);
    assert_eq!(set("problem.dtype=f32"), stopped);
    assert_eq!(set("algorithm.kind=direct").algorithm, AlgorithmKind::Direct);
    assert_eq!(set("algorithm.tile=6").tile.m(), 6);
    assert_eq!(set("algorithm.points=integer"), stopped);
    assert_eq!(set("schedule.stop_after=ghat").stop_after, StopAfter::Ghat);
    assert_eq!(set("schedule.consume=partial").consume, Consume::Partial);
    assert_eq!(set("schedule.grid=channel_first").grid, Grid::ChannelFirst);
    assert_eq!(set("schedule.barriers=full").barriers, Barriers::Full);
    assert_eq!(set("buffers.xhat.placement=inline").xhat.placement, Placement::Inline);
    assert_eq!(set("buffers.xhat.layout=tile_major").xhat.layout, Layout::TileMajor);
    assert_eq!(set("buffers.ghat.placement=inline").ghat.placement, Placement::Inline);
    assert_eq!(set("buffers.ghat.layout=tile_major").ghat.layout, Layout::TileMajor);
    assert_eq!(set("buffers.mhat.placement=global"), stopped);
    assert_eq!(set("buffers.mhat.layout=tile_major").mhat.layout, Layout::TileMajor);
    assert_eq!(set("transforms.evaluation=kron").evaluation, Evaluation::Kron);
    assert_eq!(set("transforms.coefficients=select").coefficients, Coefficients::Select);
    assert_eq!(single("", &["multiply.mapping=element"]).mapping, Mapping::Element);
    assert_eq!(set("multiply.arithmetic=f32"), stopped);
    assert_eq!(set("filter.reuse=cached").filter_reuse, FilterReuse::Cached);
    assert_eq!(set("schedule.first=ghat").first, Some(FirstTransform::Ghat));
    assert_eq!(set("schedule.workgroup=128").blocks, Blocks { workgroup: Some(128), ..Blocks::default() });
    assert_eq!(set("measure.clock=host_lazy").clock, Clock::HostLazy);
    assert_eq!(set("measure.cache=cold").cache, Cache::Cold);
    assert_eq!(default.mapping, Mapping::Blocked);
    let measure = "[measure]\ntarget_rel_ci = 0.5\nmax_seconds = 1\nmin_samples = 2\nwarmup_seconds = 0\n\
                   min_region_us = 3\nregions = \"pipelined\"\nevict_mib = 7\ngive_up_at = 1.5\n\
                   [sweep]\n\"measure.cache\" = [\"warm\", \"cold\"]\n";
    assert_eq!(
        accept(measure, &["measure.min_region_us=4.5"]).measure,
        MeasureSettings {
            target_rel_ci: 0.5,
            max_seconds: 1.0,
            min_samples: 2,
            warmup_seconds: 0.0,
            min_region_us: 4.5,
            regions: Regions::Pipelined,
            evict_mib: 7,
            give_up_at: Some(1.5),
        }
    );
}

#[test]
fn every_block_size_reaches_its_field() {
    let multiply = "[multiply]\nblock = { filters = 64, tiles = 32, channels = 8 }\n\
                    thread = { filters = 4, tiles = 8, positions = 6 }\nvector = 4\npadding = 0\nturns = 3\npartial_sums = 16\nsplits = 5\n";
    let expected = MultiplyBlocks {
        filters: Some(64),
        tiles: Some(32),
        channels: Some(8),
        thread_filters: Some(4),
        thread_tiles: Some(8),
        thread_positions: Some(6),
        vector: Some(4),
        padding: Some(0),
        turns: Some(3),
        partial_sums: Some(16),
        splits: Some(5),
    };
    assert_eq!(single(multiply, &[]).blocks.multiply, expected);
    // A dotted key replaces one of a table's.
    let narrower = single(multiply, &["multiply.block.tiles=16", "multiply.vector=2"]).blocks.multiply;
    assert_eq!(narrower, MultiplyBlocks { tiles: Some(16), vector: Some(2), ..expected });
    let direct = "[algorithm]\nkind = \"direct\"\n[direct]\nmethod = \"patch\"\n\
                  block = { filters = 32, rows = 4, columns = 16, channels = 2 }\nthread.filters = 8\n";
    let expected = DirectBlocks {
        method: Some(DirectMethod::Patch),
        filters: Some(32),
        rows: Some(4),
        columns: Some(16),
        channels: Some(2),
        thread_filters: Some(8),
        thread_columns: Some(2),
        teams: None,
    };
    assert_eq!(single(direct, &["direct.thread.columns=2"]).blocks.direct, expected);
    let teams = single("[algorithm]\nkind = \"direct\"\n", &["direct.teams=3"]).blocks.direct;
    assert_eq!(teams, DirectBlocks { teams: Some(3), ..Default::default() });
}

#[test]
fn a_consumer_can_differ_by_phase_and_is_none_after_the_output() {
    let after = |phase: &str, below: &str, consume: &[&str]| {
        let stop = format!("schedule.stop_after={phase}");
        single(below, &[&[stop.as_str()], consume].concat()).consume
    };
    let by_phase = "[schedule]\nconsume = { xhat = \"partial\", mhat = \"none\" }\n";
    assert_eq!(after("xhat", by_phase, &[]), Consume::Partial);
    assert_eq!(after("ghat", by_phase, &[]), Consume::Full);
    assert_eq!(after("mhat", by_phase, &[]), Consume::None);
    assert_eq!(after("output", by_phase, &[]), Consume::None);
    // A word replaces all of a table below it, a table only what it sets.
    assert_eq!(after("xhat", by_phase, &["schedule.consume=full"]), Consume::Full);
    assert_eq!(after("xhat", by_phase, &["schedule.consume={ ghat = \"none\" }"]), Consume::Partial);
    assert_eq!(after("ghat", by_phase, &["schedule.consume.ghat=none"]), Consume::None);
}

#[test]
fn a_direct_convolution_has_none_of_winograds_factors() {
    let direct = "[algorithm]\nkind = \"direct\"\n";
    let winograd = [
        "algorithm.tile=6",
        "schedule.stop_after=xhat",
        "buffers.mhat.placement=shared",
        "filter.reuse=cached",
        "schedule.workgroup=128",
        "multiply.block.tiles=64",
        "multiply.vector=4",
    ];
    assert_eq!(single(direct, &winograd), single(direct, &[]));
    assert_eq!(single(direct, &["schedule.grid=channel_first"]).grid, Grid::ChannelFirst);
    assert_eq!(single(direct, &["measure.clock=host_lazy"]).clock, Clock::HostLazy);
    assert_eq!(single(direct, &["measure.cache=cold"]).cache, Cache::Cold);
}

#[test]
fn a_winograd_convolution_has_none_of_the_baselines_blocks() {
    let direct = ["direct.block.filters=8", "direct.thread={ filters = 3, columns = 2 }"];
    assert_eq!(single("", &direct), single("", &[]));
}
