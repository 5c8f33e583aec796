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


# How often a worker that waits for the main thread asks whether it is to stop.
STOP_SECONDS = 0.1


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


@dataclass(frozen=True)
class _Finished:
    """What a worker has for the main thread: an attempt, what went wrong, or, where there is neither, that it has ended."""

    attempt: tuple[str, Attempt] | None = None
    error: Exception | None = None
    # Held until the attempt is taken: one of each worker waits at most, so that little waits in memory for a slow disk.
    room: "threading.Lock | None" = None


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
        # Not a bounded `queue.Queue`, whose lock stays held where Ctrl-C comes while the main thread has it: then nothing ends.
        self._finished: queue.SimpleQueue[_Finished] = queue.SimpleQueue()

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
                if finished.room:
                    finished.room.release()
                if finished.error:
                    raise finished.error
                if finished.attempt:
                    yield finished.attempt
                else:
                    working -= 1
        finally:
            if working:
                self._attempter.winoscope.stop()
            for worker in workers:
                worker.join()

    def _work(self, device: Device) -> None:
        where = f"{device.device} ({device.index})" if self._are_several else ""
        room = threading.Lock()
        try:
            while self._pending and not self._attempter.winoscope.is_stopped:
                try:
                    task = self._pending.popleft()
                except IndexError:
                    break
                if not self._attempt(task, device, where, room):
                    self._alive.remove(device)
                    say(f"warning: {device.device} ({device.index}) does not answer any more, and is left alone")
                    break
        except Exception as error:  # The main thread's to tell, which would else wait for a worker that is gone.
            self._finished.put(_Finished(error=error))
        finally:
            self._finished.put(_Finished())

    def _attempt(self, task: Task, device: Device, where: str, room: threading.Lock) -> bool:
        """Measures a task; returns whether the device can take another."""
        folder = self._folder / f"task-{next(self._numbers)}"
        attempt = self._attempter.attempt(task, device, folder, self._seed())
        if self._attempter.winoscope.is_stopped:
            return True
        if attempt.after is After.ABSENT:
            # No fault of the experiment's, which another device may take.
            self._pending.appendleft(task)
            return self._probe.answers(device)
        while not room.acquire(timeout=STOP_SECONDS):
            if self._attempter.winoscope.is_stopped:
                return True
        self._finished.put(_Finished((where, attempt), room=room))
        return attempt.after is After.FINE or (attempt.after is After.DOUBTFUL and self._probe.answers(device))
