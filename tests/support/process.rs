//! Processes that are still running while a test looks on.

use std::process::{Child, Command, ExitStatus, Output};
use std::time::{Duration, Instant};

use predicates::prelude::*;

/// Longer than anything here takes, even on a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A command whose outcome can be checked, and that is ended where it hangs.
pub fn bounded(process: Command) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::from_std(process);
    command.timeout(PATIENCE);
    command
}

/// A child that does not outlive its test.
pub struct Running(Option<Child>);

impl Running {
    /// Starts a command; its output is read by [`Running::end`].
    pub fn start(command: &mut Command) -> Self {
        use std::process::Stdio;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(Some(command.spawn().expect("the program starts")))
    }

    /// Sends a signal by name, as `kill -INT` does.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let child = self.0.as_ref().expect("not ended yet");
        // The shell's own kill: the program of that name is a package that a bare system lacks.
        let status = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", child.id())).status();
        assert!(status.is_ok_and(|status| status.success()), "kill -{name} works");
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        let mut child = self.0.take().expect("ended once");
        // What it prints here is far less than a pipe holds, so it never waits for a reader.
        let ended = wait_until(|| !matches!(child.try_wait(), Ok(None)));
        if !ended {
            let _ = child.kill();
        }
        let output = child.wait_with_output().expect("its output can be read");
        assert!(ended, "still running after {PATIENCE:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ended::of(&output)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// How a process ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stderr: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        Self { status: output.status, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
    }

    /// Checks the exit code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self:?}");
        self
    }

    /// Checks what it said on stderr.
    #[track_caller]
    pub fn stderr(self, predicate: impl Predicate<str>) -> Self {
        assert!(predicate.eval(&self.stderr), "{}", self.stderr);
        self
    }
}

/// Looks until `condition` holds; whether it did within [`PATIENCE`].
pub fn wait_until(mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if start.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
