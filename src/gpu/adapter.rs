//! Owns the description of each physical device: what it is, what it allows, and what it lacks.

use std::{
    ffi::{CStr, CString},
    fmt,
    sync::Arc,
};

use ash::{ext, khr, vk};

use super::{
    Error, Limits, MatrixUnit, Result,
    calibration::Support,
    instance::{Owner, entry},
    limits::Memory,
    matrix,
};

/// A device that could be opened.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// Its place in the driver's order.
    pub index: usize,
    /// What it is.
    pub info: AdapterInfo,
    /// What it allows.
    pub limits: Limits,
    /// What it lacks to be used, in words; empty when it is usable.
    pub missing: Vec<String>,
    /// Absent in adapters made up by tests.
    pub(super) physical: Option<Physical>,
}

/// What a device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterInfo {
    /// The driver's name for it.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Its identity over reboots, as `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
    pub uuid: String,
    /// The driver's name and version.
    pub driver: String,
    /// The Vulkan version that it speaks, as `1.3.230`.
    pub api_version: String,
}

/// The kind of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A GPU with its own memory.
    Discrete,
    /// A GPU that shares the host's memory.
    Integrated,
    /// A GPU seen through a virtual machine.
    Virtual,
    /// The host's processor, running a software driver.
    Cpu,
    /// Anything else.
    Other,
}

/// The Vulkan side of an adapter: what opening it needs.
#[derive(Clone, Debug)]
pub(super) struct Physical {
    pub instance: Arc<Owner>,
    pub raw: vk::PhysicalDevice,
    /// The queue family to use; `None` where no family computes and counts time.
    pub queue_family: Option<u32>,
    pub has_maintenance4: bool,
    pub has_float16: bool,
    /// What multiplies matrices, where all that it needs is there besides.
    pub matrix_units: Vec<MatrixUnit>,
    pub has_budget: bool,
    pub has_portability_subset: bool,
    /// Present where both clocks can be read at one moment.
    pub calibration: Option<Support>,
    /// Whether kernels can read a clock of the whole device (`VK_KHR_shader_clock`).
    pub has_kernel_clock: bool,
    pub has_executable_properties: bool,
    /// Whether each pipeline says if accesses are checked against the ends of buffers (`VK_EXT_pipeline_robustness`).
    pub has_pipeline_robustness: bool,
    pub cache_identity: CacheIdentity,
}

/// What the header of a pipeline cache of this device says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CacheIdentity {
    pub vendor: u32,
    pub device: u32,
    pub uuid: [u8; vk::UUID_SIZE],
}

impl Adapter {
    /// What multiplies matrices across a subgroup; empty where nothing does.
    pub fn matrix_units(&self) -> &[MatrixUnit] {
        self.physical.as_ref().map_or(&[], |physical| &physical.matrix_units)
    }

    /// Whether it can be opened.
    pub fn is_usable(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether the driver tells of its machine code: it has `VK_KHR_pipeline_executable_properties`.
    pub fn has_executable_properties(&self) -> bool {
        self.physical.as_ref().is_some_and(|physical| physical.has_executable_properties)
    }

    /// Whether each pipeline says if accesses are checked against the ends of buffers: it has `VK_EXT_pipeline_robustness`.
    pub fn has_pipeline_robustness(&self) -> bool {
        self.physical.as_ref().is_some_and(|physical| physical.has_pipeline_robustness)
    }
}

/// `0: name (kind, uuid)`: one line in a list to choose from.
impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}, {})", self.index, self.info.name, self.info.kind, self.info.uuid)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Discrete => "discrete",
            Kind::Integrated => "integrated",
            Kind::Virtual => "virtual",
            Kind::Cpu => "cpu",
            Kind::Other => "other",
        })
    }
}

impl From<vk::PhysicalDeviceType> for Kind {
    fn from(kind: vk::PhysicalDeviceType) -> Self {
        match kind {
            vk::PhysicalDeviceType::DISCRETE_GPU => Kind::Discrete,
            vk::PhysicalDeviceType::INTEGRATED_GPU => Kind::Integrated,
            vk::PhysicalDeviceType::VIRTUAL_GPU => Kind::Virtual,
            vk::PhysicalDeviceType::CPU => Kind::Cpu,
            _ => Kind::Other,
        }
    }
}

/// All adapters of an instance.
pub(super) fn enumerate(instance: &Arc<Owner>) -> Result<Vec<Adapter>> {
    // SAFETY: the instance is alive.
    let physical = unsafe { instance.raw.enumerate_physical_devices() };
    match physical {
        Ok(all) => all.into_iter().enumerate().map(|(index, raw)| describe(instance, index, raw)).collect(),
        // What a loader without any driver answers, instead of an empty list.
        Err(vk::Result::ERROR_INITIALIZATION_FAILED) => Ok(Vec::new()),
        Err(code) => Err(Error::from_vk(code, "listing the devices")),
    }
}

fn describe(instance: &Arc<Owner>, index: usize, raw: vk::PhysicalDevice) -> Result<Adapter> {
    let properties = Properties::query(&instance.raw, raw);
    let features = Features::query(&instance.raw, raw, properties.base.api_version);
    let extensions = extension_names(&instance.raw, raw)?;
    let has = |name: &CStr| extensions.iter().any(|known| known.as_c_str() == name);
    let has_budget = has(ext::memory_budget::NAME);

    // SAFETY: `raw` belongs to the instance.
    let families = unsafe { instance.raw.get_physical_device_queue_family_properties(raw) };
    let family = choose_family(&families);

    let missing = missing(properties.base.api_version, features, family.is_some());
    let limits = Limits::new(
        &properties.base.limits,
        properties.subgroup_size,
        properties.max_buffer_bytes,
        family.map_or(0, |(_, valid_bits)| valid_bits),
        Memory::query(&instance.raw, raw, has_budget),
    );
    let physical = Physical {
        instance: Arc::clone(instance),
        raw,
        queue_family: family.map(|(index, _)| index),
        has_maintenance4: features.maintenance4,
        has_float16: features.float16,
        matrix_units: if features.float16 && features.memory_model {
            matrix::query(&instance.raw, raw, has)?
        } else {
            Vec::new()
        },
        has_budget,
        has_portability_subset: has(khr::portability_subset::NAME),
        calibration: Support::query(entry()?, &instance.raw, raw, has),
        has_kernel_clock: has(khr::shader_clock::NAME)
            && has_feature(&instance.raw, raw, |of: vk::PhysicalDeviceShaderClockFeaturesKHR<'_>| {
                of.shader_device_clock
            }),
        has_executable_properties: has(khr::pipeline_executable_properties::NAME)
            && has_feature(
                &instance.raw,
                raw,
                |of: vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR<'_>| {
                    of.pipeline_executable_info
                },
            ),
        has_pipeline_robustness: has(ext::pipeline_robustness::NAME)
            && has_feature(&instance.raw, raw, |of: vk::PhysicalDevicePipelineRobustnessFeaturesEXT<'_>| {
                of.pipeline_robustness
            }),
        cache_identity: CacheIdentity {
            vendor: properties.base.vendor_id,
            device: properties.base.device_id,
            uuid: properties.base.pipeline_cache_uuid,
        },
    };
    Ok(Adapter { index, info: properties.info(), limits, missing, physical: Some(physical) })
}

fn extension_names(instance: &ash::Instance, raw: vk::PhysicalDevice) -> Result<Vec<CString>> {
    // SAFETY: `raw` belongs to the instance.
    let properties = unsafe { instance.enumerate_device_extension_properties(raw) }
        .map_err(|code| Error::from_vk(code, "listing the extensions of a device"))?;
    let names = properties.iter().filter_map(|extension| extension.extension_name_as_c_str().ok());
    Ok(names.map(CStr::to_owned).collect())
}

/// The driver's answers about one device, as far as its version can give them.
struct Properties {
    base: vk::PhysicalDeviceProperties,
    uuid: [u8; vk::UUID_SIZE],
    driver: String,
    subgroup_size: u32,
    max_buffer_bytes: u64,
}

impl Properties {
    fn query(instance: &ash::Instance, raw: vk::PhysicalDevice) -> Self {
        // SAFETY: `raw` belongs to the instance.
        let base = unsafe { instance.get_physical_device_properties(raw) };
        let version = base.api_version;
        let mut id = vk::PhysicalDeviceIDProperties::default();
        let mut subgroup = vk::PhysicalDeviceSubgroupProperties::default();
        let mut maintenance3 = vk::PhysicalDeviceMaintenance3Properties::default();
        let mut driver = vk::PhysicalDeviceDriverProperties::default();
        let mut maintenance4 = vk::PhysicalDeviceMaintenance4Properties::default();
        let mut chain = vk::PhysicalDeviceProperties2::default();
        if version >= vk::API_VERSION_1_1 {
            chain = chain.push_next(&mut id).push_next(&mut subgroup).push_next(&mut maintenance3);
        }
        if version >= vk::API_VERSION_1_2 {
            chain = chain.push_next(&mut driver);
        }
        if version >= vk::API_VERSION_1_3 {
            chain = chain.push_next(&mut maintenance4);
        }
        // SAFETY: `raw` belongs to the instance; only structures of the device's own version are chained.
        unsafe { instance.get_physical_device_properties2(raw, &mut chain) };

        // Zero stands for a structure too new for this device.
        let bounds = [maintenance3.max_memory_allocation_size, maintenance4.max_buffer_size];
        let max_buffer_bytes = bounds.into_iter().filter(|&bytes| bytes > 0).min();
        Properties {
            base,
            uuid: id.device_uuid,
            driver: driver_text(&driver, base.driver_version),
            subgroup_size: subgroup.subgroup_size,
            max_buffer_bytes: max_buffer_bytes.unwrap_or(base.limits.max_storage_buffer_range.into()),
        }
    }

    fn info(&self) -> AdapterInfo {
        AdapterInfo {
            name: text(self.base.device_name_as_c_str().ok()),
            kind: self.base.device_type.into(),
            uuid: hyphenated(&self.uuid),
            driver: self.driver.clone(),
            api_version: version_text(self.base.api_version),
        }
    }
}

/// The features that matter here; all false before Vulkan 1.3.
#[derive(Clone, Copy, Default)]
struct Features {
    synchronization2: bool,
    maintenance4: bool,
    host_query_reset: bool,
    float16: bool,
    memory_model: bool,
}

impl Features {
    fn query(instance: &ash::Instance, raw: vk::PhysicalDevice, version: u32) -> Self {
        if version < vk::API_VERSION_1_3 {
            return Features::default();
        }
        let mut of_1_2 = vk::PhysicalDeviceVulkan12Features::default();
        let mut of_1_3 = vk::PhysicalDeviceVulkan13Features::default();
        let mut chain = vk::PhysicalDeviceFeatures2::default().push_next(&mut of_1_2).push_next(&mut of_1_3);
        // SAFETY: `raw` belongs to the instance and knows the chained structures by its version.
        unsafe { instance.get_physical_device_features2(raw, &mut chain) };
        Features {
            synchronization2: of_1_3.synchronization2 == vk::TRUE,
            maintenance4: of_1_3.maintenance4 == vk::TRUE,
            host_query_reset: of_1_2.host_query_reset == vk::TRUE,
            float16: of_1_2.shader_float16 == vk::TRUE,
            memory_model: of_1_2.vulkan_memory_model == vk::TRUE,
        }
    }
}

/// Whether a device that has an extension has a feature of it too: the member of `T` that `of` takes.
pub(super) fn has_feature<T: vk::ExtendsPhysicalDeviceFeatures2 + Default>(
    instance: &ash::Instance,
    raw: vk::PhysicalDevice,
    of: impl FnOnce(T) -> vk::Bool32,
) -> bool {
    let mut features = T::default();
    let mut chain = vk::PhysicalDeviceFeatures2::default().push_next(&mut features);
    // SAFETY: `raw` belongs to the instance, and has the extension of the chained structure.
    unsafe { instance.get_physical_device_features2(raw, &mut chain) };
    of(features) == vk::TRUE
}

/// The first family that computes and counts time, with its timestamp bits; one that also draws goes first.
///
/// The universal family is preferred to a dedicated compute family because every GPU has it, so that figures
/// of different devices come from the same kind of queue, and because Vulkan's `timestampComputeAndGraphics`
/// speaks of families like it. A dedicated one is scheduled beside other work, under rules and priorities
/// that vary by driver.
fn choose_family(families: &[vk::QueueFamilyProperties]) -> Option<(u32, u32)> {
    let able = || {
        (0_u32..).zip(families).filter(|(_, family)| {
            family.queue_count > 0
                && family.timestamp_valid_bits > 0
                && family.queue_flags.contains(vk::QueueFlags::COMPUTE)
        })
    };
    able()
        .find(|(_, family)| family.queue_flags.contains(vk::QueueFlags::GRAPHICS))
        .or_else(|| able().next())
        .map(|(index, family)| (index, family.timestamp_valid_bits))
}

fn missing(version: u32, features: Features, has_queue: bool) -> Vec<String> {
    let mut missing = Vec::new();
    if version < vk::API_VERSION_1_3 {
        missing.push(format!("Vulkan 1.3 (it offers {})", version_text(version)));
    } else {
        // Vulkan 1.3 demands all of them; a driver that is not conformant may yet lack one.
        if !features.synchronization2 {
            missing.push("the feature synchronization2".to_owned());
        }
        if !features.host_query_reset {
            missing.push("the feature hostQueryReset".to_owned());
        }
    }
    if !has_queue {
        missing.push("a compute queue with timestamps".to_owned());
    }
    missing
}

fn text(text: Option<&CStr>) -> String {
    text.map(|text| text.to_string_lossy().trim().to_owned()).unwrap_or_default()
}

fn driver_text(driver: &vk::PhysicalDeviceDriverProperties<'_>, version: u32) -> String {
    let name = text(driver.driver_name_as_c_str().ok());
    let info = text(driver.driver_info_as_c_str().ok());
    match (name.is_empty(), info.is_empty()) {
        (false, false) => format!("{name} {info}"),
        // The number's encoding is the vendor's own, so it is not taken apart.
        (false, true) => format!("{name} {version:#x}"),
        _ => format!("version {version:#x}"),
    }
}

fn version_text(version: u32) -> String {
    let (major, minor) = (vk::api_version_major(version), vk::api_version_minor(version));
    format!("{major}.{minor}.{}", vk::api_version_patch(version))
}

fn hyphenated(uuid: &[u8; vk::UUID_SIZE]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in uuid.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(flags: vk::QueueFlags, bits: u32) -> vk::QueueFamilyProperties {
        vk::QueueFamilyProperties {
            queue_flags: flags,
            queue_count: 1,
            timestamp_valid_bits: bits,
            ..Default::default()
        }
    }

    #[test]
    fn the_universal_family_goes_before_a_dedicated_one() {
        use vk::QueueFlags as F;
        let dedicated = family(F::COMPUTE, 64);
        let universal = family(F::GRAPHICS | F::COMPUTE, 36);
        assert_eq!(choose_family(&[dedicated, universal]), Some((1, 36)));
        assert_eq!(choose_family(&[family(F::TRANSFER, 64), dedicated]), Some((1, 64)));
        assert_eq!(choose_family(&[family(F::GRAPHICS | F::COMPUTE, 0)]), None);
    }

    #[test]
    fn what_is_missing_is_named() {
        let all = Features { synchronization2: true, host_query_reset: true, ..Features::default() };
        assert!(missing(vk::API_VERSION_1_3, all, true).is_empty());
        let old = missing(vk::make_api_version(0, 1, 2, 203), Features::default(), false);
        assert_eq!(old, ["Vulkan 1.3 (it offers 1.2.203)", "a compute queue with timestamps"]);
        let without = missing(vk::API_VERSION_1_3, Features::default(), true);
        assert_eq!(without.len(), 2);
    }

    #[test]
    fn a_uuid_is_hyphenated() {
        let uuid = *b"mesa22.3.6\0\0\0\0\0\0";
        assert_eq!(hyphenated(&uuid), "6d657361-3232-2e33-2e36-000000000000");
    }
}
