//! Rows made up for tests: a plain row, a builder of prefixes, and the cases of the golden reports.

use super::columns::{Conditions, Row, Settled};
use super::kernels::KernelFact;
use super::shares::ShareRow;
use super::values::{Mode, Phase, Status};

/// A plain isolated multiply-reduce row.
pub fn row() -> Row {
    Row {
        config: "investigation".to_owned(),
        experiment: "new/stop_after=mhat".to_owned(),
        variant: "new".to_owned(),
        algorithm: "winograd".to_owned(),
        tile: Some(4),
        points: "integer".to_owned(),
        stop_after: "mhat".to_owned(),
        consume: "full".to_owned(),
        xhat_placement: "global".to_owned(),
        ghat_placement: "global".to_owned(),
        mhat_placement: "global".to_owned(),
        xhat_layout: "tile_major".to_owned(),
        ghat_layout: "tile_major".to_owned(),
        mhat_layout: "tile_major".to_owned(),
        evaluation: "kron".to_owned(),
        coefficients: "select".to_owned(),
        mapping: "blocked".to_owned(),
        arithmetic: "f32".to_owned(),
        grid: "channel_first".to_owned(),
        barriers: "minimal".to_owned(),
        filter_reuse: "per_run".to_owned(),
        batch: 1,
        in_channels: 16,
        out_channels: 16,
        height: 32,
        width: 32,
        padding: 1,
        dtype: "f32".to_owned(),
        phase: Phase::Mhat,
        mode: Mode::Isolated,
        samples: Some(100),
        median_ns: Some(12_340.5),
        ci_low_ns: Some(12_300.0),
        ci_high_ns: Some(12_400.0),
        min_ns: Some(12_000.0),
        p95_ns: Some(13_000.0),
        noise_floor_ns: Some(120.0),
        flops: Some(1_179_648),
        bytes: Some(331_776),
        floor_ns: None,
        compile_ns: Some(2.5e7),
        pipeline_ns: Some(1.5e6),
        rel_error: Some(4.1e-7),
        status: Status::Ok,
        reason: String::new(),
        device: "NVIDIA H200".to_owned(),
        driver: "NVIDIA 570.0".to_owned(),
        shader_compiler: "shaderc 2023.2".to_owned(),
        spirv_hash: "5a5a".to_owned(),
        config_hash: "c0ffee".to_owned(),
        git_commit: "0123abc".to_owned(),
        timestamp_utc: "2025-11-01T10:00:00Z".to_owned(),
        seed: u64::MAX,
        max_abs_error: None,
        cache: String::new(),
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
        tuned_from: String::new(),
        device_uuid: String::new(),
        glsl_hash: String::new(),
        settled: Settled::default(),
        conditions: Conditions::default(),
    }
}

/// A figure of the kernel of [`row`].
pub(super) fn fact(statistic: &str, value: &str) -> KernelFact {
    let Row { config, experiment, phase, spirv_hash, device, driver, git_commit, timestamp_utc, .. } = row();
    KernelFact {
        config,
        experiment,
        phase,
        dispatch: "multiply_blocked".to_owned(),
        spirv_hash,
        executable: "Compute Shader".to_owned(),
        subgroup_size: Some(32),
        statistic: statistic.to_owned(),
        value: value.to_owned(),
        format: "u64".to_owned(),
        description: "Made up.".to_owned(),
        device,
        driver,
        git_commit,
        timestamp_utc,
    }
}

/// A factor's share of NEW/OLD in phase 3.
pub(super) fn share(factor: &str, share: f64) -> ShareRow {
    ShareRow {
        config: "investigation".to_owned(),
        from: "old/stop_after=mhat".to_owned(),
        to: "new/stop_after=mhat".to_owned(),
        stop_after: "mhat".to_owned(),
        batch: 1,
        in_channels: 16,
        out_channels: 16,
        height: 32,
        width: 32,
        padding: 1,
        dtype: "f32".to_owned(),
        mode: Mode::Pipelined,
        factor: factor.to_owned(),
        from_value: "a".to_owned(),
        to_value: "b".to_owned(),
        share,
        ci_low: share * 0.99,
        ci_high: share * 1.01,
        first: None,
        last: None,
        is_noise: 0,
        spread: None,
        orderings: 24,
        orderings_total: 24,
        device: "NVIDIA H200".to_owned(),
        driver: "NVIDIA 570.0".to_owned(),
        shader_compiler: "shaderc 2023.2".to_owned(),
        git_commit: "0123abc".to_owned(),
        timestamp_utc: "2025-11-01T11:00:00Z".to_owned(),
    }
}

/// The row of a phase with a time of ±1 %, its SPIR-V its variant's own.
pub(super) fn timed(base: &Row, phase: Phase, mode: Mode, ns: f64) -> Row {
    Row {
        phase,
        mode,
        median_ns: Some(ns),
        ci_low_ns: Some(ns * 0.99),
        ci_high_ns: Some(ns * 1.01),
        spirv_hash: format!("{}-{phase}", base.variant),
        ..base.clone()
    }
}

/// What the golden reports are of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Case {
    /// Phase 3 is 40× slower in NEW, phase 4 recovers; the compiled form does not.
    RegressionAndRecovery,
    /// NEW and OLD take the same time throughout.
    NoRegression,
    /// Some prefixes are missing, wrong, failed or without their isolated rows.
    MissingAndWrong,
}

/// Builds rows an experiment at a time, each time with an interval of ±1 %.
#[derive(Default)]
pub(super) struct RowsBuilder {
    /// The rows so far.
    pub rows: Vec<Row>,
}

impl RowsBuilder {
    /// The rows of a golden case.
    pub fn case(case: Case) -> Vec<Row> {
        let mut rows = Self::default();
        rows.direct(353.0);
        match case {
            Case::RegressionAndRecovery => {
                rows.variant("old", 1.0, 30.0, 30.0);
                rows.variant("new", 1.2, 2000.0, 33.0);
                rows.variant("old_compiled", 1.0, 3000.0, 3000.0);
                rows.variant("new_compiled", 1.0, 9000.0, 6000.0);
            }
            Case::NoRegression => {
                rows.variant("old", 1.0, 30.0, 30.0);
                rows.variant("new", 1.001, 30.1, 30.1);
            }
            Case::MissingAndWrong => {
                rows.variant("old", 1.0, 30.0, 30.0);
                rows.variant("new", 1.2, 60.0, 60.0);
                rows.rows.retain(|row| row.experiment != "old/stop_after=ghat");
                rows.fail("new/stop_after=mhat", Status::Wrong, "MHAT differs from its f64 twin by 3.1e-1.");
                rows.rows
                    .retain(|row| row.experiment != "old/stop_after=output" || row.phase != Phase::Output);
                rows.no_interval("old/stop_after=xhat");
                rows.prefix("old_compiled", "mhat", &[("mhat", 3000.0)], 3010.0);
                rows.rows.retain(|row| {
                    row.experiment != "old_compiled/stop_after=mhat" || row.phase == Phase::Total
                });
                rows.fail(
                    "old_compiled/stop_after=mhat",
                    Status::Unsupported,
                    "needs 40 KiB of shared memory | 32",
                );
            }
        }
        rows.rows
    }

    /// The baseline, in µs.
    pub fn direct(&mut self, time: f64) {
        let base = Row {
            experiment: "direct".to_owned(),
            variant: "direct".to_owned(),
            algorithm: "direct".to_owned(),
            tile: None,
            stop_after: String::new(),
            ..row()
        };
        self.push(&base, Phase::Direct, Mode::Isolated, time);
        self.push(&base, Phase::Total, Mode::Pipelined, time);
    }

    /// The four prefixes of a variant whose transforms take `scale` times some µs, and whose multiply-reduce
    /// takes `last` µs where it is the last phase and `inner` µs in the whole algorithm.
    pub fn variant(&mut self, variant: &str, scale: f64, last: f64, inner: f64) {
        let (xhat, ghat, consume, output) = (8.0 * scale, 3.0 * scale, 2.0 * scale, 6.0 * scale);
        let first = [("xhat", xhat), ("consume", consume)];
        self.prefix(variant, "xhat", &first, xhat + consume);
        let second = [("xhat", xhat), ("ghat", ghat), ("consume", consume)];
        self.prefix(variant, "ghat", &second, xhat + ghat + consume);
        let third = [("xhat", xhat), ("ghat", ghat), ("mhat", last), ("consume", consume)];
        self.prefix(variant, "mhat", &third, xhat + ghat + last + consume);
        let fourth = [("xhat", xhat), ("ghat", ghat), ("mhat", inner), ("output", output)];
        self.prefix(variant, "output", &fourth, xhat + ghat + inner + output);
    }

    /// One prefix: its isolated phases and its pipelined total, in µs.
    pub fn prefix(&mut self, variant: &str, stop_after: &str, phases: &[(&str, f64)], total: f64) {
        let base = Row {
            experiment: format!("{variant}/stop_after={stop_after}"),
            variant: variant.to_owned(),
            stop_after: stop_after.to_owned(),
            ..row()
        };
        for &(phase, time) in phases {
            self.push(&base, Phase::parse(phase).unwrap(), Mode::Isolated, time);
        }
        self.push(&base, Phase::Total, Mode::Pipelined, total);
    }

    /// One prefix by the host's clock, in µs.
    pub fn by_host(&mut self, variant: &str, stop_after: &str, total: f64) {
        let base = Row {
            experiment: format!("{variant}/stop_after={stop_after}/clock=host_lazy"),
            variant: variant.to_owned(),
            stop_after: stop_after.to_owned(),
            ..row()
        };
        self.push(&base, Phase::Total, Mode::HostLazy, total);
    }

    fn push(&mut self, base: &Row, phase: Phase, mode: Mode, microseconds: f64) {
        self.rows.push(timed(base, phase, mode, microseconds * 1e3));
    }

    fn fail(&mut self, experiment: &str, status: Status, reason: &str) {
        for row in self.rows.iter_mut().filter(|row| row.experiment == experiment) {
            row.status = status;
            row.reason = reason.to_owned();
            (row.median_ns, row.ci_low_ns, row.ci_high_ns) = (None, None, None);
            row.rel_error = (status == Status::Wrong).then_some(0.31);
        }
    }

    fn no_interval(&mut self, experiment: &str) {
        for row in self.rows.iter_mut().filter(|row| row.experiment == experiment) {
            (row.ci_low_ns, row.ci_high_ns) = (None, None);
        }
    }
}
