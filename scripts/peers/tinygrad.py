#!/usr/bin/env python3
"""Measures tinygrad's 3×3 convolution on the problems of Winoscope configurations.

tinygrad_wino0 is its direct convolution and tinygrad_wino1 its Winograd, F(4×4), each captured by TinyJit, ten calls
at a time. A sample is the time of their kernels alone, as tinygrad's device tells it, over the calls.

With --phases also OLD, the Winograd of the seed, stopped after each of its four phases by returning the same tensors:
tinygrad_old leaves to the scheduler what is stored, as in the seed's time, and tinygrad_old_stored forces XHAT and
GHAT into memory, as today's release does. In phase 2 OLD makes GHAT and returns XHAT, so that GHAT is dead code;
tinygrad_old_stored makes both. `reason` says how many kernels a call has.

tinygrad (pip install tinygrad) picks the device, or the variable DEV does: CUDA, or CPU, which needs clang.

    DEV=CUDA scripts/peers/tinygrad.py --phases configs/suite/seed.toml -o results/suite.tinygrad.csv
"""

import argparse
import contextlib
import importlib.metadata
import io
import time

import devices
import failures
import program
import rows
import sampling

program.hide_programs()
try:
    from tinygrad import Context, Device, GlobalCounters, Tensor, TinyJit, dtypes

    MISSING = None
except ImportError as error:
    MISSING = error

CALLS = 10

# Devices of which tinygrad tells the time of each kernel or graph of kernels.
TIMED = ("CPU", "CUDA", "NV", "AMD", "METAL", "CL", "QCOM")

# The transforms of F(4×4, 3×3) at the points 0, ±1, ±2, ∞: Lavin and Gray (2016), section 4.3.
BT = [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
]
G = [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
]
AT = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]

PHASES = ("xhat", "ghat", "mhat", "output")


def version() -> str:
    return importlib.metadata.version("tinygrad")


def transform(tensor, matrix):
    """`matrix · tensor · matrixᵀ` over the first two axes, as tinygrad itself does it."""
    if not hasattr(tensor, "_apply_winograd_matrix"):
        raise failures.Unsupported(f"tinygrad {version()} has no Tensor._apply_winograd_matrix, as 0.14 has")
    return tensor._apply_winograd_matrix(matrix, 2)


def old(x, w, padding: int, stop_after: str, is_stored: bool):
    """The tensors that OLD returns when it stops after a phase; `x[B][C][H][W]`, `w[K][C][3][3]`."""
    batch, channels, *sizes = x.shape
    filters = w.shape[0]
    outputs = [size + 2 * padding - 2 for size in sizes]
    tile_rows, tile_columns = counts = [-(-size // 4) for size in outputs]
    beyond = [4 * count + 2 - size - padding for count, size in zip(counts, sizes)]
    # [6][6][B][C][tile row][tile column]
    d = x.pad((padding, beyond[1], padding, beyond[0])).unfold(2, 6, 4).unfold(3, 6, 4).permute(4, 5, 0, 1, 2, 3)
    store = Tensor.contiguous if is_stored else lambda tensor: tensor
    xhat = store(transform(d, BT))
    if stop_after == "xhat":
        return [xhat]
    ghat = store(transform(w.permute(2, 3, 0, 1), G))
    if stop_after == "ghat":
        return [xhat, ghat] if is_stored else [xhat]
    u = ghat.reshape(6, 6, 1, filters, channels, 1, 1)
    v = xhat.reshape(6, 6, batch, 1, channels, tile_rows, tile_columns)
    # [6][6][B][K][tile row][tile column]
    mhat = (u * v).sum(axis=4)
    if stop_after == "mhat":
        return [mhat]
    y = transform(mhat, AT).permute(2, 3, 4, 0, 5, 1).reshape(batch, filters, 4 * tile_rows, 4 * tile_columns)
    return [y[:, :, : outputs[0], : outputs[1]].contiguous()]


def capture(compute, x, w, padding: int):
    """Ten calls of `compute` as TinyJit captures them, what the last of them returns, and how many kernels each has."""

    @TinyJit
    def calls(x, w):
        for _ in range(CALLS):
            found = compute(x, w, padding)
            Tensor.realize(*found)
        return found

    # The first time runs each kernel by itself, so that they are counted. The second captures them, and batches them
    # into graphs where the device has such, each of which would count as one. The third is the first of what is timed.
    GlobalCounters.reset()
    calls(x, w)
    kernels = GlobalCounters.kernel_count / CALLS
    for _ in range(2):
        found = calls(x, w)
    return calls, found, kernels


def relative(found, expected) -> float:
    """‖b − b₆₄‖₂ / ‖b₆₄‖₂ over several tensors."""
    error = sum(float((b.cast(dtypes.float64) - b64).square().sum().item()) for b, b64 in zip(found, expected))
    norm = sum(float(b64.square().sum().item()) for b64 in expected)
    return (error / norm) ** 0.5


class Tinygrad:
    """tinygrad's convolutions on its device."""

    def __init__(self, options: argparse.Namespace):
        self._least = options.min_samples
        self._beam = options.beam
        self._is_timed = Device.DEFAULT.split(":")[0] in TIMED

    def implementations(self, with_phases: bool) -> list[rows.Implementation]:
        found = [self._direct(), self._winograd()]
        if with_phases:
            found += [self._old(phase, is_stored) for is_stored in (False, True) for phase in PHASES]
        return found

    def _direct(self) -> rows.Implementation:
        def compute(x, w, padding):
            return [x.conv2d(w, padding=padding)]

        return self._implementation("tinygrad_wino0", compute, self._convolution, {"algorithm": "direct"})

    def _winograd(self) -> rows.Implementation:
        def compute(x, w, padding):
            with Context(WINO=1):
                return [x.conv2d(w, padding=padding)]

        columns = {
            "algorithm": "winograd",
            "tile": 4,
            "points": "integer",
            "filter_reuse": "per_run",
            "stop_after": "output",
        }
        return self._implementation("tinygrad_wino1", compute, self._convolution, columns)

    def _old(self, phase: str, is_stored: bool) -> rows.Implementation:
        def compute(x, w, padding):
            return old(x, w, padding, phase, is_stored)

        columns = {
            "algorithm": "winograd",
            "tile": 4,
            "points": "integer",
            "filter_reuse": "per_run",
            "stop_after": phase,
        }
        if is_stored:
            columns |= {"xhat_placement": "global", "ghat_placement": "" if phase == "xhat" else "global"}
        # A prefix is compared with its own steps in f64; all of it with the convolution.
        reference = self._convolution if phase == "output" else compute
        name = "tinygrad_old_stored" if is_stored else "tinygrad_old"
        return self._implementation(name, compute, reference, columns, f"/stop_after={phase}")

    @staticmethod
    def _convolution(x, w, padding):
        with Context(WINO=0):
            return [x.conv2d(w, padding=padding)]

    def _implementation(self, name, compute, reference, columns, suffix="") -> rows.Implementation:
        def measure(task, seed):
            with Context(BEAM=self._beam, WINO=0):
                return self._measure(task, seed, compute, reference)

        name += f"_beam{self._beam}" if self._beam else ""
        return rows.Implementation(name, measure, 5e-5, columns | {"arithmetic": "f32"}, suffix)

    def _measure(self, task, seed, compute, reference) -> rows.Measured:
        problem = task.problem
        Tensor.manual_seed(seed)
        x, w = (
            Tensor.uniform(*shape, low=-1, high=1).realize() for shape in (problem.input_shape, problem.filter_shape)
        )

        calls, found, kernels = capture(compute, x, w, problem.padding)
        wide = (tensor.cast(dtypes.float64).realize() for tensor in (x, w))
        expected = [tensor.realize() for tensor in reference(*wide, problem.padding)]
        error = relative(found, expected)
        once = self._kernels_ns if self._is_timed else self._host_ns
        samples = sampling.sample(lambda: once(calls, x, w) / CALLS, task.settings, self._least)
        clock = "time of the kernels alone" if self._is_timed else "host clock"
        return rows.Measured(samples, error, f"{clock}, {CALLS} calls, kernels per call: {kernels:g}")

    @staticmethod
    def _kernels_ns(calls, x, w) -> float:
        GlobalCounters.reset()
        # Only at this level does tinygrad time kernels, and it prints them.
        with Context(DEBUG=2), contextlib.redirect_stdout(io.StringIO()):
            calls(x, w)
        return GlobalCounters.time_sum_s * 1e9

    @staticmethod
    def _host_ns(calls, x, w) -> float:
        start = time.perf_counter_ns()
        calls(x, w)
        Device[Device.DEFAULT].synchronize()
        return time.perf_counter_ns() - start


def open_peer(options: argparse.Namespace) -> rows.Peer:
    if MISSING:
        raise failures.Failure(
            failures.NO_PACKAGE, f"tinygrad cannot be imported ({MISSING}); install it: python3 -m pip install tinygrad"
        )
    try:
        name = Device.DEFAULT
        Tensor([1.0], device=name).add(1).realize()
    except Exception as error:  # tinygrad raises what its drivers and compilers do.
        said = str(error).splitlines()[0] if str(error) else ""
        raise failures.Failure(
            failures.NO_DEVICE,
            f"tinygrad can use no device ({type(error).__name__}: {said}); set DEV to CUDA, or to CPU with clang "
            "installed.",
        ) from None
    is_cuda = name.split(":")[0] in ("CUDA", "NV")
    return rows.Peer(
        implementations=Tinygrad(options).implementations(options.phases),
        device=(is_cuda and devices.nvidia_device()) or f"tinygrad {name}",
        driver=devices.nvidia_driver() if is_cuda else "",
        version=f"tinygrad {version()}",
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--phases", action="store_true", help="OLD too, stopped after each phase")
    parser.add_argument(
        "--beam", type=int, default=0, metavar="N", help="search kernels with beams of N (default: 0, no search)"
    )


if __name__ == "__main__":
    program.main(__doc__, open_peer, add_options)
