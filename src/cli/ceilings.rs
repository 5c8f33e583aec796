//! `winoscope ceilings`: probes → measure → a device's ceilings.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::arguments::CeilingsOptions;
use super::exit::{ExitCode, Failure};
use super::matrices;
use super::print;
use super::progress::{Progress, time};
use super::rows::{COMMIT, conditions, driver, no_times};
use super::session::Session;
use crate::config::{Cache, Clock, MeasureSettings};
use crate::gpu::{Device, Kind};
use crate::kernels::compiler_version;
use crate::measure::{self, Engine, Event, Job, Measurement, Prepared, RegionResult, Verdict, sample};
use crate::plan::ceilings::{MatrixUnit, Probe, Quantity, Scope, matrix_probe, probes};
use crate::results::ceilings::{CeilingRow, CeilingsFile, render};
use crate::results::{Ceiling, Status, timestamp_utc};

/// All probes take about ten seconds together.
const SETTINGS: MeasureSettings = MeasureSettings {
    target_rel_ci: 0.005,
    max_seconds: 0.25,
    min_samples: 20,
    warmup_seconds: 0.5,
    min_region_us: 1000.0,
    ..MeasureSettings::DEFAULT
};

/// Workgroups of 256 invocations that fill the largest GPU several times over.
const GPU_WORKGROUPS: u32 = 4096;

/// Workgroups that a software driver ends within the patience of a person.
const CPU_WORKGROUPS: u32 = 4;

/// Measures the ceilings of a device, prints them, and saves them.
pub fn run(options: &CeilingsOptions) -> Result<(), Failure> {
    let mut unit = Err(String::new());
    let session = Session::open_with(&options.measuring, |adapter, compiler| {
        let chosen = matrices::choose(adapter, compiler);
        let extension = chosen.as_ref().ok().map(|&(extension, _)| extension);
        unit = chosen.map(|(_, unit)| unit);
        extension
    })?;
    session.each(&[unit], |session, unit| {
        let info = session.opened.device.info();
        let (mut file, warnings) =
            CeilingsFile::open(&session.options.results, &info.name, session.existing())?;
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        let (rows, failures) =
            Survey::new(session).measure(options.max_bytes, unit).map_err(without_keeping)?;
        file.record(&rows)?;
        let printed = print::line(render(&rows).trim_end());
        eprintln!("ceilings: {}", file.path().display());
        Failure::gravest(failures).map_or(printed, Err)
    })
}

/// An interrupt leaves nothing here to go on from.
fn without_keeping(failure: Failure) -> Failure {
    match failure.code {
        ExitCode::Interrupted => {
            Failure::new(failure.code, "interrupted; ceilings are saved once all are measured")
        }
        _ => failure,
    }
}

/// One run over all probes.
struct Survey<'a> {
    session: &'a Session<'a>,
    device: &'a Device,
    timestamp: String,
    progress: Progress,
    rows: Vec<CeilingRow>,
    /// What went wrong without ending the run.
    failures: Vec<Failure>,
}

impl<'a> Survey<'a> {
    fn new(session: &'a Session<'_>) -> Self {
        Self {
            session,
            device: &session.opened.device,
            timestamp: timestamp_utc(),
            progress: Progress::new(0),
            rows: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Measures every ceiling up to working sets of `max_bytes`, where the device has the memory, and that of the matrix
    /// `unit` or else says why not.
    fn measure(
        mut self,
        max_bytes: u64,
        unit: &Result<MatrixUnit, String>,
    ) -> Result<(Vec<CeilingRow>, Vec<Failure>), Failure> {
        let mut engine = Engine::new(self.device, &self.session.compiler, &SETTINGS)
            .booked_in(self.session.ledger.clone());
        let scope = self.scope(max_bytes, engine.free_memory());
        let mut probes = probes(&scope);
        match unit {
            Ok(unit) => probes.push(matrix_probe(scope.workgroups, *unit)),
            Err(reason) => self.rows.push(CeilingRow {
                status: Status::Unsupported,
                reason: reason.clone(),
                ..self.template(Ceiling::Matrix, None)
            }),
        }
        self.progress = Progress::new(probes.len());
        let mut quantities = HashMap::new();
        let mut prepared = Vec::new();
        for probe in probes {
            self.check_interrupt()?;
            self.progress.now(format!("verifying {}", probe.name));
            let known = probe.quantities.clone();
            let name = probe.name.clone();
            match self.prepare(&mut engine, probe) {
                Ok(ready) => {
                    quantities.insert(name, known);
                    prepared.push(ready);
                }
                Err(error) => self.failed(&name, &known, error)?,
            }
        }
        self.sample(prepared, &quantities)?;
        self.add_barrier();
        self.rows.sort_by_key(|row| (row.ceiling, row.bytes));
        Ok((self.rows, self.failures))
    }

    /// What the device is asked for: copies of the working sets up to the largest stand in its memory side by side.
    fn scope(&self, max_bytes: u64, free: u64) -> Scope {
        let limits = self.device.limits();
        // A buffer holds half a working set; all sets together are twice the largest, and half as much again.
        let per_buffer = limits.max_storage_buffer_range.min(limits.max_buffer_bytes);
        Scope {
            max_bytes: max_bytes.min(per_buffer.saturating_mul(2)).min(free / 4),
            workgroups: match self.device.info().kind {
                Kind::Cpu => CPU_WORKGROUPS,
                _ => GPU_WORKGROUPS,
            },
        }
    }

    fn prepare(&self, engine: &mut Engine<'_>, probe: Probe) -> Result<Prepared, measure::Error> {
        if probe.needs_float16 && !self.device.has_float16() {
            let lacks = "the device does not compute in 16-bit floats (Vulkan's feature shaderFloat16)";
            return Err(measure::Error::Exceeds(lacks.into()));
        }
        let Probe { name, plan, twin, .. } = probe;
        let work = name.clone();
        engine.prepare(Job { name, plan, twin, clock: Clock::Device, cache: Cache::Warm, work })
    }

    /// Samples all in turn, and keeps a row for every quantity.
    fn sample(
        &mut self,
        prepared: Vec<Prepared>,
        quantities: &HashMap<String, Vec<Quantity>>,
    ) -> Result<(), Failure> {
        let seed = self.session.options.seed.unwrap_or_else(|| rand::rng().random());
        let mut rng = StdRng::seed_from_u64(seed);
        let interrupted = &self.session.interrupted;
        let monitor = self.session.opened.monitor();
        let outcome = sample(prepared, &SETTINGS, &mut rng, interrupted, monitor, &mut |event| {
            match event {
                Event::Sampled { name, samples, .. } => {
                    self.progress.now(format!("{name}, {samples} samples"));
                }
                Event::Done { name, measurement } => self.measured(&name, &quantities[&name], &measurement),
            }
            ControlFlow::<()>::Continue(())
        });
        Ok(outcome.map(drop)?)
    }

    /// Keeps the rows of a probe, which has been measured.
    fn measured(&mut self, name: &str, quantities: &[Quantity], measurement: &Measurement) {
        let regions = quantities.iter().filter_map(|quantity| {
            let region = measurement.regions.iter().find(|region| region.phase == quantity.ceiling)?;
            Some((quantity, region))
        });
        let rows: Vec<CeilingRow> =
            regions.map(|(quantity, region)| self.row(quantity, region, measurement)).collect();
        let bad = rows.iter().find(|row| row.status != Status::Ok);
        let code = if matches!(measurement.verdict, Verdict::Wrong(_)) {
            ExitCode::Wrong
        } else {
            ExitCode::NoTimes
        };
        self.failures.extend(bad.map(|row| Failure::new(code, format!("{name}: {}", row.reason))));
        let how = match (bad, measurement.regions.last().and_then(|region| region.summary)) {
            (None, Some(total)) => time(total.median),
            (Some(row), _) => row.reason.clone(),
            (None, None) => no_times(&conditions(&measurement.conditions)),
        };
        self.progress.ended(name, &how);
        self.rows.extend(rows);
    }

    fn row(&self, quantity: &Quantity, region: &RegionResult, measurement: &Measurement) -> CeilingRow {
        let row = CeilingRow { spirv_hash: region.spirv_hash.clone(), ..self.of(quantity) };
        match (&measurement.verdict, region.summary) {
            (Verdict::Wrong(reason), _) => {
                CeilingRow { status: Status::Wrong, reason: reason.clone(), ..row }
            }
            (Verdict::Right(_), None) => {
                CeilingRow { reason: no_times(&conditions(&measurement.conditions)), ..row }
            }
            (Verdict::Right(_), Some(summary)) => {
                let row = CeilingRow { samples: Some(summary.samples as u64), status: Status::Ok, ..row };
                row.with_times(quantity.work, summary.median, (summary.ci_low, summary.ci_high))
            }
        }
    }

    /// Keeps the rows of a probe that could not be measured, and goes on unless the device is gone. What the device
    /// cannot do is no failure.
    fn failed(&mut self, name: &str, quantities: &[Quantity], error: measure::Error) -> Result<(), Failure> {
        let is_unsupported = matches!(error, measure::Error::Exceeds(_) | measure::Error::TooLarge(_));
        let status = if is_unsupported { Status::Unsupported } else { Status::Failed };
        let reason = error.to_string();
        self.progress.ended(name, &format!("{status}: {reason}"));
        let row = |quantity| CeilingRow { status, reason: reason.clone(), ..self.of(quantity) };
        let rows: Vec<CeilingRow> = quantities.iter().map(row).collect();
        self.rows.extend(rows);
        let failure = Failure::from(error);
        if failure.code.is_final() {
            return Err(failure);
        }
        if !is_unsupported {
            self.failures.push(Failure { message: format!("{name}: {failure}"), ..failure });
        }
        Ok(())
    }

    /// What is known of a quantity before it is measured.
    fn of(&self, quantity: &Quantity) -> CeilingRow {
        let ceiling = Ceiling::parse(quantity.ceiling).expect("a probe's phases are named after ceilings");
        self.template(ceiling, quantity.bytes)
    }

    fn template(&self, ceiling: Ceiling, bytes: Option<u64>) -> CeilingRow {
        CeilingRow {
            ceiling,
            bytes,
            value: None,
            ci_low: None,
            ci_high: None,
            unit: ceiling.unit().to_owned(),
            samples: None,
            status: Status::Failed,
            reason: String::new(),
            device: self.device.info().name.clone(),
            driver: driver(self.device, self.session.options.validate),
            shader_compiler: compiler_version().to_owned(),
            spirv_hash: String::new(),
            git_commit: COMMIT.to_owned(),
            timestamp_utc: self.timestamp.clone(),
        }
    }

    /// Adds what a barrier costs, where both kinds of dispatch were measured.
    fn add_barrier(&mut self) {
        let of = |ceiling| self.rows.iter().find(|row| row.ceiling == ceiling);
        let both = of(Ceiling::Dispatch).zip(of(Ceiling::OrderedDispatch));
        let barrier = both.and_then(|(unordered, ordered)| CeilingRow::barrier(unordered, ordered));
        self.rows.extend(barrier);
    }

    fn check_interrupt(&self) -> Result<(), Failure> {
        if self.session.interrupted.load(Ordering::Relaxed) {
            return Err(measure::Error::Interrupted.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_probe_measures_a_ceiling_that_has_a_column() {
        let scope = Scope { max_bytes: 0, workgroups: 1 };
        for quantity in probes(&scope).iter().flat_map(|probe| &probe.quantities) {
            assert!(Ceiling::parse(quantity.ceiling).is_some(), "{}", quantity.ceiling);
        }
    }
}
