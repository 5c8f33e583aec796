"""The machines of a Ray cluster: a Ray task for each task of the sweep, and one file of results, here.

Ray places the tasks, one to a GPU where there are any, and runs them again where a machine is lost. This module is also
what the machines import: Ray carries the package to them.
"""

import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .attempt import After, Attempt, Attempter, failed
from .devices import Probe, choose
from .exits import DEVICE_LOST, NO_PACKAGE, Failure
from .experiments import Sheet, Task
from .program import Device, Winoscope, find
from .results import not_written

# How often a task is run again whose machine was lost.
RETRIES = 3

# Ray tasks that are submitted, per slot of the cluster: enough that no slot waits, few enough to fit in memory.
AHEAD = 2


@dataclass(frozen=True)
class Order:
    """What every machine must know of a configuration."""

    winoscope: Winoscope
    sheet: Sheet
    file_name: str
    text: bytes
    overrides: list[str]
    limit: float
    patience: float


@dataclass(frozen=True)
class Cluster:
    """Spreads tasks over a Ray cluster."""

    address: str
    # Seconds that a device may take to answer after a failure.
    patience: float
    # Draws the seed of a task.
    seed: Callable[[], int]

    # What the machines have is theirs to know.
    devices = None

    def attempts(self, attempter: Attempter, tasks: list[Task], folder: pathlib.Path) -> Iterator[tuple[str, Attempt]]:
        """What came of each task, as it ends, and on which machine.

        Raises `Failure` where there is no cluster, no machine has a device left, or nothing more can succeed.
        """
        config = attempter.config
        order = Order(
            attempter.winoscope,
            attempter.sheet,
            config.name,
            config.read_bytes(),
            attempter.overrides,
            attempter.limit,
            self.patience,
        )
        with _connected(self.address) as ray:
            yield from self._spread(ray, ray.put(order), attempter.sheet, tasks)

    def _spread(self, ray, order, sheet: Sheet, tasks: list[Task]) -> Iterator[tuple[str, Attempt]]:
        has_gpus = ray.cluster_resources().get("GPU", 0) > 0
        remote = ray.remote(num_gpus=1 if has_gpus else 0, max_retries=RETRIES)(_measure)
        pending = list(reversed(tasks))
        submitted: dict[object, tuple[Task, int]] = {}
        given_back = 0
        try:
            while pending or submitted:
                slots = max(1, int(ray.cluster_resources().get("GPU" if has_gpus else "CPU", 0)))
                while pending and len(submitted) < AHEAD * slots:
                    task, seed = pending.pop(), self.seed()
                    submitted[remote.remote(order, task, seed)] = (task, seed)
                # Not for ever, since machines may join meanwhile.
                for reference in ray.wait(list(submitted), timeout=10)[0]:
                    task, seed = submitted.pop(reference)
                    try:
                        where, came = ray.get(reference)
                    except _lost(ray) as error:
                        reason = f"its machine was lost each of {RETRIES + 1} times ({_said(error)})"
                        where, came = "", failed(sheet, task, {"seed": str(seed), "reason": reason})
                    except ray.exceptions.RayError as error:
                        raise Failure(NO_PACKAGE, f"the cluster cannot run the sweep: {_said(error)}.") from None
                    if isinstance(came, Failure):
                        raise Failure(came.code, f"{where}: {came.message}")
                    if came.after is After.ABSENT:
                        pending.append(task)
                        given_back += 1
                        if given_back > AHEAD * slots:
                            raise Failure(
                                DEVICE_LOST, "no machine has a device that answers; the same command goes on."
                            )
                    else:
                        given_back = 0
                        yield where, came
        finally:
            for reference in submitted:
                ray.cancel(reference, force=True)


def _lost(ray) -> tuple[type[Exception], ...]:
    """What Ray raises of a task whose machine or worker was lost more often than it is run again."""
    known = ray.exceptions
    return (
        known.WorkerCrashedError,
        known.NodeDiedError,
        known.LocalRayletDiedError,
        known.ObjectLostError,
        known.OutOfMemoryError,
    )


def _said(error: Exception) -> str:
    """The last line of what Ray says, which names the cause, without colours."""
    lines = [line for line in re.sub(r"\x1b\[\d+m", "", str(error)).splitlines() if line.strip()]
    return lines[-1].strip().rstrip(".") if lines else type(error).__name__


@contextlib.contextmanager
def _connected(address: str):
    """Ray, connected to a cluster whose machines get this package."""
    try:
        import ray
    except ImportError:
        raise Failure(NO_PACKAGE, "--ray needs Ray: python3 -m pip install ray (scripts/cluster.md).") from None
    package = pathlib.Path(__file__).parent
    try:
        ray.init(
            address=address,
            runtime_env={"py_modules": [str(package)], "excludes": ["tests", "__pycache__"]},
            log_to_driver=False,
            logging_level="ERROR",
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise Failure(
            NO_PACKAGE, f"no Ray cluster answers at {address}: {_said(error)} (scripts/cluster.md)."
        ) from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _measure(order: Order, task: Task, seed: int) -> tuple[str, Attempt | Failure]:
    """Measures a task on this machine; returns its name as well.

    A failure is returned, not raised: Ray would take it for the task's own and wrap it.
    """
    where = socket.gethostname()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="winoscope-"))
    try:
        config = folder / order.file_name
        config.write_bytes(order.text)
        winoscope = order.winoscope
        winoscope.path = find(winoscope.path if shutil.which(winoscope.path) else None)
        device = _own(choose(winoscope.devices(), []))
        doubt = pathlib.Path(tempfile.gettempdir()) / f"winoscope-doubtful-{device.device_uuid}"
        if doubt.exists():
            if not Probe(winoscope, folder, order.patience).answers(device):
                return where, Attempt(After.ABSENT)
            doubt.unlink(missing_ok=True)
        attempter = Attempter(winoscope, order.sheet, config, order.overrides, None, order.limit)
        attempt = attempter.attempt(task, device, folder / "task", seed)
        if attempt.after is not After.FINE:
            # The next task here finds out: this one has a result, which should not wait.
            doubt.touch()
        return where, attempt
    except Failure as failure:
        return where, failure
    except OSError as error:
        return where, not_written(error, error.filename or folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own(devices: list[Device]) -> Device:
    """The device that Ray gave to this task.

    Ray hides the other GPUs from CUDA, not from Vulkan, and tells NVIDIA's numbers, which are not Vulkan's.
    """
    import ray

    given = [str(number) for number in ray.get_gpu_ids()]
    if not given:
        return devices[0]
    command = ["nvidia-smi", "--query-gpu=index,uuid", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        told = ""
    uuids = {
        index: uuid.removeprefix("GPU-") for index, _, uuid in (line.partition(", ") for line in told.splitlines())
    }
    wanted = uuids.get(given[0], given[0].removeprefix("GPU-"))
    by_number = devices[int(given[0]) % len(devices)] if given[0].isdecimal() else devices[0]
    return next((device for device in devices if device.device_uuid == wanted), by_number)
