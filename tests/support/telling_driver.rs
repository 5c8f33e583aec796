//! The part of the driver before lavapipe that has `VK_KHR_pipeline_executable_properties`, which lavapipe lacks: it
//! tells the same of every pipeline that was made to be told of, and refuses to tell of others.

use std::ffi::{CStr, c_char};
use std::sync::Mutex;

use super::{Pointer, UNKNOWN, behind};

const EXTENSION: &CStr = c"VK_KHR_pipeline_executable_properties";
const INCOMPLETE: i32 = 5;
const FEATURES: u32 = 1_000_269_000;
const CAPTURE_STATISTICS: u32 = 0x40;

/// What replaces the real function, or stands where there is none.
pub fn replacement(name: &str) -> Option<(&'static str, Pointer)> {
    Some(match name {
        "vkEnumerateDeviceExtensionProperties" => {
            ("vkEnumerateDeviceExtensionProperties", extensions as Pointer)
        }
        "vkGetPhysicalDeviceFeatures2" => ("vkGetPhysicalDeviceFeatures2", features as Pointer),
        "vkCreateDevice" => ("vkCreateDevice", create_device as Pointer),
        "vkCreateComputePipelines" => ("vkCreateComputePipelines", create_pipelines as Pointer),
        "vkGetPipelineExecutablePropertiesKHR" => {
            ("vkGetPipelineExecutablePropertiesKHR", properties as Pointer)
        }
        "vkGetPipelineExecutableStatisticsKHR" => {
            ("vkGetPipelineExecutableStatisticsKHR", statistics as Pointer)
        }
        _ => return None,
    })
}

/// The pipelines that were made to be told of.
static TOLD: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// The start of every structure in a chain.
#[repr(C)]
struct Link {
    kind: u32,
    next: *mut Link,
}

/// `VkExtensionProperties`.
#[repr(C)]
struct Extension {
    name: [u8; 256],
    version: u32,
}

/// `VkDeviceCreateInfo`.
#[derive(Clone, Copy)]
#[repr(C)]
struct DeviceInfo {
    kind: u32,
    next: *mut Link,
    flags: u32,
    queue_count: u32,
    queues: Pointer,
    layer_count: u32,
    layers: Pointer,
    extension_count: u32,
    extensions: *const *const c_char,
    features: Pointer,
}

/// `VkComputePipelineCreateInfo`; what is not looked at is in `rest`.
#[derive(Clone, Copy)]
#[repr(C)]
struct PipelineInfo {
    kind: u32,
    next: Pointer,
    flags: u32,
    rest: [u64; 9],
}

/// `VkPipelineExecutablePropertiesKHR`.
#[repr(C)]
struct Properties {
    kind: u32,
    next: Pointer,
    stages: u32,
    name: [u8; 256],
    description: [u8; 256],
    subgroup_size: u32,
}

/// `VkPipelineExecutableStatisticKHR`.
#[repr(C)]
struct Statistic {
    kind: u32,
    next: Pointer,
    name: [u8; 256],
    description: [u8; 256],
    format: i32,
    value: u64,
}

/// `VkPipelineInfoKHR`, and the start of `VkPipelineExecutableInfoKHR`.
#[repr(C)]
struct Asked {
    kind: u32,
    next: Pointer,
    pipeline: u64,
}

fn text(text: &str) -> [u8; 256] {
    let mut array = [0; 256];
    array[..text.len()].copy_from_slice(text.as_bytes());
    array
}

extern "system" fn extensions(device: Pointer, layer: Pointer, count: *mut u32, list: *mut Extension) -> i32 {
    // SAFETY: the caller passes a count, and a list of as many or none.
    let room = unsafe { *count };
    let result = real!("vkEnumerateDeviceExtensionProperties"(
        device => Pointer, layer => Pointer, count => *mut u32, list => *mut Extension) -> i32);
    // SAFETY: as above; the real driver has filled fewer than there is room for where the own one fits.
    unsafe {
        if !list.is_null() {
            if *count >= room {
                return INCOMPLETE;
            }
            let name = text(EXTENSION.to_str().unwrap_or_default());
            list.add(*count as usize).write(Extension { name, version: 1 });
        }
        *count += 1;
    }
    result
}

extern "system" fn features(device: Pointer, chain: *mut Link) {
    real!("vkGetPhysicalDeviceFeatures2"(device => Pointer, chain => *mut Link) -> ());
    let mut link = chain;
    while !link.is_null() {
        // SAFETY: a chain has whole structures; this one has a 32-bit boolean after its start.
        unsafe {
            if (*link).kind == FEATURES {
                link.add(1).cast::<u32>().write(1);
            }
            link = (*link).next;
        }
    }
}

/// Lavapipe gets neither the extension nor its feature.
extern "system" fn create_device(
    physical: Pointer,
    info: *const DeviceInfo,
    allocator: Pointer,
    device: Pointer,
) -> i32 {
    let mut others: Vec<*const c_char> = Vec::new();
    // SAFETY: the caller passes a whole structure, whose lists and chain are as it says.
    let info = unsafe {
        let mut info = *info;
        let names = std::slice::from_raw_parts(info.extensions, info.extension_count as usize);
        others.extend(names.iter().filter(|&&name| CStr::from_ptr(name) != EXTENSION));
        (info.extensions, info.extension_count) = (others.as_ptr(), others.len() as u32);
        let mut place: *mut *mut Link = &raw mut info.next;
        while !(*place).is_null() {
            if (**place).kind == FEATURES {
                *place = (**place).next;
            } else {
                place = &raw mut (**place).next;
            }
        }
        info
    };
    real!("vkCreateDevice"(
        physical => Pointer, &raw const info => *const DeviceInfo, allocator => Pointer, device => Pointer) -> i32)
}

extern "system" fn create_pipelines(
    device: Pointer,
    cache: u64,
    count: u32,
    infos: *const PipelineInfo,
    allocator: Pointer,
    pipelines: *mut u64,
) -> i32 {
    // SAFETY: the program makes one pipeline at a time, of one whole structure.
    let mut info = unsafe { *infos };
    let is_told = info.flags & CAPTURE_STATISTICS != 0;
    info.flags &= !CAPTURE_STATISTICS;
    let result = real!("vkCreateComputePipelines"(
        device => Pointer, cache => u64, count => u32, &raw const info => *const PipelineInfo, allocator => Pointer,
        pipelines => *mut u64) -> i32);
    if is_told {
        // SAFETY: the driver has just written the handle.
        TOLD.lock().unwrap().push(unsafe { *pipelines });
    }
    result
}

fn is_told(asked: *const Asked) -> bool {
    // SAFETY: the program passes a whole structure.
    TOLD.lock().unwrap().contains(&unsafe { (*asked).pipeline })
}

extern "system" fn properties(
    _: Pointer,
    asked: *const Asked,
    count: *mut u32,
    list: *mut Properties,
) -> i32 {
    if !is_told(asked) {
        return UNKNOWN;
    }
    // SAFETY: the program passes a count, and a list of as many or none.
    unsafe {
        *count = 1;
        if !list.is_null() {
            ((*list).name, (*list).subgroup_size) = (text("main"), 32);
        }
    }
    0
}

extern "system" fn statistics(_: Pointer, asked: *const Asked, count: *mut u32, list: *mut Statistic) -> i32 {
    if !is_told(asked) {
        return UNKNOWN;
    }
    let told =
        [("Register Count", 2, 40), ("Local Memory Size", 2, 512), ("Occupancy", 3, 0.5_f64.to_bits())];
    // SAFETY: the program passes a count, and a list of as many or none.
    unsafe {
        *count = told.len() as u32;
        if !list.is_null() {
            for (index, (name, format, value)) in told.into_iter().enumerate() {
                let place = list.add(index);
                ((*place).name, (*place).description) = (text(name), text("Made up, of an invocation."));
                ((*place).format, (*place).value) = (format, value);
            }
        }
    }
    0
}
