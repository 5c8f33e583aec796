//! The part of the driver before lavapipe that notes what is recorded, a line per recording: `d` for a dispatch, `t` for a
//! timestamp, `c` for a copy, in the file that `FAULTY_DRIVER_FILE` names.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

use super::{Pointer, behind};

/// What replaces the real function.
pub fn replacement(name: &str) -> Option<(&'static str, Pointer)> {
    Some(match name {
        "vkBeginCommandBuffer" => ("vkBeginCommandBuffer", begin as Pointer),
        "vkCmdCopyBuffer" => ("vkCmdCopyBuffer", copy as Pointer),
        "vkCmdDispatch" => ("vkCmdDispatch", dispatch as Pointer),
        "vkCmdWriteTimestamp2" | "vkCmdWriteTimestamp2KHR" => ("vkCmdWriteTimestamp2", timestamp as Pointer),
        _ => return None,
    })
}

/// A file that cannot be written is noticed by the test that reads it.
fn note(what: &str) {
    let file = env::var_os("FAULTY_DRIVER_FILE").unwrap_or_default();
    let _ = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|mut file| file.write_all(what.as_bytes()));
}

extern "system" fn begin(recording: Pointer, info: Pointer) -> i32 {
    note("\n");
    real!("vkBeginCommandBuffer"(recording => Pointer, info => Pointer) -> i32)
}

extern "system" fn dispatch(recording: Pointer, x: u32, y: u32, z: u32) {
    note("d");
    real!("vkCmdDispatch"(recording => Pointer, x => u32, y => u32, z => u32) -> ());
}

extern "system" fn copy(recording: Pointer, from: u64, to: u64, count: u32, regions: Pointer) {
    note("c");
    real!("vkCmdCopyBuffer"(recording => Pointer, from => u64, to => u64, count => u32, regions => Pointer) -> ());
}

extern "system" fn timestamp(recording: Pointer, stage: u64, pool: u64, query: u32) {
    note("t");
    real!("vkCmdWriteTimestamp2"(recording => Pointer, stage => u64, pool => u64, query => u32) -> ());
}
