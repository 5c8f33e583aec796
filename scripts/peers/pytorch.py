"""PyTorch on a CUDA device: whether it is there, and what a call takes in a CUDA graph."""

import argparse
import math
from collections.abc import Callable

import devices
import failures
import rows

# Calls in a graph: ten, as where cuDNN was first measured beside Winoscope, and no more than are soon captured.
MIN_CALLS, MAX_CALLS = 10, 1000


def add_device_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", type=int, default=0, metavar="N", help="the CUDA device (default: 0)")


def open_torch(index: int):
    """PyTorch, with this CUDA device current and TF32 off in matrix products."""
    try:
        import torch
    except ImportError as error:
        raise failures.Failure(
            failures.NO_PACKAGE, f"PyTorch cannot be imported ({error}); install it with CUDA, as pytorch.org says."
        ) from None
    if not torch.cuda.is_available():
        raise failures.Failure(
            failures.NO_DEVICE,
            f"PyTorch {torch.__version__} finds no CUDA device; see `nvidia-smi`, and whether this PyTorch was built "
            "with CUDA.",
        )
    if not 0 <= index < torch.cuda.device_count():
        raise failures.Failure(
            failures.NO_DEVICE, f"there is no CUDA device {index}; PyTorch finds {torch.cuda.device_count()}."
        )
    torch.cuda.set_device(index)
    torch.backends.cuda.matmul.allow_tf32 = False
    return torch


def peer(torch, implementations: list[rows.Implementation], library: str) -> rows.Peer:
    """A peer on PyTorch's current device; `library` is what PyTorch calls there, and its version."""
    return rows.Peer(
        implementations=implementations,
        device=torch.cuda.get_device_name(),
        driver=devices.nvidia_driver(),
        version=f"PyTorch {torch.__version__} {library}",
    )


class Repeated:
    """A call, in a CUDA graph as many times as take `region_ns`, but at least ten times."""

    def __init__(self, torch, call: Callable[[], object], region_ns: float):
        self._torch = torch
        self._capture(call, MIN_CALLS)
        # The first replay uploads the graph.
        once = min(self.ns() for _ in range(3))
        calls = min(max(MIN_CALLS, math.ceil(region_ns / once)), MAX_CALLS)
        if calls > MIN_CALLS:
            self._capture(call, calls)

    @property
    def clock(self) -> str:
        """How its time is taken, for a row's reason."""
        return f"device events, {self._calls} calls in a CUDA graph"

    def output(self):
        """What the last of the calls returns, written over NaN."""
        self._output.fill_(math.nan)
        self._graph.replay()
        return self._output

    def ns(self) -> float:
        """Nanoseconds of one call, of a replay between two device events, right after another replay: the kernels' code is
        then in the caches, as in what `winoscope run` times, and the device does not wait for the host."""
        start, end = (self._torch.cuda.Event(enable_timing=True) for _ in range(2))
        self._graph.replay()
        start.record()
        self._graph.replay()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) * 1e6 / self._calls

    def _capture(self, call: Callable[[], object], calls: int) -> None:
        torch = self._torch
        # The library must have chosen its algorithm before, on a stream that is not the default one.
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                call()
        torch.cuda.current_stream().wait_stream(side)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for _ in range(calls):
                output = call()
        self._graph, self._output, self._calls = graph, output, calls
