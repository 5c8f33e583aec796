"""The installed `winoscope`: what a sweep asks of it."""

import contextlib
import csv
import io
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass

from .exits import NO_DEVICE, USAGE, Failure

# What runs a process so that it ends with the sweep.
CHILD = pathlib.Path(__file__).with_name("child.py")

# Seconds after which `winoscope devices` is taken to hang.
DEVICES_LIMIT = 120

# Seconds that a killed process may take to end. One that is stuck in a driver may never.
KILL_LIMIT = 30


@dataclass(frozen=True)
class Device:
    """A device, as `winoscope devices --csv` has it; the same names as the results' columns."""

    index: str
    device: str
    device_uuid: str
    driver: str
    kind: str
    missing: str


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    # The exit code, or minus the signal; `None` where it was killed after the time limit.
    code: int | None
    # Whether it ended at all when it was killed.
    is_gone: bool = True


@dataclass
class Winoscope:
    """The program, with the options that all of its processes get, and those of them that run."""

    path: str
    glsl: str | None = None
    cache: str | None = None
    ceilings: str | None = None

    def __post_init__(self):
        self._running: set[subprocess.Popen] = set()
        self._lock = threading.Lock()
        self._is_stopped = False

    def __getstate__(self):
        # What runs here runs nowhere else.
        return {name: getattr(self, name) for name in ("path", "glsl", "cache", "ceilings")}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.__post_init__()

    def listing(self, path: pathlib.Path, overrides: list[str], device: str | None) -> tuple[str, list[str]]:
        """What `winoscope list` prints of a configuration, and what it says besides, line by line.

        `device` is the name of the one whose tuned values it takes where it asks for tuned ones.
        """
        tuned = ["--tuned-for", device] if device else []
        printed = self._ask("list", str(path), *_set(overrides), *_options(glsl=self.glsl), *tuned)
        return printed.stdout, printed.stderr.splitlines()

    def devices(self) -> list[Device]:
        """Every device there is."""
        return [Device(**row) for row in csv.DictReader(io.StringIO(self._ask("devices", "--csv").stdout))]

    def run(
        self,
        config: pathlib.Path,
        overrides: list[str],
        names: list[str],
        device: str,
        folder: pathlib.Path,
        seed: int,
        limit: float,
    ) -> Ended:
        """Measures experiments, all where no names are given, into a folder, for `limit` seconds at most.

        What the process says goes to `log` there.
        """
        only = [word for name in names for word in ("--only", name)]
        options = _options(glsl=self.glsl, cache=self.cache, ceilings=self.ceilings)
        where = ["--device", device, "--results", str(folder), "--seed", str(seed)]
        command = [self.path, "run", str(config), *_set(overrides), *only, *where, *options]
        with open(folder / "log", "wb") as log:
            with self._lock:
                if self._is_stopped:
                    return Ended(-signal.SIGKILL)
                # A session of its own: Ctrl-C in the terminal is for the sweep to hear, which then ends its processes.
                process = subprocess.Popen(
                    [sys.executable, "-IS", str(CHILD), str(os.getpid()), *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
                self._running.add(process)
        try:
            return Ended(process.wait(limit))
        except subprocess.TimeoutExpired:
            _kill(process)
            try:
                process.wait(KILL_LIMIT)
            except subprocess.TimeoutExpired:
                return Ended(None, is_gone=False)
            return Ended(None)
        finally:
            with self._lock:
                self._running.discard(process)

    def stop(self) -> None:
        """Kills every process, and starts no more."""
        with self._lock:
            self._is_stopped = True
            for process in self._running:
                _kill(process)

    @property
    def is_stopped(self) -> bool:
        """Whether no process is started any more."""
        return self._is_stopped

    def _ask(self, *arguments: str) -> subprocess.CompletedProcess:
        try:
            ended = subprocess.run([self.path, *arguments], capture_output=True, text=True, timeout=DEVICES_LIMIT)
        except OSError as error:
            raise Failure(USAGE, f"{self.path} cannot be run: {error.strerror}; name it with --winoscope.") from None
        except subprocess.TimeoutExpired:
            raise Failure(
                NO_DEVICE, f"`winoscope {arguments[0]}` has not answered for {DEVICES_LIMIT} s: the driver hangs."
            ) from None
        if ended.returncode:
            raise Failure(ended.returncode, ended.stderr.strip().removeprefix("error: "))
        return ended


def _set(overrides: list[str]) -> list[str]:
    return [word for override in overrides for word in ("--set", override)]


def _options(**options: str | None) -> list[str]:
    return [word for name, value in options.items() if value for word in (f"--{name}", value)]


def _kill(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def find(named: str | None) -> str:
    """The program: the one named, else the repository's own build, else the one on the path."""
    if named:
        # Other machines look for it as well, from another folder.
        return os.path.abspath(named) if os.sep in named else named
    target = pathlib.Path(__file__).parents[3] / "target/release/winoscope"
    found = str(target) if target.exists() else shutil.which("winoscope")
    if not found:
        raise Failure(
            USAGE,
            "there is no `winoscope` on the path: build it with `cargo build --release`, or name it with --winoscope.",
        )
    return found
