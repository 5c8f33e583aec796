"""Measures a peer on the problems of configurations and writes Winoscope's columns.

What the peers share: which problems a file holds, when sampling stops, the median's interval, the rows, the command
line and its exit codes. A peer says what it is and how one implementation computes one problem.
"""

import argparse
import contextlib
import csv
import datetime
import itertools
import math
import os
import pathlib
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]

# z of a 95 % two-sided interval of the normal distribution.
Z95 = 1.959963984540054

# The fewest samples whose range covers the median with 95 %: 1 - 2·½⁶ = 97 %.
MIN_FOR_INTERVAL = 6

# Exit codes, those of `winoscope` where it has the same.
UNREADABLE, BAD_CONFIG, NO_DEVICE, PEER_FAILED, NOT_WRITABLE, WRONG, NO_PACKAGE, INTERRUPTED = 10, 11, 21, 25, 40, 50, 70, 130
EXIT_CODES = {
    UNREADABLE: "a problem file cannot be read",
    BAD_CONFIG: "a problem file is not TOML, or has no problem that can be computed",
    NO_DEVICE: "the peer finds no device",
    PEER_FAILED: "the peer failed on a problem; its row says how",
    NOT_WRITABLE: "the rows cannot be written",
    WRONG: "an output was wrong",
    NO_PACKAGE: "the peer's package, or a newer Python, is missing",
    INTERRUPTED: "interrupted with Ctrl-C; what was finished is kept",
}


def hide_programs() -> None:
    """Lets a program import the package of its own name, which Python would else take to be the program."""
    here = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [folder for folder in sys.path if os.path.realpath(folder) != here]


class Failure(Exception):
    """Ends the program with an exit code and one sentence."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


class Unsupported(Exception):
    """The peer cannot compute a problem; says why."""


@dataclass(frozen=True)
class Problem:
    """One 3×3 convolution with stride 1, `x[B][C][H][W]`, `w[K][C][3][3]` → `y[B][K][H'][W']`."""

    in_channels: int
    out_channels: int
    height: int
    width: int
    batch: int = 1
    padding: int = 1

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.batch, self.in_channels, self.height, self.width)

    @property
    def filter_shape(self) -> tuple[int, ...]:
        return (self.out_channels, self.in_channels, 3, 3)

    @property
    def output_shape(self) -> tuple[int, ...]:
        grown = 2 * self.padding - 2
        return (self.batch, self.out_channels, self.height + grown, self.width + grown)


@dataclass(frozen=True)
class Settings:
    """The keys of `[measure]` that a peer heeds."""

    target_rel_ci: float = 0.01
    max_seconds: float = 5.0
    warmup_seconds: float = 1.0
    min_region_us: float = 1000.0


@dataclass(frozen=True)
class Task:
    """One problem of a configuration."""

    config: str
    # What its name differs in from that of the configuration's first problem, as in `/batch=16`.
    suffix: str
    problem: Problem
    settings: Settings


@dataclass(frozen=True)
class Measured:
    """What one implementation did with one problem."""

    # Nanoseconds of one convolution each.
    samples: list[float]
    # ‖b − b₆₄‖₂ / ‖b₆₄‖₂ of what it computed.
    rel_error: float
    # What a reader of the times must know.
    reason: str = ""


@dataclass(frozen=True)
class Implementation:
    """One way in which a peer computes a convolution; names the rows' variant."""

    name: str
    # Takes the task and the seed of its input.
    measure: Callable[[Task, int], Measured]
    # The largest rel_error of its arithmetic: more is a wrong output.
    tolerance: float
    # Columns that have a meaning for it.
    columns: dict[str, object] = field(default_factory=dict)
    # What its experiments' names have after the variant's, as in `/stop_after=mhat`.
    suffix: str = ""


@dataclass(frozen=True)
class Peer:
    """An opened peer."""

    implementations: list[Implementation]
    device: str
    driver: str
    # The peer and its version.
    version: str


# ---------------------------------------------------------------------------------------------------- problems

def read_tasks(path: pathlib.Path) -> list[Task]:
    """The distinct problems of a configuration: of its base and variants, crossed with the axes over `problem`."""
    document = _document(path)
    config = document.get("name", path.stem)
    known = Settings.__dataclass_fields__
    settings = Settings(**{key: value for key, value in document.get("measure", {}).items() if key in known})
    axes = {key: values for key, values in document.get("sweep", {}).items() if key.startswith("problem.")}
    problems: list[Problem] = []
    for variant in document.get("variant", [{}]):
        table = document.get("problem", {}) | variant.get("problem", {})
        crossed = [key for key in axes if key in variant.get("axes", axes)]
        for point in itertools.product(*(axes[key] for key in crossed)):
            swept = {key.removeprefix("problem."): value for key, value in zip(crossed, point)}
            problem = _problem(path, table | swept)
            if problem not in problems:
                problems.append(problem)
    return [Task(config, _suffix(problems[0], problem), problem, settings) for problem in problems]


def _document(path: pathlib.Path) -> dict:
    try:
        import tomllib
    except ImportError:
        raise Failure(NO_PACKAGE, f"reading {path} needs Python 3.11 or newer, and this is {sys.version.split()[0]}.") from None
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failure(UNREADABLE, f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(BAD_CONFIG, f"{path} is not TOML: {error}.") from None


def _problem(path: pathlib.Path, table: dict) -> Problem:
    sizes = {key: value for key, value in table.items() if key != "dtype"}
    unknown = sizes.keys() - Problem.__dataclass_fields__.keys()
    if unknown:
        raise Failure(BAD_CONFIG, f"{path}: `problem` has the unknown key `{sorted(unknown)[0]}`; `winoscope explain` says more.")
    try:
        problem = Problem(**sizes)
        if min(*problem.input_shape, *problem.output_shape) < 1 or problem.padding not in (0, 1):
            raise ValueError
    except (TypeError, ValueError):
        raise Failure(BAD_CONFIG, f"{path}: `problem` lacks a size or has one that cannot be; `winoscope explain` says which.") from None
    return problem


def _suffix(first: Problem, problem: Problem) -> str:
    names = Problem.__dataclass_fields__
    return "".join(f"/{name}={getattr(problem, name)}" for name in names if getattr(problem, name) != getattr(first, name))


# -------------------------------------------------------------------------------------------------- statistics

@dataclass(frozen=True)
class Summary:
    """A summary of samples, in their unit."""

    samples: int
    median: float
    ci_low: float
    ci_high: float
    minimum: float
    p95: float

    @property
    def rel_ci(self) -> float:
        """Half the interval's width over the median: ± this share."""
        return (self.ci_high - self.ci_low) / 2 / self.median if self.median > 0 else math.inf


def summary(samples: list[float]) -> Summary | None:
    """Sums up samples, or `None` below six of them, where no 95 % interval exists.

    The interval is the one of `winoscope run`: between two order statistics whose ranks follow from the binomial
    distribution, in its normal approximation, rounded outwards.
    """
    n = len(samples)
    if n < MIN_FOR_INTERVAL:
        return None
    ordered = sorted(samples)
    spread = Z95 * math.sqrt(n) / 2
    low = max(math.floor(n / 2 - spread), 1)
    high = min(math.ceil(n / 2 + 1 + spread), n)
    return Summary(
        samples=n,
        median=(ordered[(n - 1) // 2] + ordered[n // 2]) / 2,
        ci_low=ordered[low - 1],
        ci_high=ordered[high - 1],
        minimum=ordered[0],
        p95=ordered[-(-n * 95 // 100) - 1],
    )


def sample(once: Callable[[], float], settings: Settings, least: int) -> list[float]:
    """Nanoseconds that `once` returns, after it was called until its times stopped falling: at least `least`, then
    until the median's interval is as narrow as wanted or the time is up."""
    best, since = math.inf, time.monotonic()
    while time.monotonic() - since < settings.warmup_seconds:
        if (taken := once()) < 0.98 * best:
            best, since = taken, time.monotonic()
    samples: list[float] = []
    end = time.monotonic() + settings.max_seconds
    while True:
        samples.append(once())
        if len(samples) < least:
            continue
        summed = summary(samples)
        if time.monotonic() >= end or (summed and summed.rel_ci <= settings.target_rel_ci):
            return samples


# --------------------------------------------------------------------------------------------------------- rows

def columns(heading: str) -> list[str]:
    """The names of a file's columns, from the reference that the binary prints, so that they are the same."""
    reference = ROOT / "docs/columns.md"
    try:
        section = reference.read_text(encoding="utf-8").split(f"## `<config>.{heading}`\n")[1].split("\n## ")[0]
    except (OSError, IndexError):
        raise Failure(UNREADABLE, f"{reference} does not say what `<config>.{heading}` has; `winoscope columns` prints it.") from None
    return [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]


class Sheet:
    """Rows, flushed as each is made, and their samples beside them where they go to a file."""

    def __init__(self, rows, samples):
        self._rows = csv.DictWriter(rows, columns("csv"), restval="", lineterminator="\n")
        self._samples = samples and csv.DictWriter(samples, columns("samples.csv"), lineterminator="\n")
        self._files = [file for file in (rows, samples) if file]
        for writer in filter(None, (self._rows, self._samples)):
            writer.writeheader()

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: pathlib.Path | None) -> Iterator["Sheet"]:
        """Writes to a file and to `<its name>.samples.csv`, or to stdout rows alone."""
        if path is None:
            yield cls(sys.stdout, None)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            open(path, "w", encoding="utf-8", newline="") as rows,
            open(path.with_suffix(".samples.csv"), "w", encoding="utf-8", newline="") as samples,
        ):
            yield cls(rows, samples)

    def write(self, row: dict[str, object], samples: list[float]) -> None:
        """Writes a row, and the samples that its times are of."""
        cells = {name: _cell(value) for name, value in row.items()}
        if self._samples:
            of_row = {name: cells[name] for name in ("config", "experiment", "phase", "mode", "timestamp_utc")}
            for index, nanoseconds in enumerate(samples):
                self._samples.writerow(of_row | {"sample": index, "nanoseconds": _cell(nanoseconds)})
        self._rows.writerow(cells)
        for file in self._files:
            file.flush()


def _cell(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    return "".join(character if character.isprintable() else " " for character in str(value)).strip()


def row(task: Task, implementation: Implementation, peer: Peer, timestamp: str, seed: int) -> dict[str, object]:
    """What a row says before anything is measured."""
    problem = task.problem
    return {
        "config": task.config,
        "experiment": implementation.name + task.suffix + implementation.suffix,
        "variant": implementation.name,
        "batch": problem.batch,
        "in_channels": problem.in_channels,
        "out_channels": problem.out_channels,
        "height": problem.height,
        "width": problem.width,
        "padding": problem.padding,
        "dtype": "f32",
        "phase": "total",
        "mode": "pipelined",
        "device": peer.device,
        "driver": peer.driver,
        "shader_compiler": peer.version,
        "timestamp_utc": timestamp,
        "seed": seed,
    } | implementation.columns


def outcome(measured: Measured, tolerance: float) -> dict[str, object]:
    """The columns that measuring fills. A wrong output has no times."""
    error = {"rel_error": measured.rel_error if math.isfinite(measured.rel_error) else math.inf}
    if not measured.rel_error <= tolerance:
        return error | {"status": "wrong", "reason": f"y differs from its f64 reference by more than {tolerance:g}"}
    summed = summary(measured.samples)
    if summed is None:
        return error | {"status": "failed", "reason": f"{len(measured.samples)} samples have no interval"}
    if summed.ci_low <= 0:
        return error | {"status": "failed", "reason": "its times cannot be told from 0 by the clock that took them"}
    return error | {
        "samples": summed.samples,
        "median_ns": summed.median,
        "ci_low_ns": summed.ci_low,
        "ci_high_ns": summed.ci_high,
        "min_ns": summed.minimum,
        "p95_ns": summed.p95,
        "status": "ok",
        "reason": measured.reason,
    }


def nvidia_driver() -> str:
    """NVIDIA's driver as Winoscope's rows name it, or nothing where nvidia-smi tells nothing."""
    version = _nvidia_smi("driver_version")
    return version and f"NVIDIA {version}"


def nvidia_device() -> str:
    """The name of NVIDIA's first device, or nothing where nvidia-smi tells nothing."""
    return _nvidia_smi("name")


def _nvidia_smi(key: str) -> str:
    command = ["nvidia-smi", f"--query-gpu={key}", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.partition("\n")[0].strip()


# ------------------------------------------------------------------------------------------------- command line

def main(
    description: str, open_peer: Callable[[argparse.Namespace], Peer], add_options: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Runs a peer's program: the options that all share and its own, and an exit code for each kind of failure."""
    codes = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())
    parser = argparse.ArgumentParser(
        description=description, epilog=f"exit codes:\n{codes}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("problems", nargs="+", type=pathlib.Path, metavar="PROBLEM.toml",
                        help="Winoscope configurations: their problems are computed, and [measure] says how long to sample")
    parser.add_argument("-o", "--output", type=pathlib.Path, metavar="FILE.csv",
                        help="where rows go, and samples beside it, in place of what is there (default: rows to stdout)")
    parser.add_argument("--only", action="append", metavar="NAME", help="this implementation alone; may be given more than once")
    parser.add_argument("--min-samples", type=int, default=60, metavar="N", help="at least so many samples (default: 60)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31), help="of the input (default: drawn)")
    add_options(parser)
    options = parser.parse_args()
    try:
        sys.exit(_run(options, open_peer))
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _run(options: argparse.Namespace, open_peer: Callable[[argparse.Namespace], Peer]) -> int:
    tasks = [task for path in options.problems for task in read_tasks(path)]
    peer = open_peer(options)
    chosen = [one for one in peer.implementations if not options.only or one.name in options.only]
    if not chosen:
        names = ", ".join(one.name for one in peer.implementations)
        raise Failure(2, f"--only names no implementation; there are {names}.")
    timestamp = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    statuses = []
    try:
        with Sheet.open(options.output) as sheet:
            for task, implementation in itertools.product(tasks, chosen):
                known = row(task, implementation, peer, timestamp, options.seed)
                measured, found = _measure(task, implementation, options.seed)
                samples = measured.samples if measured and found["status"] == "ok" else []
                sheet.write(known | found, samples)
                statuses.append(found["status"])
                took = f"{found['median_ns'] / 1000:.2f} µs" if "median_ns" in found else f"{found['status']}: {found['reason']}"
                print(f"{task.config} {known['experiment']}: {took}", file=sys.stderr)
    except OSError as error:
        raise Failure(NOT_WRITABLE, f"{options.output or 'stdout'} cannot be written: {error.strerror}.") from None
    return WRONG if "wrong" in statuses else PEER_FAILED if "failed" in statuses else 0


def _measure(task: Task, implementation: Implementation, seed: int) -> tuple[Measured | None, dict[str, object]]:
    try:
        measured = implementation.measure(task, seed)
    except Unsupported as reason:
        return None, {"status": "unsupported", "reason": str(reason)}
    except Exception as error:  # A peer raises what it likes, and the other rows are still wanted.
        said = next(iter(str(error).splitlines()), "")
        return None, {"status": "failed", "reason": f"{type(error).__name__}: {said}"}
    return measured, outcome(measured, implementation.tolerance)
