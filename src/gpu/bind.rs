//! Owns bind groups: which buffer a pipeline finds at which binding.

use std::sync::Arc;

use ash::vk;

use super::{Buffer, Device, Error, Pipeline, Result, Usage, buffer, device, pipeline};

/// Buffers bound to a pipeline's bindings 0, 1, …. Clones are handles to the same group.
#[derive(Clone)]
pub struct BindGroup {
    pub(super) owner: Arc<Owner>,
}

/// The one owner of a descriptor pool and of the only set in it.
pub(super) struct Owner {
    pub device: Arc<device::Owner>,
    pub pipeline: Arc<pipeline::Owner>,
    /// A set per pool: groups are few and long-lived, and share nothing between threads.
    pool: vk::DescriptorPool,
    /// `None` for a pipeline without buffers.
    pub set: Option<vk::DescriptorSet>,
    /// Kept alive.
    _buffers: Vec<Arc<buffer::Owner>>,
}

impl Device {
    /// Binds `buffers` to the bindings 0, 1, … of `pipeline`; the group also fits pipelines with as many
    /// buffers and push-constant bytes.
    ///
    /// # Errors
    /// [`Error::Misuse`] when their number is not the pipeline's, or one is no [`Usage::Storage`] buffer of
    /// this device; or what the driver answers.
    pub fn bind(&self, pipeline: &Pipeline, buffers: &[&Buffer]) -> Result<BindGroup> {
        let during = || format!("binding buffers to '{}'", pipeline.name());
        self.owner.check_alive(during)?;
        self.check_binding(pipeline, buffers)?;
        let mut owner = Owner {
            device: Arc::clone(&self.owner),
            pipeline: Arc::clone(&pipeline.owner),
            pool: vk::DescriptorPool::null(),
            set: None,
            _buffers: buffers.iter().map(|buffer| Arc::clone(&buffer.owner)).collect(),
        };
        if !buffers.is_empty() {
            owner.allocate(pipeline).map_err(|code| self.owner.error(code, during()))?;
            owner.write(buffers);
        }
        Ok(BindGroup { owner: Arc::new(owner) })
    }

    fn check_binding(&self, pipeline: &Pipeline, buffers: &[&Buffer]) -> Result<()> {
        let name = pipeline.name();
        if !Arc::ptr_eq(&self.owner, &pipeline.owner.device) {
            return Err(Error::misuse(format!("the pipeline '{name}' is of another device")));
        }
        let (expected, given) = (pipeline.owner.storage_buffers, buffers.len());
        if u32::try_from(given) != Ok(expected) {
            let what = format!("the pipeline '{name}' binds {expected} buffers, but {given} are given");
            return Err(Error::misuse(what));
        }
        for buffer in buffers {
            if !Arc::ptr_eq(&self.owner, &buffer.owner.device) {
                return Err(Error::misuse(format!("the buffer '{}' is of another device", buffer.name())));
            }
            if buffer.usage() != Usage::Storage {
                let what =
                    format!("the buffer '{}' is in host memory; '{name}' cannot bind it", buffer.name());
                return Err(Error::misuse(what));
            }
        }
        Ok(())
    }
}

impl Owner {
    fn allocate(&mut self, pipeline: &Pipeline) -> Result<(), vk::Result> {
        let sizes = [vk::DescriptorPoolSize::default()
            .ty(vk::DescriptorType::STORAGE_BUFFER)
            .descriptor_count(pipeline.owner.storage_buffers)];
        let info = vk::DescriptorPoolCreateInfo::default().max_sets(1).pool_sizes(&sizes);
        // SAFETY: the device is alive, and the number of descriptors is above 0.
        self.pool = unsafe { self.device.raw.create_descriptor_pool(&info, None) }?;
        let layouts = [pipeline.owner.set_layout];
        let info = vk::DescriptorSetAllocateInfo::default().descriptor_pool(self.pool).set_layouts(&layouts);
        // SAFETY: the pool was made for exactly this set and is used here alone.
        let sets = unsafe { self.device.raw.allocate_descriptor_sets(&info) }?;
        self.set = sets.first().copied();
        if let Some(set) = self.set {
            self.device.name(self.pool, pipeline.name());
            self.device.name(set, pipeline.name());
        }
        Ok(())
    }

    fn write(&self, buffers: &[&Buffer]) {
        let Some(set) = self.set else { return };
        let infos: Vec<_> = buffers
            .iter()
            .map(|buffer| {
                [vk::DescriptorBufferInfo::default().buffer(buffer.owner.raw).range(vk::WHOLE_SIZE)]
            })
            .collect();
        let writes: Vec<_> = (0..)
            .zip(&infos)
            .map(|(binding, info)| {
                vk::WriteDescriptorSet::default()
                    .dst_set(set)
                    .dst_binding(binding)
                    .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                    .buffer_info(info)
            })
            .collect();
        // SAFETY: the set is new and not in use, has these bindings, and the buffers are storage buffers,
        // within the range a shader can see and alive as long as the set.
        unsafe { self.device.raw.update_descriptor_sets(&writes, &[]) };
    }
}

impl std::fmt::Debug for BindGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.owner._buffers.iter().map(|buffer| &buffer.name);
        write!(f, "BindGroup('{}', ", self.owner.pipeline.name)?;
        f.debug_list().entries(names).finish()?;
        write!(f, ")")
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if self.device.may_destroy() {
            // SAFETY: recordings that use the set hold this owner; the set goes with its pool; null is
            // ignored.
            unsafe { self.device.raw.destroy_descriptor_pool(self.pool, None) };
        }
    }
}
