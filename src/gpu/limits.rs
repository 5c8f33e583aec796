//! Owns the numbers a device sets as bounds, read once from its driver.

use ash::vk;
use glam::UVec3;

use super::Clock;

/// What a device allows, in plain numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Workgroups per dispatch, per axis.
    pub max_workgroup_count: UVec3,
    /// Invocations per workgroup, per axis.
    pub max_workgroup_size: UVec3,
    /// Invocations per workgroup, over all axes.
    pub max_workgroup_invocations: u32,
    /// Bytes of shared memory per workgroup.
    pub max_shared_bytes: u32,
    /// Bytes of a storage buffer that a shader can see.
    pub max_storage_buffer_range: u64,
    /// Bytes of a buffer of any use: the smaller of the largest buffer and the largest allocation.
    pub max_buffer_bytes: u64,
    /// Storage buffers that one pipeline can bind.
    pub max_storage_buffers: u32,
    /// Bytes of push constants.
    pub max_push_bytes: u32,
    /// Invocations per subgroup.
    pub subgroup_size: u32,
    /// Nanoseconds per timestamp tick: the driver's `f32`, unrounded.
    pub timestamp_period_ns: f64,
    /// Bits of a timestamp that count, on the queue that is used; 0 where it has none.
    pub timestamp_valid_bits: u32,
    /// Bytes of device-local memory, all heaps together.
    pub device_memory_bytes: u64,
    /// Bytes of it free to this process when it was asked, where the driver tells (`VK_EXT_memory_budget`).
    pub free_memory_bytes: Option<u64>,
}

impl Limits {
    /// The clock of the queue that is used.
    pub fn clock(&self) -> Clock {
        Clock { period_ns: self.timestamp_period_ns, valid_bits: self.timestamp_valid_bits }
    }

    /// Collects the limits from what the driver answered.
    pub(super) fn new(
        properties: &vk::PhysicalDeviceLimits,
        subgroup_size: u32,
        max_buffer_bytes: u64,
        timestamp_valid_bits: u32,
        memory: Memory,
    ) -> Self {
        Limits {
            max_workgroup_count: properties.max_compute_work_group_count.into(),
            max_workgroup_size: properties.max_compute_work_group_size.into(),
            max_workgroup_invocations: properties.max_compute_work_group_invocations,
            max_shared_bytes: properties.max_compute_shared_memory_size,
            max_storage_buffer_range: properties.max_storage_buffer_range.into(),
            max_buffer_bytes,
            max_storage_buffers: properties
                .max_per_stage_descriptor_storage_buffers
                .min(properties.max_descriptor_set_storage_buffers)
                .min(properties.max_per_stage_resources),
            max_push_bytes: properties.max_push_constants_size,
            subgroup_size,
            timestamp_period_ns: properties.timestamp_period.into(),
            timestamp_valid_bits,
            device_memory_bytes: memory.total,
            free_memory_bytes: memory.free,
        }
    }
}

/// Device-local memory, in bytes, over all heaps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub total: u64,
    /// Known only with `VK_EXT_memory_budget`.
    pub free: Option<u64>,
}

impl Memory {
    /// Asks the driver, which counts the free part anew each time.
    pub fn query(instance: &ash::Instance, physical: vk::PhysicalDevice, has_budget: bool) -> Self {
        let mut budget = vk::PhysicalDeviceMemoryBudgetPropertiesEXT::default();
        let mut properties = vk::PhysicalDeviceMemoryProperties2::default();
        if has_budget {
            properties = properties.push_next(&mut budget);
        }
        // SAFETY: `physical` belongs to `instance`, and the chained structure is one the device knows.
        unsafe { instance.get_physical_device_memory_properties2(physical, &mut properties) };
        let heaps = properties.memory_properties;
        let (mut total, mut free) = (0_u64, 0_u64);
        for (index, heap) in heaps.memory_heaps_as_slice().iter().enumerate() {
            if heap.flags.contains(vk::MemoryHeapFlags::DEVICE_LOCAL) {
                total = total.saturating_add(heap.size);
                free =
                    free.saturating_add(budget.heap_budget[index].saturating_sub(budget.heap_usage[index]));
            }
        }
        Memory { total, free: has_budget.then_some(free) }
    }
}
