"""One process that measures a task, and what it leaves: whole experiments, or rows that say why there are none."""

import datetime
import enum
import pathlib
import shutil
import signal
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from .device_lock import held
from .exits import (
    BAD_CONFIG,
    BAD_RESULTS,
    DEVICE_LOST,
    DISK_FULL,
    DRIVER,
    INTERRUPTED,
    NO_DEVICE,
    NO_LOADER,
    NOT_WRITABLE,
    OTHER_DEVICE,
    UNREADABLE,
    USAGE,
    Failure,
)
from .experiments import Sheet, Task
from .program import Device, Ended, Winoscope
from .records import cells
from .results import BESIDE, ROWS, Block

# Exit codes of `winoscope` that are about no experiment: every other would end so too.
ABOUT_ALL = {
    USAGE,
    UNREADABLE,
    BAD_CONFIG,
    NO_LOADER,
    NOT_WRITABLE,
    DISK_FULL,
    BAD_RESULTS,
    OTHER_DEVICE,
    INTERRUPTED,
}

# The longest sentence of a process that is repeated in a row.
LONGEST_REASON = 600


@dataclass(frozen=True)
class Measured:
    """The `total` of an experiment that has ended: what progress tells."""

    experiment: str
    # The cells of its row, by column.
    total: dict[str, str]


class After(enum.Enum):
    """What an attempt means for the device."""

    FINE = enum.auto()
    # The process broke off: whether the device still answers must be seen.
    DOUBTFUL = enum.auto()
    # There was no such device, and nothing was measured.
    ABSENT = enum.auto()
    # The process cannot be killed: it is stuck in the driver.
    STUCK = enum.auto()


@dataclass
class Attempt:
    """What came of a task."""

    after: After
    block: Block = field(default_factory=Block)
    measured: list[Measured] = field(default_factory=list)


@dataclass(frozen=True)
class Attempter:
    """Makes attempts at the tasks of one configuration."""

    winoscope: Winoscope
    sheet: Sheet
    # The configuration as it was when it was listed.
    config: pathlib.Path
    overrides: list[str]
    # The folder of saved ceilings, from which rows have their floors, if there is one.
    ceilings: pathlib.Path | None
    # Seconds for each experiment.
    limit: float

    def attempt(self, task: Task, device: Device, folder: pathlib.Path, seed: int) -> Attempt:
        """Measures a task on a device, in a `folder` that is made and removed.

        Raises `Failure` where no other task can succeed either.
        """
        folder.mkdir(parents=True)
        if self.ceilings:
            (folder / "ceilings").symlink_to(self.ceilings)
        names = [experiment.name for experiment in task.experiments]
        limit = self.limit * len(names)
        try:
            with held(device.device_uuid, lambda: self.winoscope.is_stopped):
                ended = self.winoscope.run(self.config, self.overrides, names, device.device_uuid, folder, seed, limit)
            if self.winoscope.is_stopped:
                return Attempt(After.FINE)
            said = _last_error(folder / "log")
            if ended.code in ABOUT_ALL:
                raise Failure(ended.code, said or f"`winoscope run` ended with exit code {ended.code}.")
            attempt = self._gathered(task, folder)
            if ended.code == NO_DEVICE and not attempt.measured:
                return Attempt(After.ABSENT)
            attempt.after = _after(ended)
            reason = _reason(ended, said, limit)
            of_device = {name: getattr(device, name) for name in ("device", "device_uuid", "driver")}
            _fill(attempt, self.sheet, task, of_device | {"seed": str(seed), "reason": reason})
            return attempt
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _gathered(self, task: Task, folder: pathlib.Path) -> Attempt:
        """The experiments that the process has finished, whatever became of it later."""
        attempt = Attempt(After.FINE)
        wanted = {experiment.name: experiment for experiment in task.experiments}
        totals: dict[tuple[str, str], dict[str, str]] = {}
        lines: dict[tuple[str, str], list[str]] = {}
        for row, text in _rows(folder / f"{self.sheet.config}.{ROWS}", self.sheet.columns):
            run = (row["experiment"], row["timestamp_utc"])
            lines.setdefault(run, []).append(text)
            if row["phase"] == "total" and row["experiment"] in wanted:
                differs = self.sheet.difference(wanted[row["experiment"]], row.__getitem__)
                if differs:
                    raise Failure(
                        BAD_RESULTS,
                        f"`{row['experiment']}` was measured with another {differs} than it was listed with: the "
                        "program, its kernels or the configuration changed meanwhile; the same command goes on with "
                        "what there is now.",
                    )
                totals[run] = row
        attempt.block.rows = "".join(text for run in totals for text in lines[run])
        attempt.measured = [Measured(experiment, total) for (experiment, _), total in totals.items()]
        for ending in BESIDE:
            header, beside = _beside(folder / f"{self.sheet.config}.{ending}", totals.keys())
            if beside:
                attempt.block.beside[ending] = (header, beside)
        return attempt


def failed(sheet: Sheet, task: Task, known: dict[str, str]) -> Attempt:
    """A row for each experiment of a task of which nothing is `known` but some cells, its reason among them."""
    attempt = Attempt(After.FINE)
    _fill(attempt, sheet, task, known)
    return attempt


def _fill(attempt: Attempt, sheet: Sheet, task: Task, known: dict[str, str]) -> None:
    """Adds a row for each experiment of which there is none."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ended = {measured.experiment for measured in attempt.measured}
    for experiment in task.experiments:
        if experiment.name not in ended:
            row = sheet.row(experiment) | {"timestamp_utc": now, "status": "failed"} | known
            attempt.block.rows += sheet.line(row)
            attempt.measured.append(Measured(experiment.name, row))


def _rows(path: pathlib.Path, columns: list[str]) -> Iterator[tuple[dict[str, str], str]]:
    """The whole rows of a file that a process may have left at any moment."""
    for text in _lines(path)[1:]:
        record = cells(text)
        if text.endswith("\n") and len(record) == len(columns):
            yield dict(zip(columns, record, strict=True)), text


def _beside(path: pathlib.Path, runs: Collection[tuple[str, str]]) -> tuple[str, str]:
    """The header of a file, and the lines of these runs."""
    lines = _lines(path)
    if not lines:
        return "", ""
    names = cells(lines[0])
    kept = []
    for text in lines[1:]:
        record = cells(text)
        if text.endswith("\n") and len(record) == len(names):
            row = dict(zip(names, record, strict=True))
            if (row["experiment"], row["timestamp_utc"]) in runs:
                kept.append(text)
    return lines[0], "".join(kept)


def _lines(path: pathlib.Path) -> list[str]:
    try:
        # Line feeds alone end lines, as the binary writes them.
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            return list(file)
    except FileNotFoundError:
        return []


def _after(ended: Ended) -> After:
    if not ended.is_gone:
        return After.STUCK
    # With any other exit code the program could still say what was wrong.
    if ended.code is None or ended.code < 0 or ended.code in (DEVICE_LOST, DRIVER):
        return After.DOUBTFUL
    return After.FINE


def _reason(ended: Ended, said: str, limit: float) -> str:
    if ended.code is None:
        stuck = "" if ended.is_gone else ", in vain: it is stuck in the driver"
        return f"no result within {limit:g} s: its process was killed{stuck}"
    if ended.code < 0:
        try:
            name = signal.Signals(-ended.code).name
        except ValueError:
            name = f"signal {-ended.code}"
        memory = ", as the system does where memory runs out" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{memory}"
    if said:
        return f"{said} (exit code {ended.code})"
    return f"its process ended without a result (exit code {ended.code})"


def _last_error(log: pathlib.Path) -> str:
    """The last sentence that a process called an error."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    said = [text.removeprefix("error: ") for text in text.splitlines() if text.startswith("error: ")]
    return said[-1][:LONGEST_REASON].rstrip(".") if said else ""
