//! Owns the correspondence between the device's clock and the host's: both read at one moment, where the driver can
//! (`VK_EXT_calibrated_timestamps`, or the same as KHR).

use std::ffi::CStr;

use ash::{Entry, ext, khr, vk};

use super::{Device, Result};

/// A moment as both clocks read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The device's counter, in ticks, as its timestamps have it.
    pub device_ticks: u64,
    /// The host's monotonic clock, in nanoseconds from an origin of its own.
    pub host_ns: u64,
    /// By how much the two may be apart in time, in nanoseconds.
    pub deviation_ns: u64,
}

/// How a device that can reads both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Support {
    extension: Extension,
    host: vk::TimeDomainKHR,
}

/// Which of the two names the functions go by.
#[derive(Clone, Copy, Debug)]
enum Extension {
    Ext,
    Khr,
}

/// The functions of an open device.
pub(super) struct Functions {
    get: Get,
    host: vk::TimeDomainKHR,
}

enum Get {
    Ext(ext::calibrated_timestamps::Device),
    Khr(khr::calibrated_timestamps::Device),
}

impl Support {
    /// What a device with the extensions that it `has` supports: its own clock beside a host's that counts nanoseconds.
    pub fn query(
        entry: &Entry,
        instance: &ash::Instance,
        raw: vk::PhysicalDevice,
        has: impl Fn(&CStr) -> bool,
    ) -> Option<Self> {
        let (extension, domains) = if has(ext::calibrated_timestamps::NAME) {
            let functions = ext::calibrated_timestamps::Instance::new(entry, instance);
            // SAFETY: `raw` belongs to the instance and has the extension.
            (Extension::Ext, unsafe { functions.get_physical_device_calibrateable_time_domains(raw) })
        } else if has(khr::calibrated_timestamps::NAME) {
            let functions = khr::calibrated_timestamps::Instance::new(entry, instance);
            // SAFETY: as above.
            (Extension::Khr, unsafe { functions.get_physical_device_calibrateable_time_domains(raw) })
        } else {
            return None;
        };
        // A device that cannot say has none: these figures are a supplement.
        host_domain(&domains.unwrap_or_default()).map(|host| Self { extension, host })
    }

    /// The extension to enable.
    pub fn name(&self) -> &'static CStr {
        match self.extension {
            Extension::Ext => ext::calibrated_timestamps::NAME,
            Extension::Khr => khr::calibrated_timestamps::NAME,
        }
    }

    /// The functions of a device that was opened with the extension.
    pub fn functions(&self, instance: &ash::Instance, device: &ash::Device) -> Functions {
        let get = match self.extension {
            Extension::Ext => Get::Ext(ext::calibrated_timestamps::Device::new(instance, device)),
            Extension::Khr => Get::Khr(khr::calibrated_timestamps::Device::new(instance, device)),
        };
        Functions { get, host: self.host }
    }
}

/// The host's clock to read beside the device's. The raw one is not slewed towards the true time meanwhile. Windows'
/// performance counter is left out: it counts in a unit of its own.
fn host_domain(domains: &[vk::TimeDomainKHR]) -> Option<vk::TimeDomainKHR> {
    use vk::TimeDomainKHR as Domain;
    let hosts = [Domain::CLOCK_MONOTONIC_RAW, Domain::CLOCK_MONOTONIC];
    hosts.into_iter().find(|host| domains.contains(host) && domains.contains(&Domain::DEVICE))
}

impl Functions {
    /// Reads `domains` at one moment; returns the readings, and by how many nanoseconds they may be apart.
    fn read<const N: usize>(&self, domains: [vk::TimeDomainKHR; N]) -> Result<([u64; N], u64), vk::Result> {
        let infos = domains.map(|domain| vk::CalibratedTimestampInfoKHR::default().time_domain(domain));
        // SAFETY: the device is alive and was opened with the extension, and it has these domains.
        let read = unsafe {
            match &self.get {
                Get::Ext(functions) => functions.get_calibrated_timestamps(&infos),
                Get::Khr(functions) => functions.get_calibrated_timestamps(&infos),
            }
        };
        let (readings, deviation) = read?;
        Ok((readings.try_into().map_err(|_| vk::Result::ERROR_UNKNOWN)?, deviation))
    }
}

impl Device {
    /// This moment by the device's clock and the host's, or `None` where the driver cannot read both.
    ///
    /// # Errors
    /// What the driver answers.
    pub fn moment(&self) -> Result<Option<Moment>> {
        let read = |functions: &Functions| functions.read([vk::TimeDomainKHR::DEVICE, functions.host]);
        let read = self.calibrated(read)?;
        Ok(read.map(|([device_ticks, host_ns], deviation_ns)| Moment { device_ticks, host_ns, deviation_ns }))
    }

    /// The host's clock alone, as [`Moment::host_ns`] has it.
    ///
    /// # Errors
    /// What the driver answers.
    pub fn host_clock_ns(&self) -> Result<Option<u64>> {
        let read = self.calibrated(|functions| functions.read([functions.host]))?;
        Ok(read.map(|([host_ns], _)| host_ns))
    }

    fn calibrated<T>(&self, read: impl FnOnce(&Functions) -> Result<T, vk::Result>) -> Result<Option<T>> {
        let during = || "reading the device's and the host's clock".to_owned();
        self.owner.check_alive(during)?;
        let read = self.owner.calibration.as_ref().map(read).transpose();
        read.map_err(|code| self.owner.error(code, during()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_raw_clock_goes_first_and_the_devices_own_must_be_there() {
        use vk::TimeDomainKHR as Domain;
        let raw = [Domain::CLOCK_MONOTONIC, Domain::CLOCK_MONOTONIC_RAW, Domain::DEVICE];
        assert_eq!(host_domain(&raw), Some(Domain::CLOCK_MONOTONIC_RAW));
        assert_eq!(host_domain(&[Domain::DEVICE, Domain::CLOCK_MONOTONIC]), Some(Domain::CLOCK_MONOTONIC));
        assert_eq!(host_domain(&[Domain::DEVICE, Domain::QUERY_PERFORMANCE_COUNTER]), None);
        assert_eq!(host_domain(&[Domain::CLOCK_MONOTONIC]), None);
    }
}
