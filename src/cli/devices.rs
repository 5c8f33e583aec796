//! `winoscope devices`

use comfy_table::{Table, presets::ASCII_MARKDOWN};

use super::arguments::DeviceList;
use super::exit::{ExitCode, Failure};
use super::print;
use crate::gpu::{self, Adapter, Instance};
use crate::measure::NvmlMonitor;
use crate::plan::Bytes;

/// Lists the devices.
pub fn run(options: &DeviceList) -> Result<(), Failure> {
    let instance = Instance::new(gpu::Options { validation: options.validate })?;
    let adapters = instance.adapters()?;
    if adapters.is_empty() {
        return Err(gpu::Error::NoDevice.into());
    }
    if options.csv {
        print::csv([CSV_COLUMNS.map(str::to_owned).to_vec()].into_iter().chain(adapters.iter().map(record)))?;
    } else {
        for adapter in &adapters {
            print::line(describe(adapter))?;
        }
    }
    let messages = instance.messages();
    drop((adapters, instance));
    match messages.take().as_slice() {
        [] => Ok(()),
        reported => Err(Failure::new(ExitCode::Validation, reported.join("\n"))),
    }
}

/// What `--csv` says of each device; `device`, `device_uuid` and `driver` as the results have them.
const CSV_COLUMNS: [&str; 6] = ["index", "device", "device_uuid", "driver", "kind", "missing"];

fn record(adapter: &Adapter) -> Vec<String> {
    let Adapter { index, info, missing, .. } = adapter;
    vec![
        index.to_string(),
        info.name.clone(),
        info.uuid.clone(),
        info.driver.clone(),
        info.kind.to_string(),
        missing.join("; "),
    ]
}

fn describe(adapter: &Adapter) -> String {
    let Adapter { index, info, limits, missing, .. } = adapter;
    let free = limits.free_memory_bytes.map_or(String::new(), |free| format!(", {} free", Bytes(free)));
    let (count, size) = (limits.max_workgroup_count, limits.max_workgroup_size);
    let verdict =
        if missing.is_empty() { "can measure".into() } else { format!("lacks {}", missing.join(", ")) };
    let kernels = if adapter.has_executable_properties() {
        "the driver tells of registers, memory and size"
    } else {
        "nothing: the driver lacks VK_KHR_pipeline_executable_properties"
    };
    let checks = if adapter.has_pipeline_robustness() {
        "in the kernels that are quicker with them"
    } else {
        "as the driver pleases: it lacks VK_EXT_pipeline_robustness"
    };
    let clocks = match NvmlMonitor::open(&info.uuid) {
        Some(_) => "read by NVML; samples taken while it throttles are discarded",
        None => "not read: NVML knows no such device",
    };
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([format!("{index}"), info.name.clone()]);
    for (label, value) in [
        ("verdict", verdict),
        ("kind", info.kind.to_string()),
        ("UUID", info.uuid.clone()),
        ("driver", info.driver.clone()),
        ("Vulkan", info.api_version.clone()),
        ("memory", Bytes(limits.device_memory_bytes).to_string() + &free),
        (
            "largest storage buffer",
            Bytes(limits.max_storage_buffer_range.min(limits.max_buffer_bytes)).to_string(),
        ),
        ("workgroups", format!("{} × {} × {}", count.x, count.y, count.z)),
        (
            "invocations per workgroup",
            format!("{} ({} × {} × {})", limits.max_workgroup_invocations, size.x, size.y, size.z),
        ),
        ("shared memory per workgroup", Bytes(limits.max_shared_bytes.into()).to_string()),
        ("subgroup", limits.subgroup_size.to_string()),
        (
            "timestamps",
            format!("{} ns per tick, {} bits", limits.timestamp_period_ns, limits.timestamp_valid_bits),
        ),
        ("kernel facts", kernels.to_owned()),
        ("bounds checks", checks.to_owned()),
        ("clocks and heat", clocks.to_owned()),
    ] {
        table.add_row([label.to_owned(), value]);
    }
    format!("{table}\n")
}
