//! The device, the compiler and the settings of a run, and the kernels they have made so far.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::host_costs::SharedCreation;
use super::ledger::{Activity, Ledger};
use crate::config::{Cache, Clock, MeasureSettings};
use crate::gpu;
use crate::kernels::{self, Compiler, Request, Spirv};
use crate::plan::{Access, Dispatch, Kernel, Limits, Plan, Twin};

/// Something to measure.
pub struct Job {
    /// Its name, in labels and messages.
    pub name: String,
    /// What runs.
    pub plan: Plan,
    /// What must come out.
    pub twin: Box<dyn Twin>,
    /// Whose clock times it.
    pub clock: Clock,
    /// What the caches hold when a region of it starts.
    pub cache: Cache,
    /// Names the work that it does: jobs of one name may be given up for being slower than one another.
    pub work: String,
}

/// Why something was not measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It needs more than this device has: numbers in the sentence.
    #[error("{0}")]
    Exceeds(String),
    /// It needs more memory than this device has free: numbers in the sentence.
    #[error("{0}")]
    TooLarge(String),
    /// A kernel does not compile.
    #[error(transparent)]
    Kernel(#[from] kernels::Error),
    /// The device or its driver failed.
    #[error(transparent)]
    Gpu(gpu::Error),
    /// The user asked to stop.
    #[error("interrupted; what was finished is kept, and the same command goes on from there")]
    Interrupted,
}

impl From<gpu::Error> for Error {
    fn from(error: gpu::Error) -> Self {
        match error {
            gpu::Error::LimitExceeded { .. } => Self::Exceeds(error.to_string()),
            gpu::Error::OutOfMemory { .. } => Self::TooLarge(error.to_string()),
            other => Self::Gpu(other),
        }
    }
}

/// The SPIR-V of each dispatch of a plan, in order.
#[derive(Clone, Debug)]
pub struct PlanKernels {
    /// One per dispatch.
    pub modules: Vec<Spirv>,
}

/// What a pipeline is known by: the SPIR-V's hash, the specialization constants, and whether there are bounds checks.
pub(super) type PipelineKey = (String, Vec<u32>, bool);

/// Compiles and prepares plans for one device.
pub struct Engine<'a> {
    pub(super) device: &'a gpu::Device,
    pub(super) compiler: &'a Compiler,
    pub(super) settings: &'a MeasureSettings,
    /// What each kernel compiled to, or why it does not.
    pub(super) modules: HashMap<Kernel, Result<Spirv, kernels::Error>>,
    /// What failed ahead of its job is the first job's to tell.
    pub(super) pipelines: HashMap<PipelineKey, gpu::Result<gpu::Pipeline>>,
    /// What creating each of them takes, once that is known.
    creations: HashMap<PipelineKey, SharedCreation>,
    /// Likewise, what the driver tells of them.
    pub(super) executables: HashMap<PipelineKey, Arc<[gpu::Executable]>>,
    /// What evicts the caches; none before the first cold job.
    scratch: Vec<gpu::Buffer>,
    pub(super) ledger: Ledger,
}

impl<'a> Engine<'a> {
    /// An engine that has compiled nothing yet.
    pub fn new(device: &'a gpu::Device, compiler: &'a Compiler, settings: &'a MeasureSettings) -> Self {
        Self {
            device,
            compiler,
            settings,
            modules: HashMap::new(),
            pipelines: HashMap::new(),
            creations: HashMap::new(),
            executables: HashMap::new(),
            scratch: Vec::new(),
            ledger: Ledger::default(),
        }
    }

    /// The same, whose wall time and that of its jobs is booked in `ledger`.
    pub fn booked_in(self, ledger: Ledger) -> Self {
        Self { ledger, ..self }
    }

    /// The SPIR-V of every dispatch of a plan.
    ///
    /// # Errors
    /// If a kernel does not compile.
    pub fn compile(&mut self, plan: &Plan) -> Result<PlanKernels, Error> {
        let modules =
            plan.dispatches().map(|(_, dispatch)| self.module(&dispatch.kernel)).collect::<Result<_, _>>()?;
        Ok(PlanKernels { modules })
    }

    pub(super) fn module(&mut self, kernel: &Kernel) -> Result<Spirv, Error> {
        if let Some(module) = self.modules.get(kernel) {
            return Ok(module.clone()?);
        }
        let _compiling = self.ledger.during(Activity::Compiling);
        let module = self.compiler.compile(request(kernel));
        self.modules.insert(kernel.clone(), module.clone());
        Ok(module?)
    }

    /// The module of a dispatch, and what its pipeline is known by.
    pub(super) fn identify(&mut self, dispatch: &Dispatch) -> Result<(Spirv, PipelineKey), Error> {
        let module = self.module(&dispatch.kernel)?;
        let kernel = &dispatch.kernel;
        let key = (module.hash.clone(), kernel.constants.clone(), kernel.bounds_checks);
        Ok((module, key))
    }

    /// What creating the pipeline of a dispatch takes, once that is known.
    pub(super) fn creation(&mut self, dispatch: &Dispatch) -> Result<SharedCreation, Error> {
        let (_, key) = self.identify(dispatch)?;
        Ok(self.creations.entry(key).or_default().clone())
    }

    /// The pipeline of a dispatch, shared by all dispatches whose kernels came out the same.
    pub(super) fn pipeline(&mut self, dispatch: &Dispatch) -> Result<gpu::Pipeline, Error> {
        let (module, key) = self.identify(dispatch)?;
        let pipeline = match self.pipelines.remove(&key) {
            Some(pipeline) => pipeline?,
            None => {
                let _creating = self.ledger.during(Activity::Pipelines);
                self.device.pipeline(&pipeline_description(dispatch, &module.words))?
            }
        };
        self.pipelines.insert(key, Ok(pipeline.clone()));
        Ok(pipeline)
    }

    /// The buffers that are filled to evict the caches, shared by all cold jobs: `evict_mib` in all, in as many as the
    /// device's largest buffer makes it.
    ///
    /// # Errors
    /// [`Error::TooLarge`], where that leaves nothing of the device's memory to the jobs.
    pub(super) fn scratch(&mut self) -> Result<Vec<gpu::Buffer>, Error> {
        if self.scratch.is_empty() {
            let (bytes, free) = (u64::from(self.settings.evict_mib) << 20, self.free_memory());
            if bytes > free / 2 {
                return Err(Error::TooLarge(format!(
                    "evicting the caches would fill {bytes} bytes, more than half of the {free} that this device has \
                     free; choose a smaller measure.evict_mib, several times the largest cache",
                )));
            }
            let limits = self.device.limits();
            let largest = limits.max_storage_buffer_range.min(limits.max_buffer_bytes) / 4 * 4;
            let starts = (0..bytes).step_by(usize::try_from(largest).unwrap_or(usize::MAX));
            let buffer =
                |start| self.device.buffer("scratch", largest.min(bytes - start), gpu::Usage::Storage);
            self.scratch = starts.map(buffer).collect::<gpu::Result<_>>()?;
        }
        Ok(self.scratch.clone())
    }

    /// Refuses a plan that cannot run on this device, before anything is allocated.
    ///
    /// # Errors
    /// [`Error::Exceeds`] or [`Error::TooLarge`], with what is needed and what there is.
    pub fn check(&self, plan: &Plan) -> Result<(), Error> {
        check(plan, self.device.limits(), self.free_memory())
    }

    /// What this device allows one workgroup.
    pub fn workgroup_limits(&self) -> Limits {
        let limits = self.device.limits();
        Limits {
            max_invocations: limits.max_workgroup_invocations,
            max_shared_bytes: limits.max_shared_bytes,
        }
    }

    /// How it measures.
    pub fn settings(&self) -> &'a MeasureSettings {
        self.settings
    }

    /// Bytes of device memory that a comparison may fill.
    pub fn free_memory(&self) -> u64 {
        let limits = self.device.limits();
        // Where the driver does not tell, its heaps' size is all that is known.
        self.device.free_memory_bytes().or(limits.free_memory_bytes).unwrap_or(limits.device_memory_bytes)
    }
}

/// What the compiler needs of a kernel.
pub(super) fn request(Kernel { source, macros, generated, .. }: &Kernel) -> Request<'_> {
    Request { source, macros, generated }
}

/// What the pipeline of a dispatch is made of.
pub(super) fn pipeline_description<'a>(
    dispatch: &'a Dispatch,
    spirv: &'a [u32],
) -> gpu::PipelineDescription<'a> {
    gpu::PipelineDescription {
        name: &dispatch.name,
        spirv,
        storage_buffers: dispatch.uses.len() as u32,
        push_bytes: (dispatch.push.len() * size_of::<u32>()) as u32,
        specialization: &dispatch.kernel.constants,
        workgroup: dispatch.workgroup,
        shared_bytes: dispatch.shared_bytes,
        bounds_checks: dispatch.kernel.bounds_checks,
    }
}

/// What a plan needs against what a device has.
fn check(plan: &Plan, limits: &gpu::Limits, free: u64) -> Result<(), Error> {
    for buffer in &plan.buffers {
        let limit = limits.max_storage_buffer_range.min(limits.max_buffer_bytes);
        if buffer.bytes() > limit {
            return Err(Error::TooLarge(format!(
                "buffer {} {} needs {} bytes, but this device's kernels see at most {limit} of one buffer; \
                 choose a smaller problem or another device",
                buffer.name,
                buffer.shape,
                buffer.bytes()
            )));
        }
    }
    if plan.bytes() > free {
        return Err(Error::TooLarge(format!(
            "the buffers need {} bytes together, but this device has {free} free; choose a smaller problem or \
             another device",
            plan.bytes()
        )));
    }
    for (_, dispatch) in plan.dispatches() {
        let name = &dispatch.name;
        let exceeds = |what: &str, needed: u64, limit: u64| {
            Err(Error::Exceeds(format!(
                "{name} needs {needed} {what}, but this device allows {limit}; choose smaller blocks or another device"
            )))
        };
        let invocations = u64::from(dispatch.workgroup.element_product());
        if invocations > limits.max_workgroup_invocations.into() {
            return exceeds(
                "invocations per workgroup",
                invocations,
                limits.max_workgroup_invocations.into(),
            );
        }
        if dispatch.shared_bytes > limits.max_shared_bytes {
            return exceeds(
                "bytes of shared memory",
                dispatch.shared_bytes.into(),
                limits.max_shared_bytes.into(),
            );
        }
        for axis in 0..3 {
            let (needed, limit) = (dispatch.workgroups[axis], limits.max_workgroup_count[axis]);
            if needed > limit {
                return exceeds(
                    &format!("workgroups on axis {}", ["x", "y", "z"][axis]),
                    needed.into(),
                    limit.into(),
                );
            }
        }
    }
    Ok(())
}

impl PlanKernels {
    /// Names the SPIR-V of these dispatches: the module's own hash, or one over several.
    pub fn hash(&self, dispatches: &[usize]) -> String {
        match dispatches {
            [one] => self.modules[*one].hash.clone(),
            several => {
                let hashes: Vec<&str> =
                    several.iter().map(|&index| self.modules[index].hash.as_str()).collect();
                kernels::short_digest(hashes.join(" ").as_bytes())
            }
        }
    }

    /// What shaderc took for them, or `None` where all came from the cache.
    pub fn compile_time(&self, dispatches: &[usize]) -> Option<Duration> {
        dispatches.iter().filter_map(|&index| self.modules[index].compile_time).reduce(|a, b| a + b)
    }
}

/// The buffers that a plan writes, which are poisoned before a verified run.
pub fn written(plan: &Plan) -> impl Iterator<Item = usize> {
    (0..plan.buffers.len()).filter(|&buffer| {
        plan.dispatches().any(|(_, dispatch)| {
            dispatch.uses.iter().any(|used| used.buffer == buffer && used.access == Access::Write)
        })
    })
}
