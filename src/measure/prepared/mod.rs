//! A job with its device objects: from its plan to regions that are verified, long enough for the clock, and sampled.

mod calibrate;
mod load;
mod make;
mod result;
mod verification;

use std::sync::Arc;

use super::engine::PlanKernels;
use super::host_costs::{HostCosts, SharedCreation};
use super::ledger::Ledger;
use super::outcome::{Measurement, Mode, Stopped};
use super::region::{self, Before, Extent, Form, Resources};
use super::sampler::Subject;
use super::series::Series;
use crate::config::{Clock, Regions};
use crate::gpu::{self, CommandBuffer, TimestampPool};
use crate::plan::{Plan, Twin};

/// A region ready to be sampled.
struct Region {
    extent: Extent,
    /// What calibrates and loads, and of an isolated region what is verified. A sample has a recording of its own; see
    /// [`Prepared::sample`].
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
        let before = if self.scratch.is_empty() { Before::Itself } else { Before::Fills(&self.scratch) };
        Form { repeats, before, is_empty: false }
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

    /// What the buffer called `name` holds now, or `None` where the plan has no such buffer.
    ///
    /// # Errors
    /// If the device fails.
    pub fn contents(&self, name: &str) -> gpu::Result<Option<Vec<f32>>> {
        let place = self.plan.buffers.iter().position(|buffer| buffer.name == name);
        place.map(|buffer| self.device.download(&self.resources.buffers[buffer])).transpose()
    }
}

impl Subject for Prepared {
    fn job(&self) -> &Prepared {
        self
    }

    /// Runs every region that is sampled once and keeps the times.
    ///
    /// Each is recorded anew: two recordings of the same commands differ by some 0.1 µs wherever they run, always the
    /// same way, which intervals of many samples of one recording would take for a difference of the jobs.
    fn sample(&mut self) -> gpu::Result<()> {
        let sampled = self.sampled();
        let record = |&index: &usize| {
            let Region { extent, repeats, .. } = &self.regions[index];
            self.record(index, extent, self.form(*repeats))
        };
        let commands: Vec<CommandBuffer> = sampled.iter().map(record).collect::<gpu::Result<_>>()?;
        self.device.submit(&commands.iter().collect::<Vec<_>>())?;
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
