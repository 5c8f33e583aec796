//! A folder of its own for each test: configurations in it, results in `results/` below it, the program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use assert_cmd::assert::Assert;
use tempfile::TempDir;

use super::process::{Running, bounded, wait_until};
use super::table::Table;
use super::{driver, in_order};

/// The program under test.
pub const WINOSCOPE: &str = env!("CARGO_BIN_EXE_winoscope");

/// A folder that is removed after the test.
pub struct Scratch(TempDir);

impl Scratch {
    /// An empty folder.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    /// A folder with one configuration.
    pub fn with(name: &str, text: impl AsRef<[u8]>) -> Self {
        let scratch = Self::new();
        scratch.write(name, text);
        scratch
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The text of a file.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Whether something is there.
    pub fn has(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// `winoscope ARGUMENTS` in this folder, on lavapipe alone, with the cache that all tests share.
    pub fn winoscope(&self, arguments: &[&str]) -> assert_cmd::Command {
        bounded(self.process(arguments))
    }

    /// Starts `winoscope ARGUMENTS` as [`Scratch::winoscope`] has it, and looks on.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::start(&mut self.process(arguments))
    }

    /// The same as a plain command.
    pub fn process(&self, arguments: &[&str]) -> Process {
        let mut process = Process::new(WINOSCOPE);
        process.args(arguments);
        self.prepare(&mut process);
        process
    }

    /// Gives a command this folder and the environment of all tests.
    pub fn prepare(&self, process: &mut Process) {
        process
            .current_dir(self.0.path())
            .env_remove("WINOSCOPE_DEVICE")
            .env_remove("COLUMNS")
            .env("WINOSCOPE_CACHE", shared_cache());
        driver::choose(process, &[&driver::lavapipe().manifest]);
    }

    /// Checks that `winoscope ARGUMENTS` is refused with this exit code and these parts of a sentence, without a
    /// device and without a trace in the results.
    #[track_caller]
    pub fn refuses(&self, arguments: &[&str], code: i32, sentence: &[&str]) -> Assert {
        let mut process = self.process(arguments);
        driver::choose(&mut process, &[Path::new("/nonexistent/driver.json")]);
        let refused = bounded(process).assert();
        let refused = refused.code(code).stdout("").stderr(in_order(sentence));
        assert!(!self.has("results"), "a results folder was made");
        refused
    }

    /// The rows in `results/<config>.csv`.
    #[track_caller]
    pub fn rows(&self, config: &str) -> Table {
        Table::read(&self.path(&rows_file(config)))
    }

    /// The samples in `results/<config>.samples.csv`.
    #[track_caller]
    pub fn samples(&self, config: &str) -> Table {
        Table::read(&self.path(&samples_file(config)))
    }

    /// Waits until an experiment is recorded.
    #[track_caller]
    pub fn wait_for(&self, config: &str) {
        let path = self.path(&rows_file(config));
        let recorded = || fs::read_to_string(&path).is_ok_and(|text| text.contains(",total,pipelined,"));
        assert!(wait_until(recorded), "nothing was recorded");
    }

    /// Runs a configuration to its end.
    #[track_caller]
    pub fn run(&self, file: &str) -> Assert {
        self.winoscope(&["run", file]).assert().code(0)
    }

    /// Runs a configuration that is expected to end with `code`.
    #[track_caller]
    pub fn run_to(&self, code: i32, arguments: &[&str]) -> Assert {
        self.winoscope(&[&["run"], arguments].concat()).assert().code(code)
    }
}

/// Where a configuration's rows are, from the folder.
pub fn rows_file(config: &str) -> String {
    format!("results/{config}.csv")
}

/// Where a configuration's samples are, from the folder.
pub fn samples_file(config: &str) -> String {
    format!("results/{config}.samples.csv")
}

/// Compiled kernels are the same in every test: each is compiled once, not once a test.
fn shared_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-cache")
}

/// The repository's folder.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a finished command's stderr.
pub fn stderr(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

/// The text of a finished command's stdout.
pub fn stdout(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}
