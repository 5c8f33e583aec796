//! A stand-in for NVIDIA's management library, which tells of one device what the environment says: `FAKE_NVML_UUID`
//! names the device, `FAKE_NVML_REASONS` is the number of what holds its clocks down.
//!
//! The tests compile it into a shared library by itself, where the program finds it under the name of the real one.

use std::env;
use std::ffi::{CStr, c_char, c_void};

type Device = *mut c_void;

const SUCCESS: i32 = 0;
const INVALID_ARGUMENT: i32 = 2;
const NOT_FOUND: i32 = 6;

/// `NVML_CLOCK_MEM`; the processors have another.
const MEMORY_CLOCK: u32 = 2;

/// Writes an answer where the program asks for it.
fn answer<T>(place: *mut T, value: T) -> i32 {
    if place.is_null() {
        return INVALID_ARGUMENT;
    }
    // SAFETY: the program passes room for one value.
    unsafe { place.write(value) };
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn nvmlInit_v2() -> i32 {
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn nvmlShutdown() -> i32 {
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetHandleByUUID(uuid: *const c_char, device: *mut Device) -> i32 {
    // SAFETY: the program passes a NUL-terminated text.
    let asked = unsafe { CStr::from_ptr(uuid) }.to_str().unwrap_or_default();
    let known = env::var("FAKE_NVML_UUID").unwrap_or_default();
    if asked != format!("GPU-{known}") {
        return NOT_FOUND;
    }
    answer(device, std::ptr::dangling_mut())
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetClockInfo(_: Device, clock: u32, megahertz: *mut u32) -> i32 {
    answer(megahertz, if clock == MEMORY_CLOCK { 3201 } else { 1980 })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetTemperature(_: Device, _: u32, celsius: *mut u32) -> i32 {
    answer(celsius, 41)
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetPowerUsage(_: Device, milliwatts: *mut u32) -> i32 {
    answer(milliwatts, 123_400)
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetCurrentClocksThrottleReasons(_: Device, reasons: *mut u64) -> i32 {
    let told = env::var("FAKE_NVML_REASONS").unwrap_or_default();
    answer(reasons, told.parse().unwrap_or_default())
}
