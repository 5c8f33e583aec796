//! Vulkan drivers for the program: lavapipe, lavapipe twice, and lavapipe behind a driver that breaks a promise.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use ash::vk;

use super::Scratch;
use super::process::bounded;

/// An installed driver.
pub struct Driver {
    /// Its manifest, which the Vulkan loader reads.
    pub manifest: PathBuf,
    /// Its library.
    library: PathBuf,
    api_version: String,
}

/// What a faulty driver does wrong; everything else it leaves to lavapipe.
pub enum Fault {
    /// No queue counts time.
    NoTimestamps,
    /// `vkGetPhysicalDeviceProperties` gives this number at this offset.
    Limit { offset: usize, value: u32 },
    /// From when the file exists, every submission loses the device.
    LostOnce { file: PathBuf },
    /// No pipeline can be made.
    NoPipelines,
    /// No memory can be allocated.
    NoMemory,
    /// Every timestamp is before the one before it.
    BackwardClock,
    /// None: it tells of its kernels, which lavapipe does not.
    TellsOfKernels,
    /// None: it notes in the file what is recorded, a line per recording, `d` for a dispatch, `t` for a timestamp and `c` for a copy.
    NotesRecordings { file: PathBuf },
}

impl Fault {
    /// Shared memory per workgroup.
    pub fn shared_memory(bytes: u32) -> Self {
        Self::limit(std::mem::offset_of!(vk::PhysicalDeviceLimits, max_compute_shared_memory_size), bytes)
    }

    /// Invocations per workgroup.
    pub fn invocations(count: u32) -> Self {
        Self::limit(std::mem::offset_of!(vk::PhysicalDeviceLimits, max_compute_work_group_invocations), count)
    }

    fn limit(offset: usize, value: u32) -> Self {
        Self::Limit { offset: std::mem::offset_of!(vk::PhysicalDeviceProperties, limits) + offset, value }
    }
}

/// Lavapipe as this machine has it.
pub fn lavapipe() -> &'static Driver {
    static LAVAPIPE: OnceLock<Driver> = OnceLock::new();
    LAVAPIPE.get_or_init(|| {
        let manifest = manifests().find(|path| path.file_name().is_some_and(is_lavapipe));
        let manifest = manifest.expect("lavapipe is installed (Debian: `apt install mesa-vulkan-drivers`)");
        let text = std::fs::read_to_string(&manifest).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let field = |name: &str| json["ICD"][name].as_str().unwrap_or_default().to_owned();
        let library = PathBuf::from(field("library_path"));
        // A path is meant from the manifest; a bare name is searched for as any library is.
        let is_bare = library.components().count() == 1;
        let library = if is_bare { library } else { manifest.parent().unwrap().join(library) };
        Driver { library, api_version: field("api_version"), manifest }
    })
}

fn is_lavapipe(name: &std::ffi::OsStr) -> bool {
    name.to_string_lossy().starts_with("lvp_icd")
}

/// The manifests that the Vulkan loader would find.
fn manifests() -> impl Iterator<Item = PathBuf> {
    let named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].into_iter().filter_map(std::env::var_os);
    let named: Vec<PathBuf> =
        named.flat_map(|list| std::env::split_paths(&list).collect::<Vec<_>>()).collect();
    let folders = ["/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d"];
    let entries = folders.into_iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    named.into_iter().chain(entries.filter_map(|entry| Some(entry.ok()?.path())))
}

/// Lets a command see these drivers and no others.
pub fn choose(process: &mut Command, manifests: &[&Path]) {
    let list: OsString = std::env::join_paths(manifests).expect("no colon in a path");
    // Loaders before 1.3.207 know the second name only.
    process.env("VK_DRIVER_FILES", &list).env("VK_ICD_FILENAMES", &list);
}

impl Scratch {
    /// The manifest of a second driver in this folder that is lavapipe too.
    pub fn second_lavapipe(&self) -> PathBuf {
        self.manifest("second.json", &lavapipe().library)
    }

    /// `winoscope ARGUMENTS` on a driver with a fault.
    pub fn winoscope_on(&self, fault: &Fault, arguments: &[&str]) -> assert_cmd::Command {
        bounded(self.process_on(fault, arguments))
    }

    /// The same as a plain command.
    pub fn process_on(&self, fault: &Fault, arguments: &[&str]) -> Command {
        let mut process = self.process(arguments);
        choose(&mut process, &[&self.manifest("faulty.json", &compiled("faulty_driver"))]);
        process.env("FAULTY_DRIVER_BEHIND", &lavapipe().library);
        match fault {
            Fault::NoTimestamps => process.env("FAULTY_DRIVER", "no-timestamps"),
            Fault::Limit { offset, value } => process
                .env("FAULTY_DRIVER", "limit")
                .env("FAULTY_DRIVER_OFFSET", offset.to_string())
                .env("FAULTY_DRIVER_VALUE", value.to_string()),
            Fault::LostOnce { file } => process.env("FAULTY_DRIVER", "lost").env("FAULTY_DRIVER_FILE", file),
            Fault::NoPipelines => process.env("FAULTY_DRIVER", "no-pipelines"),
            Fault::NoMemory => process.env("FAULTY_DRIVER", "no-memory"),
            Fault::BackwardClock => process.env("FAULTY_DRIVER", "backward-clock"),
            Fault::TellsOfKernels => process.env("FAULTY_DRIVER", "tells"),
            Fault::NotesRecordings { file } => {
                process.env("FAULTY_DRIVER", "notes").env("FAULTY_DRIVER_FILE", file)
            }
        };
        process
    }

    fn manifest(&self, name: &str, library: &Path) -> PathBuf {
        let driver = serde_json::json!({ "library_path": library, "api_version": lavapipe().api_version });
        let manifest = serde_json::json!({ "file_format_version": "1.0.0", "ICD": driver });
        self.write(name, manifest.to_string());
        self.path(name)
    }
}

/// The shared library of the file `<name>.rs` beside this one, compiled once.
pub fn compiled(name: &str) -> PathBuf {
    static LIBRARIES: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut libraries = LIBRARIES.lock().unwrap_or_else(PoisonError::into_inner);
    let library = libraries.entry(name.to_owned()).or_insert_with(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lib{name}.so"));
        let rustc = std::env::var_os("RUSTC").map(PathBuf::from);
        let rustc = rustc.unwrap_or_else(|| Path::new(env!("CARGO")).with_file_name("rustc"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/support/{name}.rs"));
        let status = Command::new(rustc)
            .args(["--edition=2024", "--crate-type=cdylib", "-Dwarnings", "-o"])
            .arg(&library)
            .arg(source)
            .status();
        assert!(status.is_ok_and(|status| status.success()), "{name} compiles");
        library
    });
    library.clone()
}
