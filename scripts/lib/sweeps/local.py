"""The devices of this machine, each with a worker that has one process measuring at a time."""

import collections
import itertools
import pathlib
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .attempt import After, Attempt, Attempter
from .devices import Probe
from .exits import DEVICE_LOST, Failure
from .experiments import Task
from .program import Device
from .progress import say


@dataclass(frozen=True)
class Local:
    """Spreads tasks over devices of this machine."""

    devices: list[Device]
    # Seconds that a device may take to answer after a failure.
    patience: float
    # Draws the seed of a task.
    seed: Callable[[], int]

    def attempts(self, attempter: Attempter, tasks: list[Task], folder: pathlib.Path) -> Iterator[tuple[str, Attempt]]:
        """What came of each task, as it ends, and on which device, where there are several.

        Processes write below `folder`. Raises `Failure` where no device is left, or nothing more can succeed.
        """
        return _Workers(self, attempter, tasks, folder).attempts()


class _Workers:
    """The workers of one configuration."""

    def __init__(self, local: Local, attempter: Attempter, tasks: list[Task], folder: pathlib.Path):
        self._attempter = attempter
        self._seed = local.seed
        self._folder = folder
        self._probe = Probe(attempter.winoscope, folder, local.patience)
        self._numbers = itertools.count()
        self._pending = collections.deque(tasks)
        self._alive = list(local.devices)
        self._are_several = len(local.devices) > 1
        # Bounded, so that what has ended waits in no memory while a slow disk takes it.
        self._finished: queue.Queue[tuple[str, Attempt] | Exception | None] = queue.Queue(2 * len(local.devices))

    def attempts(self) -> Iterator[tuple[str, Attempt]]:
        # A worker may end before another gives its task back, so there may be more than one round.
        while self._pending and self._alive:
            yield from self._round()
        if self._pending:
            left = sum(len(task.experiments) for task in self._pending)
            raise Failure(
                DEVICE_LOST, f"no device answers any more; {left} experiments are left, and the same command goes on."
            )

    def _round(self) -> Iterator[tuple[str, Attempt]]:
        workers = [threading.Thread(target=self._work, args=(device,), daemon=True) for device in self._alive]
        for worker in workers:
            worker.start()
        working = len(workers)
        try:
            while working:
                finished = self._finished.get()
                if finished is None:
                    working -= 1
                elif isinstance(finished, Exception):
                    raise finished
                else:
                    yield finished
        finally:
            if working:
                self._attempter.winoscope.stop()
                while working:
                    working -= self._finished.get() is None
            for worker in workers:
                worker.join()

    def _work(self, device: Device) -> None:
        where = f"{device.device} ({device.index})" if self._are_several else ""
        try:
            while self._pending and not self._attempter.winoscope.is_stopped:
                try:
                    task = self._pending.popleft()
                except IndexError:
                    break
                if not self._attempt(task, device, where):
                    self._alive.remove(device)
                    say(f"warning: {device.device} ({device.index}) does not answer any more, and is left alone")
                    break
        except Exception as error:  # The main thread's to tell, which would else wait for a worker that is gone.
            self._finished.put(error)
        finally:
            self._finished.put(None)

    def _attempt(self, task: Task, device: Device, where: str) -> bool:
        """Measures a task; returns whether the device can take another."""
        folder = self._folder / f"task-{next(self._numbers)}"
        attempt = self._attempter.attempt(task, device, folder, self._seed())
        if self._attempter.winoscope.is_stopped:
            return True
        if attempt.after is After.ABSENT:
            # No fault of the experiment's, which another device may take.
            self._pending.appendleft(task)
            return self._probe.answers(device)
        self._finished.put((where, attempt))
        return attempt.after is After.FINE or (attempt.after is After.DOUBTFUL and self._probe.answers(device))
