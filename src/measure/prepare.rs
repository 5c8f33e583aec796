//! From a job to regions that are verified and long enough for the clock.

use std::sync::Arc;
use std::time::Duration;

use super::Conditions;
use super::engine::{Engine, Error, Job, PlanKernels, written};
use super::host_costs::{Creation, HostCosts, SharedCreation};
use super::host_lazy::HostLazy;
use super::ledger::{Activity, Ledger};
use super::outcome::{Measurement, Mode, RegionResult, Stopped, Verdict};
use super::region::{self, Extent, Form, Resources};
use super::sampler::Subject;
use super::series::Series;
use super::statistics::{Summary, median};
use super::verify::compare;
use crate::config::{Cache, Clock, Regions};
use crate::gpu::{self, Access, Barrier, CommandBuffer, TimestampPool};
use crate::plan::{Dispatch, Plan, Twin, hazards};

/// A quiet NaN, in every byte pattern of a buffer that is about to be written.
const POISON: u32 = 0x7fc0_0000;

/// How often a region is tried to find out how long it is.
const CALIBRATIONS: usize = 5;

/// How often the empty region is run.
const FLOOR_SAMPLES: usize = 15;

/// Repetitions beyond which a recording would grow large for no gain.
const MAX_REPEATS: u32 = 1000;

/// Repetitions beyond which a load is busy enough, however short the job.
const MAX_LOAD: u32 = 5000;

/// A region ready to be sampled.
struct Region {
    extent: Extent,
    command: CommandBuffer,
    repeats: u32,
    noise_floor: Option<f64>,
    is_sampled: bool,
    series: Series,
}

/// A job with its device objects, whose buffers agree with its twin or are known not to.
pub struct Prepared {
    /// The job's name.
    pub name: String,
    /// Whose clock times it.
    pub(super) clock: Clock,
    /// The work that it does.
    pub(super) work: String,
    /// What is filled before each sample; nothing where the caches are to be warm.
    scratch: Vec<gpu::Buffer>,
    pub(super) device: gpu::Device,
    pub(super) plan: Plan,
    twin: Arc<dyn Twin>,
    pub(super) resources: Resources,
    pub(super) pool: TimestampPool,
    /// Which regions are sampled.
    wanted: Regions,
    /// What creating each dispatch's pipeline takes.
    pub(super) creations: Vec<SharedCreation>,
    /// What the way to the device and back takes, once that is known.
    pub(super) host_costs: Option<HostCosts>,
    untimed: Vec<CommandBuffer>,
    regions: Vec<Region>,
    pub(super) kernels: PlanKernels,
    /// ‖b − b₆₄‖ / ‖b₆₄‖ and the largest |b − b₆₄| per buffer, the largest that any recording gave.
    errors: Vec<Option<(f64, f64)>>,
    wrong: Option<String>,
    /// Where its time is booked.
    pub(super) ledger: Ledger,
}

/// The pipelined total many times over; see [`Prepared::load`] and [`Prepared::repeated`].
pub struct Load<'a> {
    job: &'a Prepared,
    command: CommandBuffer,
    total: usize,
}

impl Load<'_> {
    /// Runs it; returns how long it took, in nanoseconds, infinite where the clock cannot tell.
    ///
    /// # Errors
    /// If the device fails.
    pub fn run(&self) -> gpu::Result<f64> {
        self.job.device.submit(&[&self.command])?;
        Ok(self.job.elapsed(self.total)?.unwrap_or(f64::INFINITY))
    }
}

impl Engine<'_> {
    /// Compiles, allocates and verifies a job.
    ///
    /// # Errors
    /// If the device cannot run it, or fails at it. A wrong result is no error: see [`Prepared::wrong`].
    pub fn prepare(&mut self, job: Job) -> Result<Prepared, Error> {
        let mut prepared = self.unverified(job)?;
        let _verifying = self.ledger.during(Activity::Verifying);
        prepared.verify()?;
        Ok(prepared)
    }

    /// Compiles a job and allocates what it needs. [`sample`](super::sample) verifies the recordings that it times; what
    /// is to be trusted without it is to be [`prepare`](Self::prepare)d.
    ///
    /// # Errors
    /// If the device cannot run it.
    pub fn unverified(&mut self, job: Job) -> Result<Prepared, Error> {
        let _verifying = self.ledger.during(Activity::Verifying);
        let Job { name, plan, twin, clock, cache, work } = job;
        self.check(&plan)?;
        let kernels = self.compile(&plan)?;
        let resources = self.resources(&plan)?;
        for (buffer, target) in resources.buffers.iter().enumerate() {
            if let Some(data) = twin.input(buffer) {
                self.device.upload(target, data)?;
            }
        }
        let creations =
            plan.dispatches().map(|(_, dispatch)| self.creation(dispatch)).collect::<Result<_, _>>()?;
        let scratch = match cache {
            Cache::Warm => Vec::new(),
            Cache::Cold => self.scratch()?,
        };
        let mut prepared = Prepared {
            name,
            clock,
            work,
            scratch,
            device: self.device.clone(),
            pool: self.device.timestamps(timestamps(&plan))?,
            wanted: self.settings.regions,
            creations,
            host_costs: None,
            untimed: untimed(self.device, &plan, &resources)?,
            regions: Vec::new(),
            kernels,
            errors: vec![None; plan.buffers.len()],
            wrong: None,
            ledger: self.ledger.clone(),
            plan,
            twin: twin.into(),
            resources,
        };
        prepared.record_all()?;
        Ok(prepared)
    }

    fn resources(&mut self, plan: &Plan) -> Result<Resources, Error> {
        let buffers = plan
            .buffers
            .iter()
            .map(|spec| self.device.buffer(&spec.name, spec.bytes(), gpu::Usage::Storage))
            .collect::<gpu::Result<Vec<_>>>()?;
        let mut dispatches = Vec::new();
        for (_, dispatch) in plan.dispatches() {
            let pipeline = self.pipeline(dispatch)?;
            let bound: Vec<&gpu::Buffer> = dispatch.uses.iter().map(|used| &buffers[used.buffer]).collect();
            let group = self.device.bind(&pipeline, &bound)?;
            let push = dispatch.push.iter().flat_map(|word| word.to_le_bytes()).collect();
            dispatches.push((pipeline, group, push));
        }
        Ok(Resources { buffers, dispatches, hazards: hazards(plan) })
    }
}

/// Every timed phase on its own, then all of them together.
fn extents(plan: &Plan) -> Vec<Extent> {
    let timed = |phase: usize| !plan.phases[phase].untimed;
    let of = |wanted: Option<usize>| -> Vec<(usize, String)> {
        plan.dispatches()
            .enumerate()
            .filter(|&(_, (phase, _))| timed(phase) && wanted.is_none_or(|wanted| wanted == phase))
            .map(|(index, (phase, _))| (index, plan.phases[phase].name.clone()))
            .collect()
    };
    let isolated = (0..plan.phases.len()).filter(|&phase| timed(phase)).map(|phase| Extent {
        phase: plan.phases[phase].name.clone(),
        mode: Mode::Isolated,
        dispatches: of(Some(phase)),
    });
    let total = Extent { phase: "total".into(), mode: Mode::Pipelined, dispatches: of(None) };
    isolated.chain([total]).collect()
}

/// Whether regions of this mode are among those to sample.
fn is_sampled(mode: Mode, regions: Regions) -> bool {
    match regions {
        Regions::All => true,
        Regions::Isolated => mode == Mode::Isolated,
        Regions::Pipelined => mode == Mode::Pipelined,
    }
}

/// How many timestamps the regions of a plan need.
fn timestamps(plan: &Plan) -> u32 {
    2 * extents(plan).len() as u32
}

/// The phases that run once, before the timed regions; nothing where there are none.
fn untimed(device: &gpu::Device, plan: &Plan, resources: &Resources) -> gpu::Result<Vec<CommandBuffer>> {
    let mut recordings = Vec::new();
    for (index, (phase, dispatch)) in plan.dispatches().enumerate() {
        if plan.phases[phase].untimed {
            let (pipeline, group, push) = &resources.dispatches[index];
            recordings.push(device.record(&plan.phases[phase].name, |recorder| {
                recorder.barrier(&[Barrier::Global { from: Access::All, to: Access::All }])?;
                recorder.dispatch(pipeline, group, push, dispatch.workgroups)?;
                recorder.barrier(&[Barrier::Global { from: Access::All, to: Access::All }])
            })?);
        }
    }
    Ok(recordings)
}

/// How often a region of `once` nanoseconds is repeated to last `min_region_us`.
fn repeats(once: Option<f64>, min_region_us: f64) -> u32 {
    let ratio = min_region_us * 1e3 / once.unwrap_or(0.0).max(1.0);
    // `as` saturates, so that any ratio is a count.
    (ratio.ceil() as u32).clamp(1, MAX_REPEATS)
}

impl Prepared {
    /// The same job under another name, with recordings and samples of its own, on the same buffers and pipelines. It
    /// has not been verified anew.
    ///
    /// # Errors
    /// If the device fails.
    pub fn alias(&self, name: &str) -> gpu::Result<Self> {
        let mut alias = Self {
            name: name.to_owned(),
            clock: self.clock,
            work: self.work.clone(),
            scratch: self.scratch.clone(),
            device: self.device.clone(),
            plan: self.plan.clone(),
            twin: Arc::clone(&self.twin),
            resources: self.resources.clone(),
            pool: self.device.timestamps(timestamps(&self.plan))?,
            wanted: self.wanted,
            creations: self.creations.clone(),
            host_costs: self.host_costs,
            untimed: self.untimed.clone(),
            regions: Vec::new(),
            kernels: self.kernels.clone(),
            errors: self.errors.clone(),
            wrong: self.wrong.clone(),
            ledger: self.ledger.clone(),
        };
        alias.record_all()?;
        Ok(alias)
    }

    /// Records every region once through.
    fn record_all(&mut self) -> gpu::Result<()> {
        for (index, extent) in extents(&self.plan).into_iter().enumerate() {
            let command = self.record(index, &extent, self.form(1))?;
            self.regions.push(Region {
                is_sampled: is_sampled(extent.mode, self.wanted),
                extent,
                command,
                repeats: 1,
                noise_floor: None,
                series: Series::default(),
            });
        }
        Ok(())
    }

    pub(super) fn record(&self, index: usize, extent: &Extent, form: Form<'_>) -> gpu::Result<CommandBuffer> {
        let queries = (&self.pool, 2 * index as u32);
        region::record(&self.device, &self.name, &self.plan, &self.resources, extent, form, queries)
    }

    /// The regions that are sampled, by index.
    fn sampled(&self) -> Vec<usize> {
        (0..self.regions.len()).filter(|&index| self.regions[index].is_sampled).collect()
    }

    /// How a region is recorded that is to be sampled.
    fn form(&self, repeats: u32) -> Form<'_> {
        Form { repeats, scratch: &self.scratch, is_empty: false }
    }

    /// The two timestamps of a region, in ticks.
    pub(super) fn ticks(&self, region: usize) -> gpu::Result<[u64; 2]> {
        let ticks = self.pool.read(2 * region as u32, 2)?;
        Ok(ticks.try_into().expect("as many timestamps as were asked for"))
    }

    /// Nanoseconds between the two timestamps of a region, or `None` where the clock cannot tell.
    fn elapsed(&self, region: usize) -> gpu::Result<Option<f64>> {
        let [start, end] = self.ticks(region)?;
        Ok(self.pool.clock().elapsed_ns(start, end))
    }

    /// Repeats each warm region that is sampled until it is long enough for the clock, and measures it empty, as it does the
    /// cold ones. To be called while the
    /// device is warm: a region that is long enough at an idle device's clock is too short at full clock. What is
    /// recorded anew is to be verified anew.
    ///
    /// # Errors
    /// If the device fails.
    pub fn calibrate(&mut self, min_region_us: f64) -> gpu::Result<()> {
        for index in self.sampled() {
            let extent = self.regions[index].extent.clone();
            let time = |command: &CommandBuffer, times: usize| -> gpu::Result<Option<f64>> {
                let mut samples = Vec::new();
                for _ in 0..times {
                    self.device.submit(&[command])?;
                    samples.extend(self.elapsed(index)?);
                }
                Ok(median(&samples))
            };
            // A cold region runs once: its repetitions would find the caches warm.
            let repeats = if self.scratch.is_empty() {
                repeats(time(&self.regions[index].command, CALIBRATIONS)?, min_region_us)
            } else {
                1
            };
            let empty = Form { is_empty: true, ..self.form(repeats) };
            let empty = time(&self.record(index, &extent, empty)?, FLOOR_SAMPLES)?;
            let command = self.record(index, &extent, self.form(repeats))?;
            let region = &mut self.regions[index];
            region.noise_floor = empty.map(|total| total / f64::from(repeats));
            (region.command, region.repeats) = (command, repeats);
        }
        Ok(())
    }

    /// Runs the recordings as they are, the isolated ones in order and then the pipelined one, each over poisoned
    /// buffers, and compares every buffer with its twin.
    ///
    /// # Errors
    /// If the device fails.
    pub fn verify(&mut self) -> gpu::Result<()> {
        for mode in [Mode::Isolated, Mode::Pipelined] {
            let chosen = self.regions.iter().filter(|region| region.extent.mode == mode);
            let recordings: Vec<&CommandBuffer> = chosen.map(|region| &region.command).collect();
            self.start_over()?;
            self.device.submit(&recordings)?;
            self.compare(mode)?;
        }
        Ok(())
    }

    fn poison(&self) -> gpu::Result<()> {
        let poison = self.device.record("poison", |recorder| {
            recorder.barrier(&[Barrier::Global { from: Access::All, to: Access::All }])?;
            for buffer in written(&self.plan) {
                recorder.fill(&self.resources.buffers[buffer], POISON)?;
            }
            recorder.barrier(&[Barrier::Global { from: Access::All, to: Access::All }])
        })?;
        self.device.submit(&[&poison])
    }

    /// Poisons what is written, and runs what is not timed.
    ///
    /// # Errors
    /// If the device fails.
    pub(super) fn start_over(&self) -> gpu::Result<()> {
        self.poison()?;
        self.device.submit(&self.untimed.iter().collect::<Vec<_>>())
    }

    /// Compares every buffer with its twin, all timed phases having run in `mode`.
    ///
    /// # Errors
    /// If the device fails.
    pub(super) fn compare(&mut self, mode: Mode) -> gpu::Result<()> {
        for buffer in 0..self.plan.buffers.len() {
            let Some(expected) = self.twin.expected(buffer) else { continue };
            let actual = self.device.download(&self.resources.buffers[buffer])?;
            let comparison = compare(&self.plan.buffers[buffer], &actual, expected);
            let (relative, largest) = self.errors[buffer].unwrap_or_default();
            self.errors[buffer] =
                Some((relative.max(comparison.rel_error), largest.max(comparison.max_abs_error)));
            if let (None, Some(wrong)) = (&self.wrong, comparison.wrong) {
                let recording = match mode {
                    Mode::Isolated => "phase by phase",
                    Mode::Pipelined => "all phases in one recording",
                    Mode::HostLazy => "each phase submitted without waiting",
                };
                self.wrong = Some(format!("run {recording}, {wrong}"));
            }
        }
        Ok(())
    }

    /// What is wrong with its results, if anything: it is then not worth sampling.
    pub fn wrong(&self) -> Option<&str> {
        self.wrong.as_deref()
    }

    /// The pipelined total: its index among the regions, and what it runs.
    pub(super) fn whole(&self) -> (usize, &Extent) {
        let total = self.regions.len() - 1;
        (total, &self.regions[total].extent)
    }

    /// The buffer that the last dispatch of an extent produces.
    pub(super) fn product(&self, extent: &Extent) -> Option<usize> {
        let &(last, _) = extent.dispatches.last()?;
        self.plan.dispatches().nth(last)?.1.product()
    }

    /// How long the pipelined total takes now, in nanoseconds; infinite where the clock cannot tell.
    ///
    /// # Errors
    /// If the device fails.
    pub fn total_now(&self) -> gpu::Result<f64> {
        let (total, _) = self.whole();
        self.device.submit(&[&self.regions[total].command])?;
        Ok(self.elapsed(total)?.unwrap_or(f64::INFINITY))
    }

    /// A recording of the pipelined total that keeps the device busy for about `nanoseconds`.
    ///
    /// # Errors
    /// If the device fails.
    pub fn load(&self, nanoseconds: f64) -> gpu::Result<Load<'_>> {
        let (total, _) = self.whole();
        let once = self.total_now()? / f64::from(self.regions[total].repeats);
        // `as` saturates, so that any ratio is a count.
        self.repeated(((nanoseconds / once.max(1.0)) as u32).clamp(1, MAX_LOAD))
    }

    /// A recording of the pipelined total so many times over, the caches as they are.
    ///
    /// # Errors
    /// If the device fails.
    pub fn repeated(&self, times: u32) -> gpu::Result<Load<'_>> {
        let (total, extent) = self.whole();
        // Filling memory before it would be another load.
        let form = Form { scratch: &[], ..self.form(times) };
        let command = self.record(total, extent, form)?;
        Ok(Load { job: self, command, total })
    }

    /// What the buffer called `name` holds now, or `None` where the plan has no such buffer.
    ///
    /// # Errors
    /// If the device fails.
    pub fn contents(&self, name: &str) -> gpu::Result<Option<Vec<f32>>> {
        let place = self.plan.buffers.iter().position(|buffer| buffer.name == name);
        place.map(|buffer| self.device.download(&self.resources.buffers[buffer])).transpose()
    }

    /// The results, sampling having ended as `stopped` says.
    pub fn finish(mut self, stopped: Stopped) -> Measurement {
        if self.clock == Clock::HostLazy {
            return HostLazy::new(self).finish(stopped);
        }
        let verdict = self.verdict(stopped);
        let regions = std::mem::take(&mut self.regions);
        let result = |Region { extent, noise_floor, is_sampled, repeats, series, .. }| RegionResult {
            noise_floor,
            is_sampled,
            repeats,
            ..self.result(extent, series)
        };
        let regions = regions.into_iter().map(result).collect();
        Measurement { regions, verdict, conditions: Conditions::default() }
    }

    /// What the regions run, the pipelined total last; their recordings are let go.
    pub(super) fn take_extents(&mut self) -> Vec<Extent> {
        std::mem::take(&mut self.regions).into_iter().map(|region| region.extent).collect()
    }

    /// Whether the results may be believed, sampling having ended as `stopped` says.
    pub(super) fn verdict(&mut self, stopped: Stopped) -> Verdict {
        match self.wrong.take() {
            Some(wrong) => Verdict::Wrong(wrong),
            None => Verdict::Right(stopped),
        }
    }

    /// The result of what ran as `extent` says, once per sample, without a noise floor.
    pub(super) fn result(&self, extent: Extent, series: Series) -> RegionResult {
        let indices: Vec<usize> = extent.dispatches.iter().map(|&(index, _)| index).collect();
        let dispatches: Vec<&Dispatch> = self.plan.dispatches().map(|(_, dispatch)| dispatch).collect();
        let chosen = || indices.iter().map(|&index| dispatches[index]);
        let creation = |time: fn(&Creation) -> Duration| {
            indices.iter().map(|&index| self.creations[index].get().map(time)).sum()
        };
        let errors = self.product(&extent).and_then(|buffer| self.errors[buffer]);
        RegionResult {
            is_sampled: true,
            repeats: 1,
            summary: Summary::of(&series.times),
            samples: series.times,
            discarded: series.discarded,
            warnings: Vec::new(),
            noise_floor: None,
            flops: chosen().map(|dispatch| dispatch.flops).sum(),
            bytes: chosen().map(|dispatch| dispatch.bytes).sum(),
            compile_time: self.kernels.compile_time(&indices),
            pipeline_time: creation(|creation| creation.cold),
            pipeline_cached_time: creation(|creation| creation.cached),
            host_costs: self.host_costs.filter(|_| extent.mode == Mode::Pipelined),
            rel_error: errors.map(|(relative, _)| relative),
            max_abs_error: errors.map(|(_, largest)| largest),
            spirv_hash: self.kernels.hash(&indices),
            phase: extent.phase,
            mode: extent.mode,
        }
    }
}

impl Subject for Prepared {
    fn job(&self) -> &Prepared {
        self
    }

    /// Runs every region that is sampled once and keeps the times.
    fn sample(&mut self) -> gpu::Result<()> {
        let sampled = self.sampled();
        let commands: Vec<&CommandBuffer> =
            sampled.iter().map(|&index| &self.regions[index].command).collect();
        self.device.submit(&commands)?;
        for index in sampled {
            let ticks = self.ticks(index)?;
            let region = &mut self.regions[index];
            region.series.take(&self.pool.clock(), ticks, region.repeats);
        }
        Ok(())
    }

    fn series(&self) -> impl Iterator<Item = &[f64]> {
        self.regions.iter().filter(|region| region.is_sampled).map(|region| region.series.times.as_slice())
    }

    fn total(&self) -> Option<&[f64]> {
        let total = self.regions.last().filter(|region| region.is_sampled);
        total.map(|region| region.series.times.as_slice())
    }

    fn truncate(&mut self, lengths: &[usize]) {
        let sampled = self.regions.iter_mut().filter(|region| region.is_sampled);
        for (region, &length) in sampled.zip(lengths) {
            region.series.truncate(length);
        }
    }

    fn finish(self, stopped: Stopped) -> Measurement {
        self.finish(stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_regions_are_repeated_until_they_are_long_enough() {
        assert_eq!(repeats(Some(200_000.0), 100.0), 1);
        assert_eq!(repeats(Some(30_000.0), 100.0), 4);
        assert_eq!(repeats(Some(0.0), 100.0), MAX_REPEATS);
        assert_eq!(repeats(None, 100.0), MAX_REPEATS);
    }
}
