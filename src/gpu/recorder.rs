//! Owns recordings: dispatches, barriers, timestamps and copies, written once and submitted many times.

use std::{
    any::Any,
    sync::{Arc, atomic::AtomicBool},
};

use ash::vk;
use glam::UVec3;

use super::{
    Barrier, BindGroup, Buffer, Device, Error, Pipeline, Result, TimestampPool, Usage,
    device::{self, c_string},
    error::within,
};

/// A finished recording, submitted as often as wanted. Clones are handles to the same recording.
#[derive(Clone)]
pub struct CommandBuffer {
    pub(super) owner: Arc<Owner>,
}

/// The one owner of a command pool, of the only command buffer in it, and of what that uses.
pub(super) struct Owner {
    pub device: Arc<device::Owner>,
    pub name: String,
    /// A pool per recording: pools are not for two threads at once, recordings are.
    pool: vk::CommandPool,
    pub raw: vk::CommandBuffer,
    /// Whether a submission of it has not been waited for; it must not be submitted again meanwhile.
    pub pending: AtomicBool,
    /// Pipelines, groups, buffers and pools that the commands name.
    used: Vec<Arc<dyn Any + Send + Sync>>,
}

/// Writes commands into a recording.
///
/// Commands start in order but overlap freely: only barriers order what they do to memory.
pub struct Recorder {
    target: Owner,
    bound: Bound,
}

/// What the command buffer has bound, to bind only what changes: a dispatch repeated inside two timestamps
/// should be charged for dispatches alone.
#[derive(Default)]
struct Bound {
    pipeline: Option<vk::Pipeline>,
    set: Option<vk::DescriptorSet>,
    push: Vec<u8>,
}

impl Device {
    /// Records what `commands` writes. Nothing runs until it is submitted.
    ///
    /// # Errors
    /// Those of `commands`, or what the driver answers.
    pub fn record(
        &self,
        name: &str,
        commands: impl FnOnce(&mut Recorder) -> Result<()>,
    ) -> Result<CommandBuffer> {
        let during = || format!("recording '{name}'");
        self.owner.check_alive(during)?;
        let mut recorder = Recorder::begin(self, name).map_err(|code| self.owner.error(code, during()))?;
        commands(&mut recorder)?;
        // An error kept back until here by the command buffer: it is out of memory.
        recorder.end().map_err(|code| self.owner.error(code, during()))
    }
}

impl Recorder {
    fn begin(device: &Device, name: &str) -> Result<Self, vk::Result> {
        let device = Arc::clone(&device.owner);
        let info = vk::CommandPoolCreateInfo::default().queue_family_index(device.queue_family);
        // SAFETY: the device is alive and has a queue of this family.
        let pool = unsafe { device.raw.create_command_pool(&info, None) }?;
        let mut target = Owner {
            device,
            name: name.to_owned(),
            pool,
            raw: vk::CommandBuffer::null(),
            pending: AtomicBool::new(false),
            used: Vec::new(),
        };
        let info = vk::CommandBufferAllocateInfo::default().command_pool(pool).command_buffer_count(1);
        // SAFETY: the pool is new and used here alone.
        let allocated = unsafe { target.device.raw.allocate_command_buffers(&info) }?;
        target.raw = allocated.first().copied().ok_or(vk::Result::ERROR_UNKNOWN)?;
        target.device.name(pool, name);
        target.device.name(target.raw, name);
        // No ONE_TIME_SUBMIT: what warms a device up is submitted over and over.
        let info = vk::CommandBufferBeginInfo::default();
        // SAFETY: the command buffer is new.
        unsafe { target.device.raw.begin_command_buffer(target.raw, &info) }?;
        Ok(Recorder { target, bound: Bound::default() })
    }

    fn end(self) -> Result<CommandBuffer, vk::Result> {
        // SAFETY: recording was begun, and labels are closed by `label`.
        unsafe { self.target.device.raw.end_command_buffer(self.target.raw) }?;
        Ok(CommandBuffer { owner: Arc::new(self.target) })
    }

    /// Runs a kernel over `workgroups` workgroups, with `push` as its push constants.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] for more workgroups than the device allows on an axis; [`Error::Misuse`] for
    /// none, for push constants of another size than the pipeline's, or for a group that does not fit the
    /// pipeline.
    pub fn dispatch(
        &mut self,
        pipeline: &Pipeline,
        group: &BindGroup,
        push: &[u8],
        workgroups: UVec3,
    ) -> Result<()> {
        self.check_dispatch(pipeline, group, push, workgroups)?;
        self.bind(pipeline, group, push);
        let UVec3 { x, y, z } = workgroups;
        // SAFETY: pipeline, descriptors and push constants are bound, and the counts within the limits.
        unsafe { self.target.device.raw.cmd_dispatch(self.target.raw, x, y, z) };
        Ok(())
    }

    fn check_dispatch(
        &self,
        pipeline: &Pipeline,
        group: &BindGroup,
        push: &[u8],
        workgroups: UVec3,
    ) -> Result<()> {
        let name = pipeline.name();
        self.check_device(&pipeline.owner.device, || format!("the pipeline '{name}'"))?;
        self.check_device(&group.owner.device, || format!("the bind group of '{name}'"))?;
        let made_for = &group.owner.pipeline;
        // Equal layouts are compatible: Vulkan compares what they say, not which they are.
        let (theirs, ours) = (&made_for, &pipeline.owner);
        if (theirs.storage_buffers, theirs.push_bytes) != (ours.storage_buffers, ours.push_bytes) {
            let what =
                format!("a bind group made for '{}' does not fit the pipeline '{name}'", made_for.name);
            return Err(Error::misuse(what));
        }
        if push.len() != ours.push_bytes as usize {
            let (expected, given) = (ours.push_bytes, push.len());
            let what = format!("'{name}' takes {expected} bytes of push constants, but {given} are given");
            return Err(Error::misuse(what));
        }
        if workgroups.min_element() == 0 {
            return Err(Error::misuse(format!("the dispatch of '{name}', {workgroups}, has no workgroups")));
        }
        let limit = self.target.device.limits.max_workgroup_count;
        for (axis, label) in ["x", "y", "z"].into_iter().enumerate() {
            within(workgroups[axis].into(), limit[axis].into(), || {
                format!("the number of workgroups in {label} of the dispatch of '{name}'")
            })?;
        }
        Ok(())
    }

    fn bind(&mut self, pipeline: &Pipeline, group: &BindGroup, push: &[u8]) {
        use vk::{PipelineBindPoint, ShaderStageFlags};
        let (device, commands) = (&self.target.device.raw, self.target.raw);
        let layout = pipeline.owner.layout;
        if self.bound.pipeline != Some(pipeline.owner.raw) {
            // SAFETY: a compute pipeline of this device, kept alive below.
            unsafe { device.cmd_bind_pipeline(commands, PipelineBindPoint::COMPUTE, pipeline.owner.raw) };
            // Another layout may disturb what was bound and pushed under the last one: all is said again.
            self.bound = Bound { pipeline: Some(pipeline.owner.raw), set: None, push: Vec::new() };
        }
        if let Some(set) = group.owner.set.filter(|&set| self.bound.set != Some(set)) {
            // SAFETY: the set's layout is the pipeline's, and the group is kept alive below.
            unsafe {
                device.cmd_bind_descriptor_sets(commands, PipelineBindPoint::COMPUTE, layout, 0, &[set], &[]);
            }
            self.bound.set = Some(set);
        }
        if self.bound.push != push {
            // SAFETY: the layout has exactly this many bytes for the compute stage.
            unsafe { device.cmd_push_constants(commands, layout, ShaderStageFlags::COMPUTE, 0, push) };
            self.bound.push = push.to_vec();
        }
        self.keep(&pipeline.owner);
        self.keep(&group.owner);
    }

    /// Orders memory accesses: each barrier's `from` before its `to`. All of one call are one command.
    pub fn barrier(&mut self, barriers: &[Barrier<'_>]) -> Result<()> {
        let (mut global, mut buffers) = (Vec::new(), Vec::new());
        for barrier in barriers {
            match barrier {
                Barrier::Global { from, to } => {
                    let ((from_stage, from_access), (to_stage, to_access)) = (from.masks(), to.masks());
                    global.push(
                        vk::MemoryBarrier2::default()
                            .src_stage_mask(from_stage)
                            .src_access_mask(from_access)
                            .dst_stage_mask(to_stage)
                            .dst_access_mask(to_access),
                    );
                }
                Barrier::Buffer { buffer, from, to } => {
                    self.check_device(&buffer.owner.device, || format!("the buffer '{}'", buffer.name()))?;
                    let ((from_stage, from_access), (to_stage, to_access)) = (from.masks(), to.masks());
                    buffers.push(
                        vk::BufferMemoryBarrier2::default()
                            .src_stage_mask(from_stage)
                            .src_access_mask(from_access)
                            .dst_stage_mask(to_stage)
                            .dst_access_mask(to_access)
                            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
                            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
                            .buffer(buffer.owner.raw)
                            .size(vk::WHOLE_SIZE),
                    );
                    self.keep(&buffer.owner);
                }
            }
        }
        if barriers.is_empty() {
            return Ok(());
        }
        let info = vk::DependencyInfo::default().memory_barriers(&global).buffer_memory_barriers(&buffers);
        // SAFETY: synchronization2 is enabled, the buffers are of this device and kept alive.
        unsafe { self.target.device.raw.cmd_pipeline_barrier2(self.target.raw, &info) };
        Ok(())
    }

    /// Makes `count` timestamps from `first` on unwritten; each must be, before it is written again.
    pub fn reset_timestamps(&mut self, pool: &TimestampPool, first: u32, count: u32) -> Result<()> {
        self.check_device(&pool.owner.device, || "the timestamp pool".into())?;
        pool.check_range(first, count)?;
        if count > 0 {
            // SAFETY: the range is inside the pool, which is kept alive.
            unsafe {
                self.target.device.raw.cmd_reset_query_pool(self.target.raw, pool.owner.raw, first, count)
            };
            self.keep(&pool.owner);
        }
        Ok(())
    }

    /// Writes the time into slot `index` once all commands before it have ended.
    ///
    /// Commands after it do not wait for it: put a barrier there for what must not start earlier.
    pub fn timestamp(&mut self, pool: &TimestampPool, index: u32) -> Result<()> {
        self.check_device(&pool.owner.device, || "the timestamp pool".into())?;
        pool.check_range(index, 1)?;
        // A timestamp is taken when all earlier commands have passed its stage. ALL_COMMANDS means that they
        // have ended; at TOP_OF_PIPE (that is, NONE) they need not have begun, and their time is charged to
        // the next.
        let stage = vk::PipelineStageFlags2::ALL_COMMANDS;
        // SAFETY: the slot is inside the pool, which is kept alive; the queue's family has timestamps.
        unsafe { self.target.device.raw.cmd_write_timestamp2(self.target.raw, stage, pool.owner.raw, index) };
        self.keep(&pool.owner);
        Ok(())
    }

    /// Groups the commands of `commands` under a name that messages and profilers show.
    pub fn label(&mut self, name: &str, commands: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let name = c_string(name);
        if let Some(debug) = &self.target.device.debug {
            let label = vk::DebugUtilsLabelEXT::default().label_name(&name);
            // SAFETY: the command buffer is being recorded.
            unsafe { debug.cmd_begin_debug_utils_label(self.target.raw, &label) };
        }
        let result = commands(self);
        if let Some(debug) = &self.target.device.debug {
            // SAFETY: closes the label opened above.
            unsafe { debug.cmd_end_debug_utils_label(self.target.raw) };
        }
        result
    }

    /// Sets every 4-byte word of a [`Usage::Storage`] or [`Usage::Readback`] buffer to `pattern`.
    pub fn fill(&mut self, buffer: &Buffer, pattern: u32) -> Result<()> {
        self.check_transfer(buffer, Usage::Upload, "filled")?;
        // SAFETY: the buffer is a transfer target of this device, kept alive, and a multiple of 4 bytes long.
        unsafe {
            self.target.device.raw.cmd_fill_buffer(
                self.target.raw,
                buffer.owner.raw,
                0,
                vk::WHOLE_SIZE,
                pattern,
            );
        }
        self.keep(&buffer.owner);
        Ok(())
    }

    /// Copies `bytes` bytes between two different buffers.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a range beyond a buffer, for none at all, or for a buffer of the wrong use.
    pub fn copy(
        &mut self,
        from: &Buffer,
        from_offset: u64,
        to: &Buffer,
        to_offset: u64,
        bytes: u64,
    ) -> Result<()> {
        self.check_transfer(from, Usage::Readback, "copied from")?;
        self.check_transfer(to, Usage::Upload, "copied to")?;
        let inside =
            |buffer: &Buffer, offset: u64| offset.checked_add(bytes).is_some_and(|end| end <= buffer.bytes());
        if bytes == 0 || !inside(from, from_offset) || !inside(to, to_offset) || from.is(to) {
            return Err(Error::misuse(format!(
                "{bytes} bytes cannot be copied from {from:?} at {from_offset} to {to:?} at {to_offset}"
            )));
        }
        let region = [vk::BufferCopy { src_offset: from_offset, dst_offset: to_offset, size: bytes }];
        // SAFETY: both ranges are inside buffers of this device with the right use, different and kept alive.
        unsafe {
            let device = &self.target.device.raw;
            device.cmd_copy_buffer(self.target.raw, from.owner.raw, to.owner.raw, &region);
        }
        self.keep(&from.owner);
        self.keep(&to.owner);
        Ok(())
    }

    fn check_transfer(&self, buffer: &Buffer, unfit: Usage, what: &str) -> Result<()> {
        self.check_device(&buffer.owner.device, || format!("the buffer '{}'", buffer.name()))?;
        if buffer.usage() == unfit {
            return Err(Error::misuse(format!("{buffer:?} cannot be {what}")));
        }
        Ok(())
    }

    fn check_device(&self, device: &Arc<device::Owner>, what: impl FnOnce() -> String) -> Result<()> {
        if Arc::ptr_eq(&self.target.device, device) {
            return Ok(());
        }
        let name = &self.target.name;
        Err(Error::misuse(format!("{} is of another device than the recording '{name}'", what())))
    }

    /// Keeps an object alive with the recording, once; different ones are few.
    fn keep<T: Send + Sync + 'static>(&mut self, object: &Arc<T>) {
        let address = Arc::as_ptr(object).cast::<()>();
        if !self.target.used.iter().any(|kept| Arc::as_ptr(kept).cast::<()>() == address) {
            self.target.used.push(Arc::clone(object) as _);
        }
    }
}

impl Buffer {
    /// Whether both are handles to the same buffer.
    fn is(&self, other: &Buffer) -> bool {
        Arc::ptr_eq(&self.owner, &other.owner)
    }
}

impl CommandBuffer {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.owner.name
    }
}

impl std::fmt::Debug for CommandBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CommandBuffer('{}')", self.owner.name)
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recorder('{}')", self.target.name)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if self.device.may_destroy() {
            // SAFETY: a submission that is not over holds this owner. The command buffer goes with its pool,
            // and both before what the commands use.
            unsafe { self.device.raw.destroy_command_pool(self.pool, None) };
        }
    }
}
