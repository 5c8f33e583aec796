"""The command line of the sweep."""

import argparse
import os
import pathlib
import random
import shutil
import signal
import sys
from collections.abc import Iterator
from typing import Protocol

from . import arguments
from .attempt import Attempt, Attempter
from .devices import choose
from .exits import INTERRUPTED, SOME_FAILED, WRONG, Failure
from .experiments import Experiment, Listing, Task, of_shard, without
from .listings import list_for
from .local import Local
from .program import Device, Winoscope, find
from .progress import Progress, say
from .results import Cell, Results, not_written, read_totals


def main() -> None:
    """Runs the sweep that the command line asks for, and ends with an exit code for each kind of failure."""
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        sys.exit(_sweep(arguments.parse()))
    except Failure as failure:
        say(f"error: {failure}")
        sys.exit(failure.code)
    except KeyboardInterrupt:
        say("interrupted; what was finished is kept, and the same command goes on")
        sys.exit(INTERRUPTED)


def _sweep(options: argparse.Namespace) -> int:
    winoscope = Winoscope(find(options.winoscope), options.glsl, options.cache, options.ceilings)
    spread = None if options.dry_run else _spread(options, winoscope)
    listings = list_for(spread.devices if spread else None, options, winoscope)
    for listing in listings:
        for note in listing.notes:
            say(note)
    if spread is None:
        for listing in listings:
            _tell(options, listing)
        return 0
    statuses: dict[str, int] = {}
    for path, listing in zip(options.configs, listings, strict=True):
        for status, count in _measure(options, winoscope, path, listing, spread).items():
            statuses[status] = statuses.get(status, 0) + count
    return WRONG if "wrong" in statuses else SOME_FAILED if "failed" in statuses else 0


class _Chosen:
    """The experiments of a configuration that this sweep is to have in its results."""

    def __init__(self, options: argparse.Namespace, listing: Listing):
        self.tasks: list[Task] = of_shard(listing.tasks, *options.shard)
        self._sheet = listing.sheet
        self._retry = options.retry
        self._by_name: dict[str, Experiment] = {one.name: one for task in self.tasks for one in task.experiments}

    def __len__(self) -> int:
        return len(self._by_name)

    def counts(self, cell: Cell, devices: list[Device] | None) -> bool:
        """Whether a run is of one of these, of this build, and of a device like one of `devices`."""
        experiment = self._by_name.get(cell("experiment"))
        if experiment is None or (self._retry and cell("status") in ("failed", "wrong")):
            return False
        if self._sheet.difference(experiment, cell):
            return False
        # A row of a machine that was lost is of no device.
        found = (cell("device"), cell("driver"))
        return devices is None or not any(found) or found in {(device.device, device.driver) for device in devices}


def _tell(options: argparse.Namespace, listing: Listing) -> None:
    """Counts the experiments, and prints those that are left."""
    chosen = _Chosen(options, listing)
    path = options.results / f"{listing.sheet.config}.csv"
    done: set[str] = set()
    if path.exists():
        with open(path, "rb") as file:
            done, _ = read_totals(file, path, lambda cell: chosen.counts(cell, None))
    left = without(chosen.tasks, done)
    names = [experiment.name for task in left for experiment in task.experiments]
    say(
        f"{listing.sheet.config}: {len(chosen)} experiments, {len(done)} of them in {path}; {len(names)} are left, in "
        f"{len(left)} processes"
    )
    try:
        print("".join(f"{name}\n" for name in names), end="", flush=True)
    except BrokenPipeError:
        # As in `… | head`. What is left in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Spread(Protocol):
    """Where tasks are measured."""

    # On which devices; `None` where that is not known beforehand.
    devices: list[Device] | None

    def attempts(self, attempter: Attempter, tasks: list[Task], folder: pathlib.Path) -> Iterator[tuple[str, Attempt]]:
        """What came of each task, as it ends, and where."""


def _spread(options: argparse.Namespace, winoscope: Winoscope) -> Spread:
    drawn = random.SystemRandom()

    def seed() -> int:
        return drawn.getrandbits(63) if options.seed is None else options.seed

    if options.ray:
        from .cluster import Cluster

        return Cluster(options.ray, options.patience, seed)
    return Local(choose(winoscope.devices(), options.devices), options.patience, seed)


def _measure(
    options: argparse.Namespace, winoscope: Winoscope, path: pathlib.Path, listing: Listing, spread: Spread
) -> dict[str, int]:
    """Measures what is left of a configuration; returns how many experiments ended with each status."""
    chosen = _Chosen(options, listing)
    sheet = listing.sheet
    with Results(options.results, sheet.config, sheet.header) as results:
        done = results.measured(lambda cell: chosen.counts(cell, spread.devices))
        for note in results.notes:
            say(f"warning: {note}")
        say(f"{sheet.config}: {len(chosen)} experiments, {len(done)} of them in {results.path} already")
        progress = Progress(len(done), len(chosen))
        # Under the lock, so that what is there is of a sweep that was stopped.
        folder = (options.results / f"{sheet.config}.sweep").resolve()
        shutil.rmtree(folder, ignore_errors=True)
        try:
            ceilings = (options.results / "ceilings").resolve()
            attempter = Attempter(
                winoscope,
                sheet,
                _snapshot(path, folder),
                options.set,
                ceilings if ceilings.is_dir() else None,
                options.timeout,
            )
            for where, attempt in spread.attempts(attempter, without(chosen.tasks, done), folder):
                results.add(attempt.block)
                for measured in attempt.measured:
                    progress.ended(measured, where)
        except OSError as error:
            raise not_written(error, error.filename or folder) from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        say(f"results: {results.path}")
    return progress.statuses


def _snapshot(path: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """A copy of a configuration, which stays as it is while the sweep runs."""
    folder.mkdir(parents=True)
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    return copy
