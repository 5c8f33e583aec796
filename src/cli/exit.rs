//! Exit codes: one per kind of failure, written down once and shown by `--help`.

use std::fmt::{self, Display, Formatter};

use crate::{config, gpu, kernels, measure, proof, results};

/// Declares the exit codes: number, name, and what it means.
macro_rules! exit_codes {
    ($($number:literal $name:ident $meaning:literal,)+) => {
        /// How the program ends when it does not end well.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ExitCode {
            $(#[doc = $meaning] $name = $number,)+
        }

        /// Every exit code with its meaning, after 0 for success and 2 for wrong usage.
        pub const EXIT_CODES: &[(u8, &str)] = &[$(($number, $meaning),)+];
    };
}

exit_codes! {
    10 Unreadable "a file named on the command line cannot be read",
    11 BadConfig "the configuration is not TOML, or has an unknown key or a bad value",
    12 Contradiction "factors contradict each other",
    13 Size "a size is zero, too small or too large, or needs more memory than there is",
    14 Incomparable "the two variants of `attribute` differ in nothing, in too much, or in what is computed",
    15 Unmatched "the results files of `compare` have no time in common, or are of different devices",
    20 NoLoader "the Vulkan loader is missing",
    21 NoDevice "no device, or none that matches --device",
    22 Missing "the device lacks what measuring needs, such as timestamps",
    23 Exceeds "a workgroup or its shared memory exceeds the device's limits",
    24 DeviceLost "the device was lost or stopped answering",
    25 Driver "the driver failed",
    30 Kernel "a kernel does not compile",
    40 NotWritable "the results cannot be written",
    41 DiskFull "the disk is full",
    42 BadResults "a results file is malformed, or of another version, or in use",
    43 OtherDevice "the file named with --ceilings has none of the device and driver",
    50 Wrong "an output was wrong",
    51 Validation "the validation layer reported something",
    52 NoTimes "there are no times: the device's clock gave none, or throttling spoilt them",
    53 NoPath "no order of changing the factors of `attribute` has only mixtures that can be measured",
    54 Inaccurate "no candidate of `tune` is as accurate as --max-rel-error asks for",
    55 Unproven "a proof of `prove` does not hold on this device",
    60 Slower "an experiment is certainly slower than `compare --fail-if-slower` allows",
    130 Interrupted "interrupted with Ctrl-C; what was finished is kept",
}

impl ExitCode {
    /// Whether nothing more can be measured or recorded after this.
    pub fn is_final(self) -> bool {
        use ExitCode::{BadResults, DeviceLost, DiskFull, Interrupted, NotWritable};
        matches!(self, DeviceLost | Interrupted | NotWritable | DiskFull | BadResults)
    }
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: ExitCode,
    /// A sentence: what, where and what to do.
    pub message: String,
}

impl Failure {
    /// A failure with its sentence.
    pub fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The one of several that names the exit code: a wrong output outranks whatever else went wrong, then the first.
    pub fn gravest(mut failures: Vec<Self>) -> Option<Self> {
        let wrong = failures.iter().position(|failure| failure.code == ExitCode::Wrong);
        (!failures.is_empty()).then(|| failures.swap_remove(wrong.unwrap_or(0)))
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        let code = match error.kind() {
            config::ErrorKind::Unreadable => ExitCode::Unreadable,
            config::ErrorKind::Syntax | config::ErrorKind::Key | config::ErrorKind::Value => {
                ExitCode::BadConfig
            }
            config::ErrorKind::Contradiction => ExitCode::Contradiction,
            config::ErrorKind::Size => ExitCode::Size,
        };
        Self::new(code, error.to_string())
    }
}

impl From<config::Unpaired> for Failure {
    fn from(error: config::Unpaired) -> Self {
        Self::new(ExitCode::BadConfig, error.to_string())
    }
}

impl From<config::Incomparable> for Failure {
    fn from(error: config::Incomparable) -> Self {
        Self::new(ExitCode::Incomparable, error.to_string())
    }
}

/// The exit code of a device's or driver's failure.
fn gpu_code(error: &gpu::Error) -> ExitCode {
    match error {
        gpu::Error::NoLoader { .. } => ExitCode::NoLoader,
        gpu::Error::NoDevice | gpu::Error::NoMatchingDevice { .. } | gpu::Error::AmbiguousDevice { .. } => {
            ExitCode::NoDevice
        }
        gpu::Error::Missing { .. } | gpu::Error::NoValidationLayer => ExitCode::Missing,
        gpu::Error::OutOfMemory { .. } => ExitCode::Size,
        gpu::Error::LimitExceeded { .. } => ExitCode::Exceeds,
        gpu::Error::DeviceLost { .. } | gpu::Error::Timeout { .. } => ExitCode::DeviceLost,
        _ => ExitCode::Driver,
    }
}

impl From<gpu::Error> for Failure {
    fn from(error: gpu::Error) -> Self {
        Self::new(gpu_code(&error), error.to_string())
    }
}

impl From<kernels::Error> for Failure {
    fn from(error: kernels::Error) -> Self {
        Self::new(ExitCode::Kernel, error.to_string())
    }
}

impl From<measure::Error> for Failure {
    fn from(error: measure::Error) -> Self {
        let code = match &error {
            measure::Error::Exceeds(_) => ExitCode::Exceeds,
            measure::Error::TooLarge(_) => ExitCode::Size,
            measure::Error::Kernel(_) => ExitCode::Kernel,
            measure::Error::Gpu(error) => gpu_code(error),
            measure::Error::Interrupted => ExitCode::Interrupted,
        };
        Self::new(code, error.to_string())
    }
}

impl From<proof::Error> for Failure {
    fn from(error: proof::Error) -> Self {
        match error {
            proof::Error::Measure(measure::Error::Interrupted) => {
                let message =
                    "interrupted; what was proven is kept, and the same command proves all of it anew";
                Self::new(ExitCode::Interrupted, message)
            }
            proof::Error::Measure(error) => error.into(),
            proof::Error::Wrong(_) => Self::new(ExitCode::Wrong, error.to_string()),
            proof::Error::NoTimes => Self::new(ExitCode::NoTimes, error.to_string()),
        }
    }
}

impl From<results::ResultsError> for Failure {
    fn from(error: results::ResultsError) -> Self {
        use results::ResultsError as E;
        let code = match &error {
            E::NotWritable { .. } => ExitCode::NotWritable,
            E::Full { .. } => ExitCode::DiskFull,
            E::NotReadable { .. } => ExitCode::Unreadable,
            E::Name { .. } => ExitCode::BadConfig,
            E::Locked { .. } | E::Header { .. } | E::Malformed { .. } => ExitCode::BadResults,
        };
        Self::new(code, error.to_string())
    }
}
