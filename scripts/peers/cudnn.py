#!/usr/bin/env python3
"""Measures cuDNN's 3×3 convolution, through PyTorch, on the problems of Winoscope configurations.

cuDNN picks its algorithm by trying all of them (cudnn.benchmark). Calls are captured in a CUDA graph, ten or as many
as [measure] min_region_us needs, and replayed between two device events; a sample is that time over the calls. What
the last call of a replay wrote, over NaN, is compared with a convolution in f64 that cuDNN has no part in.

    scripts/peers/cudnn.py configs/suite/*.toml -o results/suite.cudnn.csv
"""

import argparse
import math

import devices
import failures
import program
import rows
import sampling

# Calls in a graph: ten, as where cuDNN was first measured beside Winoscope, and no more than are soon captured.
MIN_CALLS, MAX_CALLS = 10, 1000


class Cudnn:
    """PyTorch's convolutions on one device."""

    def __init__(self, torch, options: argparse.Namespace):
        self._torch = torch
        self._device = torch.device("cuda", options.device)
        self._least = options.min_samples
        self._with_kernels = options.kernels
        torch.cuda.set_device(self._device)
        torch.backends.cudnn.benchmark = True
        # No limit to how many algorithms are tried, of which the default is the first ten.
        torch.backends.cudnn.benchmark_limit = 0
        torch.backends.cuda.matmul.allow_tf32 = False

    def implementations(self, options: argparse.Namespace) -> list[rows.Implementation]:
        torch = self._torch

        def implementation(name, dtype, layout, tf32, tolerance, columns):
            def measure(task, seed):
                return self._measure(task, seed, dtype, layout, tf32)

            return rows.Implementation(name, measure, tolerance, {"algorithm": "cudnn"} | columns)

        nchw, nhwc = torch.contiguous_format, torch.channels_last
        # A rounding to TF32 or f16 costs about 3e-4: f32 that is more than 5e-5 off is no f32.
        found = [implementation("cudnn_fp32", torch.float32, nchw, False, 5e-5, {"arithmetic": "f32"})]
        if options.tf32:
            found.append(implementation("cudnn_tf32", torch.float32, nchw, True, 1e-2, {"arithmetic": "tf32"}))
        if options.fp16:
            columns = {"arithmetic": "f16", "dtype": "f16"}
            found.append(implementation("cudnn_fp16_nhwc", torch.float16, nhwc, False, 1e-2, columns))
        return found

    def _measure(self, task, seed, dtype, layout, tf32) -> rows.Measured:
        torch, problem = self._torch, task.problem
        torch.backends.cudnn.allow_tf32 = tf32
        generator = torch.Generator(self._device).manual_seed(seed)

        def uniform(shape):
            drawn = torch.rand(shape, generator=generator, device=self._device) * 2 - 1
            return drawn.to(dtype=dtype, memory_format=layout)

        x, w = uniform(problem.input_shape), uniform(problem.filter_shape)

        def convolve():
            return torch.nn.functional.conv2d(x, w, padding=problem.padding)

        with torch.inference_mode():
            graph, y, calls = self._capture(convolve, task.settings.min_region_us * 1000)
            y.fill_(math.nan)
            graph.replay()
            error = self._rel_error(y, x, w, problem.padding)
            samples = sampling.sample(lambda: self._replay_ns(graph) / calls, task.settings, self._least)
            reason = f"device events, {calls} calls in a CUDA graph"
            if self._with_kernels:
                reason += "; " + self._kernels(convolve)
        return rows.Measured(samples, error, reason)

    def _capture(self, convolve, region_ns: float):
        """A graph of calls that take at least `region_ns`, where it writes the last output, and how many they are."""
        graph, y = self._graph(convolve, MIN_CALLS)
        # The first replay uploads the graph.
        call = min(self._replay_ns(graph) for _ in range(3)) / MIN_CALLS
        calls = min(max(MIN_CALLS, math.ceil(region_ns / call)), MAX_CALLS)
        if calls > MIN_CALLS:
            graph, y = self._graph(convolve, calls)
        return graph, y, calls

    def _graph(self, convolve, calls: int):
        torch = self._torch
        # cuDNN must have chosen its algorithm before, on a stream that is not the default one.
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                convolve()
        torch.cuda.current_stream().wait_stream(side)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for _ in range(calls):
                y = convolve()
        return graph, y

    def _replay_ns(self, graph) -> float:
        start, end = (self._torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        graph.replay()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) * 1e6

    def _rel_error(self, y, x, w, padding: int) -> float:
        torch = self._torch
        with torch.backends.cudnn.flags(enabled=False):
            expected = torch.nn.functional.conv2d(x.double(), w.double(), padding=padding)
        return float((y.double() - expected).norm() / expected.norm())

    def _kernels(self, convolve) -> str:
        torch = self._torch
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
            convolve()
            torch.cuda.synchronize()
        return "kernels " + ", ".join(event.key for event in profile.key_averages())


def open_peer(options: argparse.Namespace) -> rows.Peer:
    try:
        import torch
    except ImportError as error:
        raise failures.Failure(
            failures.NO_PACKAGE, f"PyTorch cannot be imported ({error}); install it with CUDA, as pytorch.org says."
        ) from None
    if not (torch.cuda.is_available() and torch.backends.cudnn.is_available()):
        raise failures.Failure(
            failures.NO_DEVICE,
            f"PyTorch {torch.__version__} finds no CUDA device with cuDNN; see `nvidia-smi`, and whether this PyTorch "
            "was built with CUDA.",
        )
    if options.device >= torch.cuda.device_count():
        raise failures.Failure(
            failures.NO_DEVICE, f"there is no CUDA device {options.device}; PyTorch finds {torch.cuda.device_count()}."
        )
    return rows.Peer(
        implementations=Cudnn(torch, options).implementations(options),
        device=torch.cuda.get_device_name(options.device),
        driver=devices.nvidia_driver(),
        version=f"PyTorch {torch.__version__} cuDNN {torch.backends.cudnn.version()}",
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", type=int, default=0, metavar="N", help="the CUDA device (default: 0)")
    parser.add_argument("--tf32", action="store_true", help="cudnn_tf32 too: f32 that is multiplied as TF32")
    parser.add_argument("--fp16", action="store_true", help="cudnn_fp16_nhwc too: f16 with the channels innermost")
    parser.add_argument(
        "--kernels",
        action="store_true",
        help="names cuDNN's kernels in `reason`, through CUPTI, which may slow what is measured after it",
    )


if __name__ == "__main__":
    program.main(__doc__, open_peer, add_options)
