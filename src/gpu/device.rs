//! Owns the logical device: its queue, its memory allocator, its debug names, and whether it still answers.

use std::{
    ffi::CString,
    mem::ManuallyDrop,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use ash::{ext, khr, vk};
use gpu_allocator::{
    AllocationSizes, AllocatorDebugSettings,
    vulkan::{Allocator, AllocatorCreateDesc},
};

use super::{
    Adapter, AdapterInfo, Error, Limits, MatrixExtension, Result, adapter::Physical, cache::PipelineCache,
    calibration, limits::Memory, lock, select::usable, transfer::Transfer,
};

/// How long a submission may take, unless [`Device::set_timeout`] says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

const MIB: u64 = 1 << 20;

/// A device opened for compute. Clones are handles to the same device.
#[derive(Clone)]
pub struct Device {
    pub(super) owner: Arc<Owner>,
    // Apart from the owner, since what is in here holds the owner itself.
    pub(super) shared: Arc<Shared>,
}

/// What all handles of a device share and none of its objects needs.
#[derive(Default)]
pub(super) struct Shared {
    pub transfer: Mutex<Transfer>,
    pub cache: Mutex<Option<Arc<PipelineCache>>>,
}

/// The one owner of the Vulkan device; every object made from it keeps it alive.
pub(super) struct Owner {
    pub raw: ash::Device,
    pub info: AdapterInfo,
    pub limits: Limits,
    pub physical: Physical,
    pub queue_family: u32,
    pub queue: Mutex<vk::Queue>,
    pub allocator: Mutex<ManuallyDrop<Allocator>>,
    /// Present where `VK_EXT_debug_utils` is: names and labels do nothing without it.
    pub debug: Option<ext::debug_utils::Device>,
    /// Present where the device's clock and the host's can be read at one moment.
    pub calibration: Option<calibration::Functions>,
    /// Present where the driver tells of its machine code.
    pub executable_properties: Option<khr::pipeline_executable_properties::Device>,
    state: AtomicU8,
    timeout_ns: AtomicU64,
}

/// Works.
const ALIVE: u8 = 0;
/// `VK_ERROR_DEVICE_LOST`: nothing runs any more, objects may and must be destroyed.
const LOST: u8 = 1;
/// A submission did not end: it may still run and use its objects, so none may be destroyed.
const HUNG: u8 = 2;

impl Device {
    /// Opens an adapter: one queue that computes and counts time, and a memory allocator.
    ///
    /// # Errors
    /// [`Error::Missing`] when the adapter is not usable, or what the driver answers.
    pub fn open(adapter: &Adapter) -> Result<Self> {
        Self::open_with(adapter, None)
    }

    /// Opens an adapter so that kernels may multiply matrices by `matrices`, one of [`Adapter::matrix_units`]'s.
    ///
    /// # Errors
    /// As [`Device::open`].
    pub fn open_with(adapter: &Adapter, matrices: Option<MatrixExtension>) -> Result<Self> {
        let adapter = usable(adapter)?;
        let unusable = || Error::Missing {
            device: adapter.info.name.clone(),
            what: "a compute queue with timestamps".to_owned(),
        };
        let physical = adapter.physical.clone().ok_or_else(unusable)?;
        let queue_family = physical.queue_family.ok_or_else(unusable)?;
        let raw = create(&physical, queue_family, matrices)?;
        let allocator = match allocator(&physical, &raw) {
            Ok(allocator) => allocator,
            Err(error) => {
                // SAFETY: just created, and nothing was made from it.
                unsafe { raw.destroy_device(None) };
                return Err(error);
            }
        };
        // SAFETY: the device was created with one queue of this family.
        let queue = unsafe { raw.get_device_queue(queue_family, 0) };
        let debug = (physical.instance.has_debug_utils)
            .then(|| ext::debug_utils::Device::new(&physical.instance.raw, &raw));
        let calibration = physical.calibration.map(|support| support.functions(&physical.instance.raw, &raw));
        let executable_properties = (physical.has_executable_properties)
            .then(|| khr::pipeline_executable_properties::Device::new(&physical.instance.raw, &raw));
        let owner = Owner {
            raw,
            info: adapter.info.clone(),
            limits: adapter.limits.clone(),
            physical,
            queue_family,
            queue: Mutex::new(queue),
            allocator: Mutex::new(ManuallyDrop::new(allocator)),
            debug,
            calibration,
            executable_properties,
            state: AtomicU8::new(ALIVE),
            timeout_ns: AtomicU64::new(TIMEOUT.as_nanos() as u64),
        };
        Ok(Device { owner: Arc::new(owner), shared: Arc::default() })
    }

    /// What the device allows; `free_memory_bytes` is of the time when adapters were listed.
    pub fn limits(&self) -> &Limits {
        &self.owner.limits
    }

    /// What the device is.
    pub fn info(&self) -> &AdapterInfo {
        &self.owner.info
    }

    /// Whether kernels can read a clock of the whole device, `clockRealtimeEXT` in GLSL.
    pub fn has_kernel_clock(&self) -> bool {
        self.owner.physical.has_kernel_clock
    }

    /// Whether kernels may compute in 16-bit floats.
    pub fn has_float16(&self) -> bool {
        self.owner.physical.has_float16
    }

    /// Bytes of device-local memory free to this process now, where the driver tells.
    pub fn free_memory_bytes(&self) -> Option<u64> {
        let Physical { instance, raw, has_budget, .. } = &self.owner.physical;
        Memory::query(&instance.raw, *raw, *has_budget).free
    }

    /// Sets how long a submission may take before the device is given up; 60 s at first.
    ///
    /// A driver may be late to notice: lavapipe of Mesa 22.3 at times waits for the end of the work instead.
    pub fn set_timeout(&self, timeout: Duration) {
        let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        self.owner.timeout_ns.store(nanoseconds, Ordering::Relaxed);
    }

    /// Whether the device can still be used: not lost, not given up after a timeout.
    pub fn is_alive(&self) -> bool {
        self.owner.state.load(Ordering::Acquire) == ALIVE
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").field("info", &self.owner.info).finish_non_exhaustive()
    }
}

impl Owner {
    pub fn timeout(&self) -> Duration {
        Duration::from_nanos(self.timeout_ns.load(Ordering::Relaxed))
    }

    /// Whether objects may be destroyed: not while a submission that never ended may still use them.
    pub fn may_destroy(&self) -> bool {
        self.state.load(Ordering::Acquire) != HUNG
    }

    /// Gives the device up after a submission did not end.
    pub fn give_up(&self) {
        self.state.store(HUNG, Ordering::Release);
    }

    /// Refuses to go on with a device that is lost or was given up.
    pub fn check_alive(&self, during: impl FnOnce() -> String) -> Result<()> {
        match self.state.load(Ordering::Acquire) {
            ALIVE => Ok(()),
            _ => Err(Error::DeviceLost { during: during() }),
        }
    }

    /// The meaning of a Vulkan result code; remembers a lost device.
    pub fn error(&self, code: vk::Result, during: impl Into<String>) -> Error {
        if code == vk::Result::ERROR_DEVICE_LOST {
            // A device given up stays so: its objects are not to be destroyed whatever it says later.
            let _ = self.state.compare_exchange(ALIVE, LOST, Ordering::AcqRel, Ordering::Acquire);
        }
        Error::from_vk(code, during)
    }

    /// Gives an object a name that validation messages and profilers show.
    pub fn name(&self, handle: impl vk::Handle, name: &str) {
        if let Some(debug) = &self.debug {
            let name = c_string(name);
            let info = vk::DebugUtilsObjectNameInfoEXT::default().object_handle(handle).object_name(&name);
            // SAFETY: the handle was just created from this device and is not yet shared with another thread.
            // A name that cannot be set is no reason to fail.
            let _ = unsafe { debug.set_debug_utils_object_name(&info) };
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if !self.may_destroy() {
            // Waiting for the device could take for ever, and destroying what it uses is undefined. So the
            // device, its memory and its instance are leaked; the process is expected to end soon.
            std::mem::forget(Arc::clone(&self.physical.instance));
            return;
        }
        let allocator = self.allocator.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        // SAFETY: dropped once, here, before the device it frees its memory to; every buffer is gone by now,
        // as each holds this owner.
        unsafe { ManuallyDrop::drop(allocator) };
        // SAFETY: every object made from the device held this owner and is destroyed; every submission was
        // waited for, or the device is lost, and then nothing is pending.
        unsafe { self.raw.destroy_device(None) };
    }
}

/// A C string with the text up to its first NUL.
pub(super) fn c_string(text: &str) -> CString {
    CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default()
}

fn create(physical: &Physical, queue_family: u32, matrices: Option<MatrixExtension>) -> Result<ash::Device> {
    let priorities = [1.0];
    let queues =
        [vk::DeviceQueueCreateInfo::default().queue_family_index(queue_family).queue_priorities(&priorities)];
    let mut extensions = Vec::new();
    if physical.has_portability_subset {
        // Vulkan demands that a device which has it enables it.
        extensions.push(khr::portability_subset::NAME.as_ptr());
    }
    if let Some(calibration) = &physical.calibration {
        extensions.push(calibration.name().as_ptr());
    }
    let mut clock = vk::PhysicalDeviceShaderClockFeaturesKHR::default().shader_device_clock(true);
    if physical.has_kernel_clock {
        extensions.push(khr::shader_clock::NAME.as_ptr());
    }
    if physical.has_executable_properties {
        extensions.push(khr::pipeline_executable_properties::NAME.as_ptr());
    }
    if physical.has_pipeline_robustness {
        extensions.push(ext::pipeline_robustness::NAME.as_ptr());
    }
    let mut robustness = vk::PhysicalDevicePipelineRobustnessFeaturesEXT::default().pipeline_robustness(true);
    let mut executables =
        vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default().pipeline_executable_info(true);
    extensions.extend(matrices.map(|extension| extension.name().as_ptr()));
    // A host reset lets a timestamp pool be read at any time, even before anything was written to it.
    let mut of_1_2 = vk::PhysicalDeviceVulkan12Features::default()
        .host_query_reset(true)
        .shader_float16(physical.has_float16)
        // Kernels that multiply matrices declare this memory model.
        .vulkan_memory_model(matrices.is_some());
    // maintenance4 allows workgroup sizes by specialization constant in SPIR-V 1.6 (LocalSizeId).
    let mut of_1_3 = vk::PhysicalDeviceVulkan13Features::default()
        .synchronization2(true)
        .maintenance4(physical.has_maintenance4);
    let mut of_khr = vk::PhysicalDeviceCooperativeMatrixFeaturesKHR::default().cooperative_matrix(true);
    let mut of_nv = vk::PhysicalDeviceCooperativeMatrixFeaturesNV::default().cooperative_matrix(true);
    let mut info = vk::DeviceCreateInfo::default()
        .queue_create_infos(&queues)
        .enabled_extension_names(&extensions)
        .push_next(&mut of_1_2)
        .push_next(&mut of_1_3);
    if physical.has_kernel_clock {
        info = info.push_next(&mut clock);
    }
    if physical.has_executable_properties {
        info = info.push_next(&mut executables);
    }
    if physical.has_pipeline_robustness {
        info = info.push_next(&mut robustness);
    }
    info = match matrices {
        Some(MatrixExtension::Khr) => info.push_next(&mut of_khr),
        Some(MatrixExtension::Nv) => info.push_next(&mut of_nv),
        None => info,
    };
    // SAFETY: the physical device is of this instance; the features and extensions were found present.
    unsafe { physical.instance.raw.create_device(physical.raw, &info, None) }
        .map_err(|code| Error::from_vk(code, "opening the device"))
}

fn allocator(physical: &Physical, raw: &ash::Device) -> Result<Allocator> {
    // Blocks that grow: a small problem should not claim 256 MiB of a small device.
    let sizes = AllocationSizes::new(16 * MIB, 16 * MIB)
        .with_max_device_memblock_size(256 * MIB)
        .with_max_host_memblock_size(64 * MIB);
    Allocator::new(&AllocatorCreateDesc {
        instance: physical.instance.raw.clone(),
        device: raw.clone(),
        physical_device: physical.raw,
        debug_settings: AllocatorDebugSettings::default(),
        buffer_device_address: false,
        allocation_sizes: sizes,
    })
    .map_err(|error| Error::Vulkan { during: "making the memory allocator".into(), code: error.to_string() })
}

impl Shared {
    /// The cache that pipelines are created through, if one was loaded.
    pub fn cache(&self) -> Option<Arc<PipelineCache>> {
        lock(&self.cache).clone()
    }
}
