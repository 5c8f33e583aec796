//! Measurements as results rows, with their provenance.

use std::collections::HashMap;

use super::unmeasured::unmeasured;
use crate::config::{Cache, Experiment, MeasureSettings};
use crate::gpu::Device;
use crate::measure::{self, KernelFacts, Measurement, RegionResult, Stopped, Verdict};
use crate::plan::{Dispatch, Plan};
use crate::results::ceilings::Ceilings;
use crate::results::{self, Conditions, KernelFact, Mode, Phase, Row, Sample, Settled, Status};

/// The commit that the binary was built from.
pub const COMMIT: &str = env!("WINOSCOPE_COMMIT");

/// Makes the rows of one configuration on one device.
pub struct Rows<'a> {
    /// The configuration's name.
    pub config: &'a str,
    /// Its settings.
    pub settings: &'a MeasureSettings,
    /// The device.
    pub device: &'a Device,
    /// The hash of the kernels' sources.
    pub glsl_hash: &'a str,
    /// Whether the validation layer is loaded, whose times stand for nothing else.
    pub validated: bool,
    /// What floors come from, where the device's ceilings are known.
    pub ceilings: Option<&'a Ceilings>,
    /// The seed of the inputs.
    pub seed: u64,
    /// When the run began.
    pub timestamp: String,
    /// The seed of the order in which the experiments of the comparison under way are interleaved.
    pub order_seed: Option<u64>,
    /// What the plans settled, by the experiments' names; see [`Rows::settle`].
    pub settled: HashMap<String, Settled>,
}

impl Rows<'_> {
    /// Keeps what the plan of an experiment settled, for every row of it.
    pub fn settle(&mut self, experiment: &Experiment, plan: &Plan) {
        let settled =
            Settled::of(&plan.parameters).expect("a plan's parameters are numbers, as their columns are");
        self.settled.insert(experiment.name.clone(), settled);
    }

    /// A row of an experiment with everything that is known before it is measured.
    pub fn template(&self, experiment: &Experiment) -> Row {
        let info = self.device.info();
        Row {
            device: info.name.clone(),
            device_uuid: info.uuid.clone(),
            driver: driver(self.device, self.validated),
            timestamp_utc: self.timestamp.clone(),
            seed: self.seed,
            settled: self.settled.get(&experiment.name).cloned().unwrap_or_default(),
            ..unmeasured(self.config, self.settings, self.glsl_hash, experiment)
        }
    }

    /// Whether an earlier row stands for the same computation on the same device and build as `template`, whose
    /// `spirv_hash` is the total's, and need not be measured again.
    pub fn same(earlier: &Row, template: &Row) -> bool {
        let settled = matches!(earlier.status, Status::Ok | Status::Unsupported);
        let same_kernels = earlier.phase != Phase::Total || earlier.spirv_hash == template.spirv_hash;
        settled
            && same_kernels
            && earlier.config_hash == template.config_hash
            && earlier.driver == template.driver
            && earlier.shader_compiler == template.shader_compiler
            && earlier.git_commit == template.git_commit
    }

    /// The row of an experiment that could not be measured.
    pub fn failure(&self, experiment: &Experiment, error: &measure::Error) -> Row {
        let status = match error {
            measure::Error::Exceeds(_) | measure::Error::TooLarge(_) => Status::Unsupported,
            _ => Status::Failed,
        };
        Row { status, reason: error.to_string(), ..self.template(experiment) }
    }

    /// The rows and samples of a measured experiment.
    pub fn measured(&self, experiment: &Experiment, measurement: &Measurement) -> (Vec<Row>, Vec<Sample>) {
        let conditions = conditions(&measurement.conditions);
        let template = Row { conditions, ..self.template(experiment) };
        let region = |region| self.region(&template, region, &measurement.verdict);
        let mut rows: Vec<Row> = measurement.regions.iter().map(region).collect();
        if let Some(ceilings) = self.ceilings {
            ceilings.fill(&mut rows);
        }
        let samples = measurement.regions.iter().flat_map(|region| {
            region.samples.iter().enumerate().map(|(index, &nanoseconds)| Sample {
                config: template.config.clone(),
                experiment: template.experiment.clone(),
                phase: phase(&region.phase),
                mode: mode(region),
                sample: index as u64,
                nanoseconds,
                timestamp_utc: template.timestamp_utc.clone(),
            })
        });
        (rows, samples.collect())
    }

    /// The least time of an experiment's plan, nanoseconds, where the device's ceilings are known: the floor that its total
    /// will have.
    pub fn floor(&self, experiment: &Experiment, plan: &Plan) -> Option<f64> {
        let mut rows = planned(&self.template(experiment), plan);
        self.ceilings?.fill(&mut rows);
        rows.pop()?.floor_ns
    }

    /// What the driver tells of the kernels of an experiment, one row for each figure.
    pub fn facts(&self, experiment: &Experiment, kernels: &[KernelFacts]) -> Vec<KernelFact> {
        let Row { config, device, driver, git_commit, timestamp_utc, .. } = self.template(experiment);
        let figures = kernels
            .iter()
            .flat_map(|kernel| kernel.executables.iter().map(move |executable| (kernel, executable)));
        let rows = figures.flat_map(|(kernel, executable)| {
            executable.statistics.iter().map(|statistic| KernelFact {
                config: config.clone(),
                experiment: experiment.name.clone(),
                phase: phase(&kernel.phase),
                dispatch: kernel.dispatch.clone(),
                spirv_hash: kernel.spirv_hash.clone(),
                executable: executable.name.clone(),
                subgroup_size: executable.subgroup_size,
                statistic: statistic.name.clone(),
                value: statistic.value.to_string(),
                format: statistic.value.format().to_owned(),
                description: statistic.description.clone(),
                device: device.clone(),
                driver: driver.clone(),
                git_commit: git_commit.clone(),
                timestamp_utc: timestamp_utc.clone(),
            })
        });
        rows.collect()
    }

    fn region(&self, template: &Row, region: &RegionResult, verdict: &Verdict) -> Row {
        let row = Row {
            phase: phase(&region.phase),
            mode: mode(region),
            noise_floor_ns: region.noise_floor,
            flops: Some(region.flops),
            bytes: Some(region.bytes),
            compile_ns: region.compile_time.map(|time| time.as_nanos() as f64),
            pipeline_ns: region.pipeline_time.map(|time| time.as_nanos() as f64),
            pipeline_cached_ns: region.pipeline_cached_time.map(|time| time.as_nanos() as f64),
            record_ns: region.host_costs.map(|costs| costs.record),
            submit_to_start_ns: region.host_costs.and_then(|costs| costs.submit_to_start),
            device_ns: region.host_costs.and_then(|costs| costs.device),
            readback_ns: region.host_costs.and_then(|costs| costs.readback),
            rel_error: region.rel_error,
            max_abs_error: region.max_abs_error,
            spirv_hash: region.spirv_hash.clone(),
            ..template.clone()
        };
        match (verdict, region.summary) {
            // No time of a wrong kernel stands anywhere.
            (Verdict::Wrong(reason), _) => Row {
                noise_floor_ns: None,
                record_ns: None,
                submit_to_start_ns: None,
                device_ns: None,
                readback_ns: None,
                status: Status::Wrong,
                reason: reason.clone(),
                ..row
            },
            (Verdict::Right(_), None) if !region.is_sampled => {
                Row { status: Status::Ok, reason: NOT_SAMPLED.into(), ..row }
            }
            (Verdict::Right(_), None) => Row { reason: no_times(&row.conditions), ..row },
            (Verdict::Right(stopped), Some(summary)) => Row {
                samples: Some(summary.samples as u64),
                median_ns: Some(summary.median),
                ci_low_ns: Some(summary.ci_low),
                ci_high_ns: Some(summary.ci_high),
                min_ns: Some(summary.min),
                p95_ns: Some(summary.p95),
                status: Status::Ok,
                reason: self.reason(region.mode, &template.cache, *stopped),
                repeats: Some(region.repeats.into()),
                stopped: Some(match stopped {
                    Stopped::TargetReached => results::Stopped::Target,
                    Stopped::TimeUp => results::Stopped::Time,
                    Stopped::GaveUp => results::Stopped::GaveUp,
                }),
                order_seed: self.order_seed,
                discarded: Some(region.discarded),
                warnings: region.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
                ..row
            },
        }
    }

    /// What a good row says of how its times came about.
    fn reason(&self, mode: measure::Mode, cache: &str, stopped: Stopped) -> String {
        let target = self.settings.target_rel_ci * 100.0;
        let ended = match stopped {
            Stopped::TargetReached => format!("stopped at ±{target} % or better"),
            Stopped::TimeUp => {
                format!("stopped after {} s, before ±{target} %", self.settings.max_seconds)
            }
            Stopped::GaveUp => format!(
                "given up before ±{target} %, the total being certainly above {} times the best of the same work",
                self.settings.give_up_at.unwrap_or(f64::INFINITY)
            ),
        };
        match mode {
            measure::Mode::HostLazy => format!("{HOST_CLOCK}; {ended}"),
            _ if cache == Cache::Cold.as_str() => format!("{COLD}; {ended} in every phase"),
            _ => format!("{ended} in every phase"),
        }
    }
}

/// What a plan counts, as the rows that it will have: each timed phase, and the total last.
fn planned(template: &Row, plan: &Plan) -> Vec<Row> {
    let phases = || plan.phases.iter().filter(|phase| !phase.untimed);
    let row = |phase, mode, dispatches: &[&Dispatch]| Row {
        phase,
        mode,
        flops: Some(dispatches.iter().map(|dispatch| dispatch.flops).sum()),
        bytes: Some(dispatches.iter().map(|dispatch| dispatch.bytes).sum()),
        ..template.clone()
    };
    let isolated = phases().map(|of| {
        let dispatches: Vec<&Dispatch> = of.dispatches.iter().collect();
        row(phase(&of.name), Mode::Isolated, &dispatches)
    });
    let all: Vec<&Dispatch> = phases().flat_map(|phase| &phase.dispatches).collect();
    isolated.chain([row(Phase::Total, Mode::Pipelined, &all)]).collect()
}

/// The driver as rows name it. Times under the validation layer stand for nothing else, and say so.
pub fn driver(device: &Device, validated: bool) -> String {
    let driver = &device.info().driver;
    if validated { format!("{driver} (validated)") } else { driver.clone() }
}

/// What is said of every time by the host's clock.
const HOST_CLOCK: &str = "the host's clock round the last wait and the read-back alone, not device time";

/// What is said of every cold time.
const COLD: &str =
    "once per sample, since a repetition would find the caches warm: a time near the noise floor is coarse";

/// What is said of a region that was verified and not sampled.
const NOT_SAMPLED: &str = "not sampled, as measure.regions asks for";

/// What is said of a region without enough samples: all were discarded, or its clock told nothing.
pub fn no_times(conditions: &Conditions) -> String {
    match conditions.throttled_samples {
        Some(discarded @ 1..) => format!(
            "the device was throttling ({}): {discarded} samples were discarded and too few are left; cool it, or let \
             nothing else use it",
            conditions.throttle_reasons
        ),
        _ => NO_TIMES.into(),
    }
}

/// What is said of a region whose clock told nothing.
const NO_TIMES: &str = "the device's clock gave no times; update the driver or choose another device";

/// How the device was, as columns.
pub fn conditions(measured: &measure::Conditions) -> Conditions {
    let before = measured.before.clone().unwrap_or_default();
    let after = measured.after.clone().unwrap_or_default();
    Conditions {
        sm_clock_mhz: before.sm_clock_mhz,
        sm_clock_after_mhz: after.sm_clock_mhz,
        memory_clock_mhz: before.memory_clock_mhz,
        memory_clock_after_mhz: after.memory_clock_mhz,
        temperature_c: before.temperature_c,
        temperature_after_c: after.temperature_c,
        power_w: before.power_w,
        power_after_w: after.power_w,
        throttle_reasons: after.throttling.map_or(String::new(), |throttling| throttling.reasons.join("+")),
        throttled_samples: measured.throttled.map(|count| count as u64),
    }
}

fn phase(name: &str) -> Phase {
    Phase::parse(name).unwrap_or(Phase::Total)
}

fn mode(region: &RegionResult) -> Mode {
    match region.mode {
        measure::Mode::Isolated => Mode::Isolated,
        measure::Mode::Pipelined => Mode::Pipelined,
        measure::Mode::HostLazy => Mode::HostLazy,
    }
}

#[cfg(test)]
mod tests {
    use super::planned;
    use crate::config::Configuration;
    use crate::plan::convolution;
    use crate::results::{COLUMNS, Row, Settled, synthetic::row};

    #[test]
    fn a_plan_has_the_rows_of_its_timed_phases_and_their_sum() {
        let text = "[problem]\nin_channels = 16\nout_channels = 16\nheight = 32\nwidth = 32\n";
        let rows = |set: &str| {
            let configuration = Configuration::parse(text, "x.toml", &[set.to_owned()]).unwrap();
            let plan =
                convolution::lower(&configuration.experiments[0], &crate::plan::Limits::default()).unwrap();
            planned(&row(), &plan)
        };
        let phases = |rows: &[Row]| rows.iter().map(|row| row.phase.as_str()).collect::<Vec<_>>();
        let whole = rows("filter.reuse=per_run");
        assert_eq!(phases(&whole), ["xhat", "ghat", "mhat", "output", "total"]);
        let cached = rows("filter.reuse=cached");
        assert_eq!(phases(&cached), ["xhat", "mhat", "output", "total"], "GHAT is made outside of the time");
        for rows in [whole, cached] {
            let [phases @ .., total] = rows.as_slice() else { panic!("no rows") };
            let sum = |count: fn(&Row) -> Option<u64>| phases.iter().map(count).sum::<Option<u64>>();
            assert_eq!((sum(|row| row.flops), sum(|row| row.bytes)), (total.flops, total.bytes));
            assert!(phases.iter().all(|row| row.flops > Some(0) && row.bytes > Some(0)));
        }
    }

    #[test]
    fn every_parameter_of_a_plan_is_a_column() {
        for text in
            [include_str!("../../configs/investigation.toml"), include_str!("../../configs/layer.toml")]
        {
            let configuration = Configuration::parse(text, "x.toml", &[]).unwrap();
            for experiment in &configuration.experiments {
                let parameters =
                    convolution::lower(experiment, &crate::plan::Limits::default()).unwrap().parameters;
                let unknown = |(name, _): &&(String, String)| {
                    !COLUMNS.iter().any(|column| column.is_later && column.name == name)
                };
                assert_eq!(parameters.iter().find(unknown), None, "{}", experiment.name);
                Settled::of(&parameters).unwrap();
            }
        }
    }
}
