"""The experiments of a configuration, as the binary expands it, and the tasks that they make."""

import functools
import pathlib
from dataclasses import dataclass

from .program import Winoscope
from .records import cells, line
from .results import Cell

# What `winoscope list` has before the columns of the results.
BEFORE = "comparison"

# What must be the same for a row to be of this experiment, build and kernels.
IDENTITY = ("config_hash", "glsl_hash", "git_commit", "shader_compiler")


@dataclass(frozen=True)
class Experiment:
    """One row of `winoscope list`."""

    name: str
    # As the binary printed it; ten thousand are a few megabytes.
    text: str


@dataclass(frozen=True)
class Task:
    """Experiments that one process measures on one device: one, or those of a comparison."""

    number: int
    experiments: tuple[Experiment, ...]

    @property
    def name(self) -> str:
        """What stands for it in messages."""
        others = len(self.experiments) - 1
        return self.experiments[0].name + (f" and {others} more" if others else "")


@dataclass(frozen=True)
class Sheet:
    """What the rows of a configuration look like."""

    # The configuration's name, as the results are named after it.
    config: str
    # The results' header, with its line feed.
    header: str

    @functools.cached_property
    def columns(self) -> list[str]:
        """The names in the header."""
        return cells(self.header)

    def row(self, experiment: Experiment) -> dict[str, str]:
        """The cells of an experiment's row before it is measured, by column."""
        return dict(zip(self.columns, cells(experiment.text)[1:], strict=True))

    def line(self, row: dict[str, str]) -> str:
        """The line of a row."""
        return line([row[column] for column in self.columns])

    def difference(self, experiment: Experiment, cell: Cell) -> str | None:
        """The column in which a measured row is of another configuration, build or kernels than the experiment."""
        listed = self.row(experiment)
        return next((column for column in IDENTITY if cell(column) != listed[column]), None)


@dataclass(frozen=True)
class Listing:
    """What a configuration holds."""

    sheet: Sheet
    tasks: list[Task]
    # Whether any experiment asks for tuned values, so that it depends on the device.
    is_tuned: bool
    # What the binary said besides.
    notes: list[str]


def list_experiments(winoscope: Winoscope, path: pathlib.Path, overrides: list[str], device: str | None) -> Listing:
    """Expands a configuration for devices of a name; the binary is the one place where that is done."""
    printed, notes = winoscope.listing(path, overrides, device)
    lines = iter(printed.splitlines(keepends=True))
    before, _, header = next(lines).partition(",")
    assert before == BEFORE, f"`winoscope list` begins with `{before}`"
    members: dict[str, list[Experiment]] = {}
    config, is_tuned = "", False
    tuned_from = 1 + cells(header).index("tuned_from")
    for text in lines:
        record = cells(text)
        comparison, config, name = record[:3]
        is_tuned |= record[tuned_from] != ""
        members.setdefault(comparison, []).append(Experiment(name, text))
    tasks = [Task(number, tuple(experiments)) for number, experiments in enumerate(members.values())]
    return Listing(Sheet(config, header), tasks, is_tuned, notes)


def of_shard(tasks: list[Task], index: int, count: int) -> list[Task]:
    """The tasks of shard `index` of `count`, from 1: every so manieth, so that all shards are about as long."""
    return tasks[index - 1 :: count]


def without(tasks: list[Task], done: set[str]) -> list[Task]:
    """The tasks with the experiments that are not done."""
    left = (
        Task(task.number, tuple(experiment for experiment in task.experiments if experiment.name not in done))
        for task in tasks
    )
    return [task for task in left if task.experiments]
