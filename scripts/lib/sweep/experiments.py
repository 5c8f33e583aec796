"""The experiments of a configuration, as the binary expands it, and the tasks that they make."""

import pathlib
from collections.abc import Iterator
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
class Listing:
    """What a configuration holds."""

    # As the results are named after it.
    config: str
    # The results' header, with its line feed.
    header: str
    tasks: list[Task]
    # What the binary said besides.
    notes: list[str]

    def row(self, experiment: Experiment) -> dict[str, str]:
        """The cells of an experiment's row before it is measured, by column."""
        return dict(zip(cells(self.header), cells(experiment.text)[1:], strict=True))

    def row_line(self, row: dict[str, str]) -> str:
        """The line of a row."""
        return line([row[column] for column in cells(self.header)])

    def experiments(self) -> Iterator[Experiment]:
        """All, task by task."""
        for task in self.tasks:
            yield from task.experiments


def list_experiments(winoscope: Winoscope, path: pathlib.Path) -> Listing:
    """Expands a configuration; the binary is the one place where that is done."""
    printed, notes = winoscope.list(path)
    lines = iter(printed.splitlines(keepends=True))
    before, _, header = next(lines).partition(",")
    assert before == BEFORE, f"`winoscope list` begins with `{before}`"
    members: dict[str, list[Experiment]] = {}
    config = ""
    for text in lines:
        comparison, config, name = cells(text)[:3]
        members.setdefault(comparison, []).append(Experiment(name, text))
    tasks = [Task(number, tuple(experiments)) for number, experiments in enumerate(members.values())]
    return Listing(config, header, tasks, notes)


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


class Identity:
    """Tells the rows of this build, configuration and kernels from others."""

    def __init__(self, listing: Listing):
        places = {name: place for place, name in enumerate([BEFORE, *cells(listing.header)])}
        self._hashes = {}
        self._common: dict[str, str] = {}
        for experiment in listing.experiments():
            record = cells(experiment.text)
            self._hashes[experiment.name] = record[places["config_hash"]]
            self._common = self._common or {name: record[places[name]] for name in IDENTITY[1:]}

    def difference(self, cell: Cell) -> str | None:
        """The column in which a row is of something else."""
        if cell("config_hash") != self._hashes.get(cell("experiment")):
            return "config_hash"
        return next((name for name, value in self._common.items() if cell(name) != value), None)
