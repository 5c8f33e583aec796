"""Rows of a peer in Winoscope's columns, so that they concatenate with those of `winoscope run`."""

import contextlib
import csv
import math
import pathlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from failures import UNREADABLE, Failure
from problems import Task
from sampling import summary

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Measured:
    """What one implementation did with one problem."""

    # Nanoseconds of one convolution each, or of the phase that the rows are of.
    samples: list[float]
    # ‖b − b₆₄‖₂ / ‖b₆₄‖₂ of what it computed.
    rel_error: float
    # What a reader of the times must know.
    reason: str = ""
    # Columns that follow from the problem, as its work does.
    columns: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Implementation:
    """One way in which a peer computes a convolution or a phase of it; names the rows' variant."""

    name: str
    # Takes the task and the seed of its input.
    measure: Callable[[Task, int], Measured]
    # The largest rel_error of its arithmetic: more is a wrong output.
    tolerance: float
    # Columns that have a meaning for it.
    columns: dict[str, object] = field(default_factory=dict)
    # What its experiments' names have after the variant's, as in `/stop_after=mhat`.
    suffix: str = ""
    # Whether it has a row of a task.
    has_row: Callable[[Task], bool] = lambda task: True


@dataclass(frozen=True)
class Peer:
    """An opened peer."""

    implementations: list[Implementation]
    device: str
    driver: str
    # The peer and its version.
    version: str


def columns(heading: str) -> list[str]:
    """The names of a file's columns, from the reference that the binary prints, so that they are the same."""
    reference = ROOT / "docs/columns.md"
    try:
        section = reference.read_text(encoding="utf-8").split(f"## `<config>.{heading}`\n")[1].split("\n## ")[0]
    except (OSError, IndexError):
        raise Failure(
            UNREADABLE, f"{reference} does not say what `<config>.{heading}` has; `winoscope columns` prints it."
        ) from None
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
    rel_error = measured.rel_error if math.isfinite(measured.rel_error) else math.inf
    known = measured.columns | {"rel_error": rel_error}
    if not measured.rel_error <= tolerance:
        reason = f"the output differs from its f64 reference by more than {tolerance:g}"
        return known | {"status": "wrong", "reason": reason}
    summed = summary(measured.samples)
    if summed is None:
        return known | {"status": "failed", "reason": f"{len(measured.samples)} samples have no interval"}
    if summed.ci_low <= 0:
        return known | {"status": "failed", "reason": "its times cannot be told from 0 by the clock that took them"}
    return known | {
        "samples": summed.samples,
        "median_ns": summed.median,
        "ci_low_ns": summed.ci_low,
        "ci_high_ns": summed.ci_high,
        "min_ns": summed.minimum,
        "p95_ns": summed.p95,
        "status": "ok",
        "reason": measured.reason,
    }
