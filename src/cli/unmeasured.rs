//! What a row says of an experiment before any device is known.

use super::rows::COMMIT;
use crate::config::{AlgorithmKind, Clock, Experiment, MeasureSettings, hash};
use crate::kernels::compiler_version;
use crate::results::{Conditions, Mode, Phase, Row, Settled, Status};

/// The row of the `total` of an experiment of a configuration, without times, device, run or seed; failed, as long as
/// nothing else is known. `glsl_hash` is of the kernels that it would run.
pub fn unmeasured(config: &str, settings: &MeasureSettings, glsl_hash: &str, experiment: &Experiment) -> Row {
    let e = experiment;
    let winograd = e.algorithm == AlgorithmKind::Winograd;
    // A factor without meaning for the baseline is left empty.
    let of_winograd = |value: &str| if winograd { value.to_owned() } else { String::new() };
    Row {
        config: config.to_owned(),
        experiment: e.name.clone(),
        variant: e.variant.clone(),
        algorithm: e.algorithm.to_string(),
        tile: winograd.then(|| e.tile.m()),
        points: of_winograd(e.points.as_str()),
        stop_after: of_winograd(e.stop_after.as_str()),
        consume: of_winograd(e.consume.as_str()),
        xhat_placement: of_winograd(e.xhat.placement.as_str()),
        ghat_placement: of_winograd(e.ghat.placement.as_str()),
        mhat_placement: of_winograd(e.mhat.placement.as_str()),
        xhat_layout: of_winograd(e.xhat.layout.as_str()),
        ghat_layout: of_winograd(e.ghat.layout.as_str()),
        mhat_layout: of_winograd(e.mhat.layout.as_str()),
        evaluation: of_winograd(e.evaluation.as_str()),
        coefficients: of_winograd(e.coefficients.as_str()),
        mapping: of_winograd(e.mapping.as_str()),
        arithmetic: of_winograd(e.arithmetic.as_str()),
        grid: e.grid.to_string(),
        barriers: of_winograd(e.barriers.as_str()),
        filter_reuse: of_winograd(e.filter_reuse.as_str()),
        batch: e.problem.batch,
        in_channels: e.problem.in_channels,
        out_channels: e.problem.out_channels,
        height: e.problem.height,
        width: e.problem.width,
        padding: e.problem.padding,
        dtype: e.dtype.to_string(),
        phase: Phase::Total,
        mode: match e.clock {
            Clock::Device => Mode::Pipelined,
            Clock::HostLazy => Mode::HostLazy,
        },
        samples: None,
        median_ns: None,
        ci_low_ns: None,
        ci_high_ns: None,
        min_ns: None,
        p95_ns: None,
        noise_floor_ns: None,
        flops: None,
        bytes: None,
        floor_ns: None,
        compile_ns: None,
        pipeline_ns: None,
        rel_error: None,
        status: Status::Failed,
        reason: String::new(),
        device: String::new(),
        driver: String::new(),
        shader_compiler: compiler_version().to_owned(),
        spirv_hash: String::new(),
        config_hash: hash(e, settings),
        git_commit: COMMIT.to_owned(),
        timestamp_utc: String::new(),
        seed: 0,
        max_abs_error: None,
        cache: match e.clock {
            Clock::Device => e.cache.to_string(),
            Clock::HostLazy => String::new(),
        },
        repeats: None,
        stopped: None,
        order_seed: None,
        discarded: None,
        warnings: String::new(),
        pipeline_cached_ns: None,
        record_ns: None,
        submit_to_start_ns: None,
        device_ns: None,
        readback_ns: None,
        device_uuid: String::new(),
        tuned_from: e.tuned_from.clone().unwrap_or_default(),
        glsl_hash: glsl_hash.to_owned(),
        settled: Settled::default(),
        conditions: Conditions::default(),
    }
}
