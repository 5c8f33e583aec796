//! The state of an NVIDIA GPU, by its management library NVML, which comes with the driver and is loaded at run time.

use std::sync::OnceLock;

use nvml_wrapper::Nvml;
use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enum_wrappers::device::{Clock, TemperatureSensor};

use super::monitor::{DeviceMonitor, DeviceState, Throttling};

/// An NVIDIA GPU as NVML knows it.
pub struct NvmlMonitor(nvml_wrapper::Device<'static>);

/// The reasons that NVML gives, in the order of its bits: name, and whether it spoils samples.
const REASONS: [(ThrottleReasons, &str, bool); 9] = [
    (ThrottleReasons::GPU_IDLE, "idle", false),
    (ThrottleReasons::APPLICATIONS_CLOCKS_SETTING, "application_clocks", false),
    (ThrottleReasons::SW_POWER_CAP, "power_cap", false),
    (ThrottleReasons::HW_SLOWDOWN, "hardware_slowdown", true),
    (ThrottleReasons::SYNC_BOOST, "sync_boost", false),
    (ThrottleReasons::SW_THERMAL_SLOWDOWN, "software_thermal", true),
    (ThrottleReasons::HW_THERMAL_SLOWDOWN, "hardware_thermal", true),
    (ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN, "power_brake", true),
    (ThrottleReasons::DISPLAY_CLOCK_SETTING, "display_clocks", false),
];

impl NvmlMonitor {
    /// The GPU whose UUID Vulkan gives as `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`; `None` where there is no NVML, or where
    /// it knows no such GPU, as of every other vendor's.
    pub fn open(uuid: &str) -> Option<Self> {
        // Opened once and never closed, as its devices borrow it.
        static LIBRARY: OnceLock<Option<Nvml>> = OnceLock::new();
        let library = LIBRARY.get_or_init(|| Nvml::init().ok()).as_ref()?;
        library.device_by_uuid(format!("GPU-{uuid}")).ok().map(Self)
    }
}

impl DeviceMonitor for NvmlMonitor {
    fn state(&self) -> Option<DeviceState> {
        let state = DeviceState {
            sm_clock_mhz: self.0.clock_info(Clock::SM).ok(),
            memory_clock_mhz: self.0.clock_info(Clock::Memory).ok(),
            temperature_c: self.0.temperature(TemperatureSensor::Gpu).ok(),
            power_w: self.0.power_usage().ok().map(|milliwatts| f64::from(milliwatts) / 1e3),
            throttling: self.throttling(),
        };
        (state != DeviceState::default()).then_some(state)
    }

    fn throttling(&self) -> Option<Throttling> {
        self.0.current_throttle_reasons().ok().map(throttling)
    }
}

fn throttling(reasons: ThrottleReasons) -> Throttling {
    let given = || REASONS.iter().filter(|(reason, ..)| reasons.contains(*reason));
    Throttling {
        reasons: given().map(|&(_, name, _)| name).collect(),
        spoils: given().any(|&(_, _, spoils)| spoils),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_and_brakes_spoil_samples_and_the_rest_does_not() {
        let none = throttling(ThrottleReasons::empty());
        assert_eq!(none, Throttling::default());
        let ordinary = throttling(
            ThrottleReasons::GPU_IDLE
                | ThrottleReasons::SW_POWER_CAP
                | ThrottleReasons::APPLICATIONS_CLOCKS_SETTING,
        );
        assert_eq!(ordinary.reasons, ["idle", "application_clocks", "power_cap"]);
        assert!(!ordinary.spoils);
        for spoiling in [
            ThrottleReasons::HW_SLOWDOWN,
            ThrottleReasons::SW_THERMAL_SLOWDOWN,
            ThrottleReasons::HW_THERMAL_SLOWDOWN,
            ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN,
        ] {
            assert!(throttling(spoiling | ThrottleReasons::SW_POWER_CAP).spoils, "{spoiling:?}");
        }
    }

    #[test]
    fn every_reason_has_a_name() {
        let named = REASONS.iter().fold(ThrottleReasons::empty(), |all, (reason, ..)| all | *reason);
        assert_eq!(named, ThrottleReasons::all());
    }
}
