#!/usr/bin/env python3
"""Measures cuDNN's 3×3 convolution, through PyTorch, on the problems of Winoscope configurations.

cuDNN picks its algorithm by trying all of them (cudnn.benchmark). Calls are captured in a CUDA graph, ten or as many
as [measure] min_region_us needs, and replayed twice, the second time between two device events; a sample is that time
over the calls. What the last call of a replay wrote, over NaN, is compared with a convolution in f64 that cuDNN has no
part in.

    scripts/peers/cudnn.py configs/suite/*.toml -o results/suite.cudnn.csv
"""

import argparse

import failures
import program
import pytorch
import rows
import sampling


class Cudnn:
    """PyTorch's convolutions on one device."""

    def __init__(self, torch, options: argparse.Namespace):
        self._torch = torch
        self._device = torch.device("cuda", options.device)
        self._least = options.min_samples
        self._with_kernels = options.kernels
        torch.backends.cudnn.benchmark = True
        # No limit to how many algorithms are tried, of which the default is the first ten.
        torch.backends.cudnn.benchmark_limit = 0

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
            repeated = pytorch.Repeated(torch, convolve, task.settings.min_region_us * 1000)
            error = self._rel_error(repeated.output(), x, w, problem.padding)
            samples = sampling.sample(repeated.ns, task.settings, self._least)
            reason = repeated.clock
            if self._with_kernels:
                reason += "; " + self._kernels(convolve)
        return rows.Measured(samples, error, reason)

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
    torch = pytorch.open_torch(options.device)
    if not torch.backends.cudnn.is_available():
        raise failures.Failure(
            failures.NO_DEVICE, f"PyTorch {torch.__version__} finds no cuDNN; install one that was built with it."
        )
    implementations = Cudnn(torch, options).implementations(options)
    return pytorch.peer(torch, implementations, f"cuDNN {torch.backends.cudnn.version()}")


def add_options(parser: argparse.ArgumentParser) -> None:
    pytorch.add_device_option(parser)
    parser.add_argument("--tf32", action="store_true", help="cudnn_tf32 too: f32 that is multiplied as TF32")
    parser.add_argument("--fp16", action="store_true", help="cudnn_fp16_nhwc too: f16 with the channels innermost")
    parser.add_argument(
        "--kernels",
        action="store_true",
        help="names cuDNN's kernels in `reason`, through CUPTI, which may slow what is measured after it",
    )


if __name__ == "__main__":
    program.main(__doc__, open_peer, add_options)
