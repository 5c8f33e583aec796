//! Owns compute pipelines: one kernel with its constants fixed, and the shape of what it binds.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ash::vk;
use glam::UVec3;

use super::{Device, Error, Limits, Result, cache::PipelineCache, device, error::within};

/// The first word of every SPIR-V module, in the host's byte order.
const SPIRV_MAGIC: u32 = 0x0723_0203;

/// What a pipeline is made of. The entry point is `main`.
#[derive(Clone, Copy, Debug)]
pub struct PipelineDescription<'a> {
    /// Its name, as messages and profilers show it.
    pub name: &'a str,
    /// A valid SPIR-V module, as words.
    pub spirv: &'a [u32],
    /// Storage buffers at bindings 0, 1, … of set 0.
    pub storage_buffers: u32,
    /// Bytes of push constants from offset 0, a multiple of 4.
    pub push_bytes: u32,
    /// Values of `constant_id` 0, 1, …, each as its 32 bits.
    pub specialization: &'a [u32],
    /// Invocations per workgroup, to check against the device; the kernel says it itself.
    pub workgroup: UVec3,
    /// Bytes of shared memory, to check against the device; the kernel says it itself.
    pub shared_bytes: u32,
    /// Whether the device checks accesses against the ends of buffers, where it has `VK_EXT_pipeline_robustness`; other
    /// devices do as their drivers please.
    pub bounds_checks: bool,
}

/// A kernel ready to be dispatched. Clones are handles to the same pipeline.
#[derive(Clone)]
pub struct Pipeline {
    pub(super) owner: Arc<Owner>,
}

/// The one owner of a Vulkan pipeline and its layouts.
pub(super) struct Owner {
    pub device: Arc<device::Owner>,
    pub name: String,
    pub storage_buffers: u32,
    pub push_bytes: u32,
    creation_time: Duration,
    // Null until created; Vulkan ignores the destruction of null.
    pub set_layout: vk::DescriptorSetLayout,
    pub layout: vk::PipelineLayout,
    pub raw: vk::Pipeline,
}

impl Device {
    /// Makes a pipeline, through the cache if one was loaded.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] when the device does not allow what is described, before anything is made;
    /// [`Error::Misuse`] for what is no SPIR-V at all; or what the driver answers.
    pub fn pipeline(&self, description: &PipelineDescription<'_>) -> Result<Pipeline> {
        self.create_pipeline(description, self.shared.cache().as_deref(), vk::PipelineCreateFlags::empty())
    }

    /// Makes a pipeline as [`Device::pipeline`] does, but past the cache. A driver's own cache may still
    /// answer.
    pub fn pipeline_uncached(&self, description: &PipelineDescription<'_>) -> Result<Pipeline> {
        self.create_pipeline(description, None, vk::PipelineCreateFlags::empty())
    }

    /// Makes a pipeline whose statistics the driver keeps, which must have
    /// `VK_KHR_pipeline_executable_properties`, past the cache.
    pub(super) fn capturing_pipeline(&self, description: &PipelineDescription<'_>) -> Result<Pipeline> {
        self.create_pipeline(description, None, vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR)
    }

    fn create_pipeline(
        &self,
        description: &PipelineDescription<'_>,
        cache: Option<&PipelineCache>,
        flags: vk::PipelineCreateFlags,
    ) -> Result<Pipeline> {
        let during = || format!("making the pipeline '{}'", description.name);
        self.owner.check_alive(during)?;
        check(description, self.limits())?;
        let mut owner = Owner {
            device: Arc::clone(&self.owner),
            name: description.name.to_owned(),
            storage_buffers: description.storage_buffers,
            push_bytes: description.push_bytes,
            creation_time: Duration::ZERO,
            set_layout: vk::DescriptorSetLayout::null(),
            layout: vk::PipelineLayout::null(),
            raw: vk::Pipeline::null(),
        };
        // What exists when one of these fails is destroyed with `owner`.
        let fail = |code| self.owner.error(code, during());
        owner.set_layout = set_layout(&self.owner, description).map_err(fail)?;
        owner.layout = layout(&self.owner, description, owner.set_layout).map_err(fail)?;
        let begun = Instant::now();
        owner.raw = compile(&self.owner, description, owner.layout, cache, flags).map_err(fail)?;
        owner.creation_time = begun.elapsed();
        self.owner.name(owner.set_layout, description.name);
        self.owner.name(owner.layout, description.name);
        self.owner.name(owner.raw, description.name);
        Ok(Pipeline { owner: Arc::new(owner) })
    }
}

impl Pipeline {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.owner.name
    }

    /// Host time that the driver took from SPIR-V to pipeline.
    pub fn creation_time(&self) -> Duration {
        self.owner.creation_time
    }
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pipeline('{}')", self.owner.name)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if !self.device.may_destroy() {
            return;
        }
        // SAFETY: recordings and bind groups that use them hold this owner; a null handle is ignored.
        unsafe {
            self.device.raw.destroy_pipeline(self.raw, None);
            self.device.raw.destroy_pipeline_layout(self.layout, None);
            self.device.raw.destroy_descriptor_set_layout(self.set_layout, None);
        }
    }
}

/// Refuses what the device would refuse less clearly, or not at all.
fn check(description: &PipelineDescription<'_>, limits: &Limits) -> Result<()> {
    let PipelineDescription { name, spirv, storage_buffers, push_bytes, workgroup, .. } = *description;
    if spirv.len() < 5 || spirv[0] != SPIRV_MAGIC {
        return Err(Error::misuse(format!("the kernel of the pipeline '{name}' is no SPIR-V")));
    }
    if !push_bytes.is_multiple_of(4) {
        let what = format!("the {push_bytes} bytes of push constants of '{name}' are not a multiple of 4");
        return Err(Error::misuse(what));
    }
    if workgroup.min_element() == 0 {
        return Err(Error::misuse(format!("the workgroup of '{name}', {workgroup}, has an empty axis")));
    }
    let within = |needed: u64, limit: u32, what: &str| {
        within(needed, limit.into(), || format!("{what} of the pipeline '{name}'"))
    };
    within(storage_buffers.into(), limits.max_storage_buffers, "the number of storage buffers")?;
    within(push_bytes.into(), limits.max_push_bytes, "the push-constant size in bytes")?;
    within(description.shared_bytes.into(), limits.max_shared_bytes, "the shared-memory size in bytes")?;
    for (axis, label) in ["x", "y", "z"].into_iter().enumerate() {
        let what = format!("the workgroup size in {label}");
        within(workgroup[axis].into(), limits.max_workgroup_size[axis], &what)?;
    }
    // Each axis is within a limit far below 2^21, so that the product cannot overflow; saturate all the same.
    let invocations =
        workgroup.to_array().into_iter().fold(1_u64, |product, axis| product.saturating_mul(axis.into()));
    within(invocations, limits.max_workgroup_invocations, "the number of invocations per workgroup")
}

type VkResult<T> = std::result::Result<T, vk::Result>;

fn set_layout(
    device: &device::Owner,
    description: &PipelineDescription<'_>,
) -> VkResult<vk::DescriptorSetLayout> {
    let bindings: Vec<_> = (0..description.storage_buffers)
        .map(|binding| {
            vk::DescriptorSetLayoutBinding::default()
                .binding(binding)
                .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                .descriptor_count(1)
                .stage_flags(vk::ShaderStageFlags::COMPUTE)
        })
        .collect();
    let info = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
    // SAFETY: the device is alive, and the number of bindings is within its limits.
    unsafe { device.raw.create_descriptor_set_layout(&info, None) }
}

fn layout(
    device: &device::Owner,
    description: &PipelineDescription<'_>,
    set_layout: vk::DescriptorSetLayout,
) -> VkResult<vk::PipelineLayout> {
    let sets = [set_layout];
    let push = [vk::PushConstantRange::default()
        .stage_flags(vk::ShaderStageFlags::COMPUTE)
        .size(description.push_bytes)];
    let mut info = vk::PipelineLayoutCreateInfo::default().set_layouts(&sets);
    if description.push_bytes > 0 {
        info = info.push_constant_ranges(&push);
    }
    // SAFETY: the set layout is of this device, and the push constants are within its limits.
    unsafe { device.raw.create_pipeline_layout(&info, None) }
}

fn compile(
    device: &device::Owner,
    description: &PipelineDescription<'_>,
    layout: vk::PipelineLayout,
    cache: Option<&PipelineCache>,
    flags: vk::PipelineCreateFlags,
) -> VkResult<vk::Pipeline> {
    let module_info = vk::ShaderModuleCreateInfo::default().code(description.spirv);
    // SAFETY: the module is valid SPIR-V, which the caller answers for (see the module's documentation).
    let module = unsafe { device.raw.create_shader_module(&module_info, None) }?;

    let data: Vec<u8> = description.specialization.iter().flat_map(|value| value.to_ne_bytes()).collect();
    let entries: Vec<_> = (0..)
        .zip(description.specialization)
        .map(|(id, _)| vk::SpecializationMapEntry::default().constant_id(id).offset(4 * id).size(4))
        .collect();
    let specialization = vk::SpecializationInfo::default().map_entries(&entries).data(&data);
    let stage = vk::PipelineShaderStageCreateInfo::default()
        .stage(vk::ShaderStageFlags::COMPUTE)
        .module(module)
        .name(c"main")
        .specialization_info(&specialization);
    let mut info = vk::ComputePipelineCreateInfo::default().stage(stage).layout(layout).flags(flags);
    let buffers = if description.bounds_checks {
        vk::PipelineRobustnessBufferBehaviorEXT::ROBUST_BUFFER_ACCESS
    } else {
        vk::PipelineRobustnessBufferBehaviorEXT::DISABLED
    };
    let mut robustness = vk::PipelineRobustnessCreateInfoEXT::default().storage_buffers(buffers);
    if device.physical.has_pipeline_robustness {
        info = info.push_next(&mut robustness);
    }
    let infos = [info];
    let cache = cache.map_or(vk::PipelineCache::null(), |cache| cache.raw);
    // SAFETY: module, layout and cache are of this device, and what `infos` points at lives through the call.
    let created = unsafe { device.raw.create_compute_pipelines(cache, &infos, None) };
    // SAFETY: a pipeline does not need its module once created.
    unsafe { device.raw.destroy_shader_module(module, None) };
    // A pipeline that failed is null, in a list of one: there is nothing to destroy.
    let pipelines = created.map_err(|(_, code)| code)?;
    pipelines.into_iter().next().ok_or(vk::Result::ERROR_UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::tests::limits;

    const HEADER: [u32; 5] = [SPIRV_MAGIC, 0x0001_0600, 0, 1, 0];

    fn description() -> PipelineDescription<'static> {
        PipelineDescription {
            name: "k",
            spirv: &HEADER,
            storage_buffers: 2,
            push_bytes: 16,
            specialization: &[],
            workgroup: UVec3::new(8, 8, 1),
            shared_bytes: 1024,
            bounds_checks: false,
        }
    }

    /// The number needed and the limit, if a limit is what is exceeded.
    fn exceeded(description: PipelineDescription<'_>) -> Option<(u64, u64)> {
        match check(&description, &limits()) {
            Err(Error::LimitExceeded { needed, limit, what }) => {
                assert!(what.contains("'k'"), "{what}");
                Some((needed, limit))
            }
            _ => None,
        }
    }

    #[test]
    fn every_limit_is_checked() {
        let fits = description();
        assert!(check(&fits, &limits()).is_ok());
        assert_eq!(exceeded(PipelineDescription { storage_buffers: 33, ..fits }), Some((33, 32)));
        assert_eq!(exceeded(PipelineDescription { push_bytes: 132, ..fits }), Some((132, 128)));
        assert_eq!(exceeded(PipelineDescription { shared_bytes: 32_769, ..fits }), Some((32_769, 32_768)));
        let wide = UVec3::new(1, 1, 65);
        assert_eq!(exceeded(PipelineDescription { workgroup: wide, ..fits }), Some((65, 64)));
        let big = UVec3::new(64, 64, 1);
        assert_eq!(exceeded(PipelineDescription { workgroup: big, ..fits }), Some((4096, 1024)));
    }

    #[test]
    fn nonsense_is_misuse() {
        let fits = description();
        for nonsense in [
            PipelineDescription { spirv: &[], ..fits },
            PipelineDescription { spirv: &[1, 2, 3, 4, 5], ..fits },
            PipelineDescription { push_bytes: 6, ..fits },
            PipelineDescription { workgroup: UVec3::new(8, 0, 1), ..fits },
        ] {
            assert!(matches!(check(&nonsense, &limits()), Err(Error::Misuse { .. })), "{nonsense:?}");
        }
    }
}
