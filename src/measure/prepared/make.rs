//! From a job to its device objects.

use super::super::engine::{Engine, Error, Job};
use super::super::ledger::Activity;
use super::super::region::Resources;
use super::{Prepared, timestamps};
use crate::config::Cache;
use crate::gpu::{self, Access, Barrier, CommandBuffer};
use crate::plan::{Plan, hazards};

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

    /// Compiles a job and allocates what it needs. [`sample`](crate::measure::sample) verifies the recordings that it
    /// times; what is to be trusted without it is to be [`prepare`](Self::prepare)d.
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
