//! A Vulkan driver that stands before a real one and breaks one promise, to provoke what no real driver does on
//! demand: `FAULTY_DRIVER` names the fault, `FAULTY_DRIVER_BEHIND` the library of the real driver.
//!
//! The tests compile it into a shared library by itself and hand it to the Vulkan loader in a manifest.

use std::collections::HashMap;
use std::env;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

type Pointer = *const c_void;
type GetProcAddr = unsafe extern "system" fn(Pointer, *const c_char) -> Pointer;

const OUT_OF_DEVICE_MEMORY: i32 = -2;
const DEVICE_LOST: i32 = -4;
const UNKNOWN: i32 = -13;

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// A function that the real driver exports; null where it does not.
fn exported(name: &CStr) -> Pointer {
    static LIBRARY: OnceLock<usize> = OnceLock::new();
    let library = *LIBRARY.get_or_init(|| {
        const RTLD_NOW: c_int = 2;
        let path = CString::new(env::var("FAULTY_DRIVER_BEHIND").unwrap_or_default()).unwrap_or_default();
        // SAFETY: loads a Vulkan driver, as the loader does, by a NUL-terminated path.
        unsafe { dlopen(path.as_ptr(), RTLD_NOW) as usize }
    });
    if library == 0 {
        return std::ptr::null();
    }
    // SAFETY: the library is open, and the name is NUL-terminated.
    unsafe { dlsym(library as *mut c_void, name.as_ptr()) }
}

/// The real functions behind those that are replaced.
fn behind() -> std::sync::MutexGuard<'static, HashMap<&'static str, usize>> {
    static BEHIND: OnceLock<Mutex<HashMap<&'static str, usize>>> = OnceLock::new();
    BEHIND.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls the real `$name`, whose arguments are of these types.
macro_rules! real {
    ($name:literal($($argument:expr => $type:ty),*) -> $result:ty) => {{
        let address = behind()[$name];
        // SAFETY: the real driver gave this address under this name, whose signature this is.
        let function: unsafe extern "system" fn($($type),*) -> $result = unsafe { std::mem::transmute(address) };
        // SAFETY: the arguments are the caller's own, passed on.
        unsafe { function($($argument),*) }
    }};
}

mod noting_driver;
mod telling_driver;

/// The functions that the fault replaces, by name.
fn replacement(name: &str) -> Option<(&'static str, Pointer)> {
    let fault = env::var("FAULTY_DRIVER").unwrap_or_default();
    Some(match (fault.as_str(), name) {
        (_, "vkGetDeviceProcAddr") => ("vkGetDeviceProcAddr", get_device_proc_addr as Pointer),
        ("no-timestamps", "vkGetPhysicalDeviceQueueFamilyProperties") => {
            ("vkGetPhysicalDeviceQueueFamilyProperties", queue_families as Pointer)
        }
        ("limit", "vkGetPhysicalDeviceProperties") => {
            ("vkGetPhysicalDeviceProperties", device_properties as Pointer)
        }
        ("lost", "vkQueueSubmit2" | "vkQueueSubmit2KHR") => ("vkQueueSubmit2", queue_submit as Pointer),
        ("no-pipelines", "vkCreateComputePipelines") => {
            ("vkCreateComputePipelines", create_pipelines as Pointer)
        }
        ("no-memory", "vkAllocateMemory") => ("vkAllocateMemory", allocate_memory as Pointer),
        ("backward-clock", "vkGetQueryPoolResults") => ("vkGetQueryPoolResults", query_results as Pointer),
        ("tells", name) => return telling_driver::replacement(name),
        ("notes", name) => return noting_driver::replacement(name),
        _ => return None,
    })
}

/// What the loader gets for `name`: the real function, or what replaces it.
fn answer(real: Pointer, name: *const c_char) -> Pointer {
    // SAFETY: the loader passes a NUL-terminated name.
    let name = unsafe { CStr::from_ptr(name) }.to_str().unwrap_or_default();
    match replacement(name) {
        // What the real driver lacks altogether has nothing behind it.
        Some((name, replacement)) if !real.is_null() || name.starts_with("vkGetPipelineExecutable") => {
            behind().insert(name, real as usize);
            replacement
        }
        _ => real,
    }
}

/// Asks a function of the real driver that looks up functions.
fn look_up(exported_name: &CStr, instance: Pointer, name: *const c_char) -> Pointer {
    let function = exported(exported_name);
    if function.is_null() {
        return std::ptr::null();
    }
    // SAFETY: both look-up functions that drivers export have this signature.
    let function: GetProcAddr = unsafe { std::mem::transmute(function) };
    // SAFETY: the arguments are the loader's own, passed on.
    answer(unsafe { function(instance, name) }, name)
}

#[unsafe(no_mangle)]
extern "system" fn vk_icdNegotiateLoaderICDInterfaceVersion(version: *mut u32) -> i32 {
    let function = exported(c"vk_icdNegotiateLoaderICDInterfaceVersion");
    if function.is_null() {
        return UNKNOWN;
    }
    // SAFETY: this is the signature of what drivers export under this name.
    let function: unsafe extern "system" fn(*mut u32) -> i32 = unsafe { std::mem::transmute(function) };
    // SAFETY: the argument is the loader's own, passed on.
    unsafe { function(version) }
}

#[unsafe(no_mangle)]
extern "system" fn vk_icdGetInstanceProcAddr(instance: Pointer, name: *const c_char) -> Pointer {
    look_up(c"vk_icdGetInstanceProcAddr", instance, name)
}

#[unsafe(no_mangle)]
extern "system" fn vk_icdGetPhysicalDeviceProcAddr(instance: Pointer, name: *const c_char) -> Pointer {
    look_up(c"vk_icdGetPhysicalDeviceProcAddr", instance, name)
}

extern "system" fn get_device_proc_addr(device: Pointer, name: *const c_char) -> Pointer {
    answer(real!("vkGetDeviceProcAddr"(device => Pointer, name => *const c_char) -> Pointer), name)
}

/// `VkQueueFamilyProperties`.
#[repr(C)]
struct QueueFamily {
    flags: u32,
    count: u32,
    timestamp_valid_bits: u32,
    granularity: [u32; 3],
}

extern "system" fn queue_families(device: Pointer, count: *mut u32, families: *mut QueueFamily) {
    real!("vkGetPhysicalDeviceQueueFamilyProperties"(
        device => Pointer, count => *mut u32, families => *mut QueueFamily) -> ());
    if !families.is_null() {
        // SAFETY: the driver has just filled `count` families.
        let families = unsafe { std::slice::from_raw_parts_mut(families, *count as usize) };
        families.iter_mut().for_each(|family| family.timestamp_valid_bits = 0);
    }
}

extern "system" fn device_properties(device: Pointer, properties: *mut u8) {
    real!("vkGetPhysicalDeviceProperties"(device => Pointer, properties => *mut u8) -> ());
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    if let (Some(offset), Some(value)) = (number("FAULTY_DRIVER_OFFSET"), number("FAULTY_DRIVER_VALUE")) {
        // SAFETY: the test names the offset of a u32 inside VkPhysicalDeviceProperties.
        unsafe { properties.add(offset as usize).cast::<u32>().write_unaligned(value) };
    }
}

extern "system" fn queue_submit(queue: Pointer, count: u32, submits: Pointer, fence: u64) -> i32 {
    let is_lost = env::var_os("FAULTY_DRIVER_FILE").is_some_and(|file| Path::new(&file).exists());
    if is_lost {
        return DEVICE_LOST;
    }
    real!("vkQueueSubmit2"(queue => Pointer, count => u32, submits => Pointer, fence => u64) -> i32)
}

extern "system" fn create_pipelines(
    _device: Pointer,
    _cache: u64,
    count: u32,
    _infos: Pointer,
    _allocator: Pointer,
    pipelines: *mut u64,
) -> i32 {
    // SAFETY: Vulkan passes room for `count` handles; what fails must leave null in each.
    unsafe { std::slice::from_raw_parts_mut(pipelines, count as usize) }.fill(0);
    UNKNOWN
}

extern "system" fn allocate_memory(_: Pointer, _: Pointer, _: Pointer, _: *mut u64) -> i32 {
    OUT_OF_DEVICE_MEMORY
}

extern "system" fn query_results(
    _device: Pointer,
    _pool: u64,
    _first: u32,
    count: u32,
    _size: usize,
    ticks: *mut u64,
    _stride: u64,
    _flags: u32,
) -> i32 {
    // SAFETY: the program asks for 64-bit results without gaps, and passes room for `count`.
    let ticks = unsafe { std::slice::from_raw_parts_mut(ticks, count as usize) };
    ticks.iter_mut().zip((1..).map(|back| u64::MAX - back)).for_each(|(tick, value)| *tick = value);
    0
}
