//! Owns the ways in which the GPU says no, each a sentence: what failed, where, and what to do.

use std::path::PathBuf;

use ash::vk;

/// A result whose error is a [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a GPU operation did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The Vulkan loader could not be opened, or is older than Vulkan 1.1.
    #[error(
        "the Vulkan loader cannot be used ({reason}); install it and a driver \
         (Debian: `apt install libvulkan1 mesa-vulkan-drivers`)"
    )]
    NoLoader {
        /// What the operating system answered.
        reason: String,
    },
    /// The loader found no driver with a device.
    #[error(
        "no Vulkan device was found; install a driver (`mesa-vulkan-drivers` brings one that needs no GPU), \
         or check VK_DRIVER_FILES"
    )]
    NoDevice,
    /// No device answers to the wanted index, name or UUID.
    #[error("no device matches '{wanted}'; the devices are {}", list(.available))]
    NoMatchingDevice {
        /// What was asked for.
        wanted: String,
        /// One line per device that there is.
        available: Vec<String>,
    },
    /// More than one device answers to the wanted name.
    #[error("'{wanted}' matches several devices ({}); ask by index or by UUID", list(.matching))]
    AmbiguousDevice {
        /// What was asked for.
        wanted: String,
        /// One line per device that matches.
        matching: Vec<String>,
    },
    /// The device lacks something without which nothing can be measured.
    #[error("device {device} lacks {what}; update its driver or choose another device")]
    Missing {
        /// The device's name.
        device: String,
        /// What it lacks, in words.
        what: String,
    },
    /// Validation was asked for and its layer is not installed.
    #[error(
        "validation was asked for, but the layer VK_LAYER_KHRONOS_validation is not installed; install it \
         (Debian: `apt install vulkan-validationlayers`) or run without validation"
    )]
    NoValidationLayer,
    /// The device or the host has no memory left for this.
    #[error(
        "out of memory: {what} needs {bytes} bytes; use a smaller problem or free the memory that other \
         programs hold"
    )]
    OutOfMemory {
        /// The object that needed it.
        what: String,
        /// Bytes it needed; 0 where the driver alone knows.
        bytes: u64,
    },
    /// The request is more than this device ever allows.
    #[error(
        "{what} is {needed}, but this device allows at most {limit}; choose a smaller one or another device"
    )]
    LimitExceeded {
        /// What was requested, with its unit and its object.
        what: String,
        /// The amount requested.
        needed: u64,
        /// The device's limit, same unit.
        limit: u64,
    },
    /// The device stopped answering for good.
    #[error(
        "the device was lost during {during}; a driver watchdog or a fault ended its work: run again with \
         less work per submission, or under validation to find the fault"
    )]
    DeviceLost {
        /// What was being done.
        during: String,
    },
    /// The device did not finish in time, and may never.
    #[error(
        "{during} did not finish within {seconds} s; the device is given up: allow more time or submit less \
         work at once"
    )]
    Timeout {
        /// What was being waited for.
        during: String,
        /// How long it was waited for, in seconds.
        seconds: f64,
    },
    /// The driver refused for another reason.
    #[error("the driver answered {code} during {during}; run under validation to see why")]
    Vulkan {
        /// What was being done.
        during: String,
        /// The Vulkan result, by name.
        code: String,
    },
    /// A pipeline cache file could not be read or written.
    #[error("cannot {action} the pipeline cache {}: {source}", .path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The caller asked for something that has no meaning; no device would do it.
    #[error("{what}")]
    Misuse {
        /// What is wrong, and where, as a sentence.
        what: String,
    },
}

impl Error {
    /// Whether the device cannot be used any more: it was lost, or given up after a timeout.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Error::DeviceLost { .. } | Error::Timeout { .. })
    }

    /// The meaning of a Vulkan result code met while doing `during`.
    pub(super) fn from_vk(code: vk::Result, during: impl Into<String>) -> Self {
        let during = during.into();
        match code {
            vk::Result::ERROR_DEVICE_LOST => Error::DeviceLost { during },
            vk::Result::ERROR_OUT_OF_HOST_MEMORY
            | vk::Result::ERROR_OUT_OF_DEVICE_MEMORY
            | vk::Result::ERROR_OUT_OF_POOL_MEMORY
            | vk::Result::ERROR_FRAGMENTATION => Error::OutOfMemory { what: during, bytes: 0 },
            other => Error::Vulkan { during, code: format!("{other:?}") },
        }
    }

    /// A request without meaning, explained by `what`.
    pub(super) fn misuse(what: impl Into<String>) -> Self {
        Error::Misuse { what: what.into() }
    }
}

/// Refuses `needed` above `limit`; `what` is asked for its name only then.
pub(super) fn within(needed: u64, limit: u64, what: impl FnOnce() -> String) -> Result<()> {
    if needed <= limit { Ok(()) } else { Err(Error::LimitExceeded { what: what(), needed, limit }) }
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_with_both_numbers() {
        let error = within(65_536, 32_768, || "the shared-memory size in bytes of 'mm'".into()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("65536") && text.contains("32768") && text.contains("'mm'"), "{text}");
        assert!(!error.is_fatal());
        assert!(within(32_768, 32_768, || unreachable!()).is_ok());
    }

    #[test]
    fn loss_and_timeout_are_fatal() {
        assert!(Error::from_vk(vk::Result::ERROR_DEVICE_LOST, "x").is_fatal());
        assert!(Error::Timeout { during: "x".into(), seconds: 1.0 }.is_fatal());
        assert!(!Error::from_vk(vk::Result::ERROR_INITIALIZATION_FAILED, "x").is_fatal());
    }

    #[test]
    fn the_cause_of_a_file_error_is_its_source() {
        let source = std::io::Error::other("disk full");
        let error = Error::File { action: "write", path: "a/b".into(), source };
        assert_eq!(error.to_string(), "cannot write the pipeline cache a/b: disk full");
    }
}
