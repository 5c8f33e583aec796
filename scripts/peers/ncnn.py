#!/usr/bin/env python3
"""Measures ncnn's 3×3 convolution, over Vulkan, on the problems of Winoscope configurations.

ncnn (pip install ncnn) tells no device time and returns only what it has copied to the host. So a sample is the host's
time of a chain of equal layers less its time of one layer, over the layers it has more: what copying and waiting cost
cancels. The chain has as many layers as have 64 MiB of filters, but at least 21 and at most 401, so that small layers
too take longer than the host's clock wavers; `reason` says how many. It needs as many output channels as input
channels, padding 1 and batch 1. Each layer has a filter of its own, which was transformed when the model was loaded,
and its output is about as large as its input. One layer's output is compared with f64.

    scripts/peers/ncnn.py configs/suite/b1_*.toml -o results/suite.ncnn.csv
"""

import argparse
import math
import pathlib
import struct
import sys
import tempfile
import time

import devices
import failures
import program
import rows
import sampling

program.hide_programs()
try:
    import ncnn
    import numpy
except ImportError as error:
    ncnn, MISSING = None, error

# The fewest and the most layers of a chain, and how many bytes of filters are enough between them.
MIN_LAYERS, MAX_LAYERS, FILTER_BYTES = 21, 401, 64 << 20

# ncnn_gpu_info's type of a device that is the host's processor.
CPU_DEVICE = 3


def chain_layers(problem) -> int:
    """How many layers the chain of a problem has."""
    return min(max(FILTER_BYTES // (4 * math.prod(problem.filter_shape)), MIN_LAYERS), MAX_LAYERS)


class Ncnn:
    """ncnn's convolutions on one device."""

    def __init__(self, options: argparse.Namespace):
        self._device = options.device
        self._least = options.min_samples

    def implementations(self) -> list[rows.Implementation]:
        return [self._implementation(half, winograd) for half in (False, True) for winograd in (True, False)]

    def _implementation(self, half: bool, winograd: bool) -> rows.Implementation:
        def measure(task, seed):
            return self._measure(task, seed, half, winograd)

        arithmetic = "f16" if half else "f32"
        return rows.Implementation(
            name=f"ncnn_{'fp16' if half else 'fp32'}_{'wino' if winograd else 'nowino'}",
            measure=measure,
            tolerance=5e-2 if half else 5e-5,
            columns={
                "algorithm": "winograd" if winograd else "direct",
                "arithmetic": arithmetic,
                "filter_reuse": "cached" if winograd else "",
            },
        )

    def _measure(self, task, seed, half, winograd) -> rows.Measured:
        problem = task.problem
        if problem.batch != 1 or problem.padding != 1 or problem.in_channels != problem.out_channels:
            raise failures.Unsupported(
                "a chain of layers needs batch 1, padding 1 and as many output channels as input channels"
            )
        random = numpy.random.default_rng(seed)
        # With the filter so scaled, the first layer's output is about as large as its input.
        scale = (3 / (9 * problem.in_channels)) ** 0.5
        x = random.uniform(-1, 1, problem.input_shape[1:]).astype(numpy.float32)
        w = random.uniform(-scale, scale, problem.filter_shape).astype(numpy.float32)
        one = self._net(problem, w, 1, half, winograd)
        x_mat = ncnn.Mat(x).clone()
        error = rel_error(self._run(one, x_mat), x, w)
        layers = chain_layers(problem)
        # What grows or fades a little in each of hundreds of layers leaves the range of f16, and then that of f32.
        chain = self._net(problem, w / self._growth(one, x, layers), layers, half, winograd)
        ratio = numpy.linalg.norm(numpy.array(self._run(chain, x_mat))) / numpy.linalg.norm(x)
        if not 0.1 <= ratio <= 10:
            raise RuntimeError(f"the output of a chain of {layers} layers is {ratio:g} times as large as its input")

        def once() -> float:
            return (self._time_ns(chain, x_mat) - self._time_ns(one, x_mat)) / (layers - 1)

        samples = sampling.sample(once, task.settings, self._least)
        return rows.Measured(samples, error, f"host clock, {layers} layers less one, over {layers - 1}")

    def _net(self, problem, w, layers: int, half: bool, winograd: bool):
        net = ncnn.Net()
        option = net.opt
        option.use_vulkan_compute = True
        option.use_winograd_convolution = winograd
        option.use_fp16_packed = option.use_fp16_storage = option.use_fp16_arithmetic = half
        option.use_bf16_packed = option.use_bf16_storage = False
        net.set_vulkan_device(self._device)
        k = problem.out_channels
        # Keys of ncnn's Convolution: filters, kernel width, padding, size of the filter.
        layer = f"Convolution c{{0}} 1 1 b{{0}} b{{1}} 0={k} 1=3 4=1 6={w.size}"
        lines = ["7767517", f"{layers + 1} {layers + 1}", "Input x 0 1 b0"]
        lines += [layer.format(index, index + 1) for index in range(layers)]
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(folder) / "chain.bin"
            # Each layer's filter is f32, which a word of zeros before it says.
            model.write_bytes((struct.pack("<I", 0) + w.tobytes()) * layers)
            if net.load_param_mem("\n".join(lines) + "\n") or net.load_model(str(model)):
                raise RuntimeError("ncnn did not load the chain of layers")
        return net, f"b{layers}"

    def _growth(self, one, x, layers: int) -> float:
        """The factor by which a layer's output is larger than its input: the geometric mean along a chain."""
        norm, exponent = numpy.linalg.norm(x), 0.0
        for _ in range(layers):
            y = numpy.array(self._run(one, ncnn.Mat(x).clone()))
            factor = float(numpy.linalg.norm(y) / norm)
            exponent += math.log(factor)
            x = y / factor
        return math.exp(exponent / layers)

    @staticmethod
    def _run(net_and_output, x):
        net, output = net_and_output
        extractor = net.create_extractor()
        extractor.input("b0", x)
        code, y = extractor.extract(output)
        if code:
            raise RuntimeError(f"ncnn's extract ended with {code}")
        return y

    def _time_ns(self, net, x) -> int:
        start = time.perf_counter_ns()
        self._run(net, x)
        return time.perf_counter_ns() - start


def rel_error(y, x, w) -> float:
    """‖y − y₆₄‖₂ / ‖y₆₄‖₂ of a convolution with padding 1; `x[C][H][W]`, `w[K][C][3][3]`."""
    height, width = x.shape[1:]
    padded = numpy.pad(x.astype(numpy.float64), ((0, 0), (1, 1), (1, 1)))
    expected = sum(
        numpy.tensordot(w[:, :, r, s].astype(numpy.float64), padded[:, r : r + height, s : s + width], axes=1)
        for r in range(3)
        for s in range(3)
    )
    return float(numpy.linalg.norm(numpy.array(y) - expected) / numpy.linalg.norm(expected))


def open_peer(options: argparse.Namespace) -> rows.Peer:
    if ncnn is None:
        raise failures.Failure(
            failures.NO_PACKAGE, f"ncnn cannot be imported ({MISSING}); install it: python3 -m pip install ncnn"
        )
    count = ncnn.get_gpu_count()
    if options.device >= count:
        raise failures.Failure(
            failures.NO_DEVICE,
            f"ncnn finds {count} Vulkan devices, and --device asks for number {options.device}; `winoscope devices` "
            "says what there is.",
        )
    info = ncnn.get_gpu_info(options.device)
    name = info.device_name()
    if info.type() == CPU_DEVICE:
        print(f"warning: {name} is a software driver, whose times say nothing about a GPU", file=sys.stderr)
    return rows.Peer(
        implementations=Ncnn(options).implementations(),
        device=name,
        driver=devices.nvidia_driver() if "NVIDIA" in name else "",
        version=f"ncnn {ncnn.__version__}",
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device", type=int, default=0, metavar="N", help="the Vulkan device, in ncnn's order (default: 0)"
    )


if __name__ == "__main__":
    program.main(__doc__, open_peer, add_options)
