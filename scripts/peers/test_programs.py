"""What can be told of the peers' programs without a GPU; what their packages are needed for is skipped without them."""

import argparse
import contextlib
import csv
import importlib.util
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

import failures
import problems
import pytorch
import rows

try:
    import torch
except ImportError:
    torch = None


def load(name: str):
    """A peer's program as a module that does not stand in the way of the package of its name."""
    path = pathlib.Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"{name}_program", path)
    module = importlib.util.module_from_spec(spec)
    # A program takes its folder off the path, where the other tests need it.
    with mock.patch.object(sys, "path", sys.path.copy()):
        spec.loader.exec_module(module)
    return module


cublas, ncnn, tinygrad = load("cublas"), load("ncnn"), load("tinygrad")
HAS_VULKAN = ncnn.ncnn is not None and ncnn.ncnn.get_gpu_count() > 0


@unittest.skipIf(tinygrad.MISSING, "tinygrad is not installed: python3 -m pip install tinygrad")
class Tinygrad(unittest.TestCase):
    def test_kernels_are_counted_where_graphs_batch_them(self):
        """On tinygrad's device that computes nothing, which has graphs, as CUDA does and CPU does not."""
        x, w = (tinygrad.Tensor.empty(*shape, device="NULL") for shape in ((1, 4, 8, 8), (4, 4, 3, 3)))
        for phase, expected in (("xhat", 1), ("ghat", 2), ("mhat", 3), ("output", 4)):

            def compute(x, w, padding):
                return tinygrad.old(x, w, padding, phase, is_stored=True)

            calls, found, kernels = tinygrad.capture(compute, x, w, 1)
            self.assertEqual(kernels, expected)
            self.assertEqual(len(found), 2 if phase == "ghat" else 1)
            tinygrad.GlobalCounters.reset()
            calls(x, w)
            self.assertLess(tinygrad.GlobalCounters.kernel_count, tinygrad.CALLS, "there was no graph")


class Ncnn(unittest.TestCase):
    def test_the_smaller_the_filters_the_longer_the_chain(self):
        for channels, layers in ((16, 401), (64, 401), (128, 113), (256, 28), (512, 21)):
            self.assertEqual(ncnn.chain_layers(problems.Problem(channels, channels, 8, 8)), layers)

    @unittest.skipUnless(HAS_VULKAN, "ncnn is not installed, or finds no Vulkan device")
    def test_a_long_chain_neither_overflows_nor_fades(self):
        """In f32 and f16, each of which `measure` refuses to time where it does."""
        settings = problems.Settings(max_seconds=0, warmup_seconds=0)
        task = problems.Task("drawn", "", problems.Problem(4, 4, 8, 8), settings)
        for implementation in ncnn.Ncnn(argparse.Namespace(device=0, min_samples=1)).implementations():
            measured = implementation.measure(task, 1)
            self.assertLess(measured.rel_error, implementation.tolerance)
            self.assertIn("401 layers less one", measured.reason)


class Cublas(unittest.TestCase):
    def test_it_counts_the_work_that_winoscope_counts(self):
        """Of every product of three stored buffers that is committed."""
        seen = set()
        for path in sorted((rows.ROOT / "results/h200").glob("*/suite_*.csv")):
            with open(path, encoding="utf-8", newline="") as file:
                lines = [line for line in csv.DictReader(file) if is_product(line)]
            for line in lines:
                sizes = {name: int(line[name]) for name in problems.Problem.__dataclass_fields__}
                product = cublas.Product.of(problems.Problem(**sizes), int(line["tile"]))
                self.assertEqual(product.columns["flops"], int(line["flops"]), path)
                # Where channels are divided, MHAT is stored in as many parts.
                further_parts = 4 * (int(line["splits"]) - 1) * math.prod(product.mhat_shape)
                self.assertEqual(product.columns["bytes"], int(line["bytes"]) - further_parts, path)
                seen.add(line["tile"])
        self.assertEqual(seen, {"2", "4", "6", "7"})

    def test_a_task_has_a_row_for_each_tile_that_is_named(self):
        task = problems.Task("drawn", "", problems.Problem(4, 4, 8, 8), problems.Settings(), (2, 7))
        for asked, expected in ((None, ["/tile=2", "/tile=7"]), ([6, 4, 6], ["/tile=4", "/tile=6"])):
            found = cublas.Cublas(mock.Mock(), argparse.Namespace(device=0, min_samples=1)).implementations(asked)
            self.assertEqual([one.suffix for one in found if one.has_row(task)], expected)

    def test_the_quicker_layout_is_the_row(self):
        found = cublas.quicker(
            {
                "[C][K]": rows.Measured([3000.0, 2000.0, 9000.0], 1e-6, "a clock"),
                "[K][C]": rows.Measured([2500.0, 2500.0, 2500.0], 2e-6, "a clock", {"flops": 1}),
            }
        )
        reason = "a clock; filters as [K][C], 3.00 µs as [C][K]"
        self.assertEqual(found, rows.Measured([2500.0] * 3, 2e-6, reason, {"flops": 1}))

    @unittest.skipUnless(torch, "PyTorch is not installed")
    def test_both_layouts_give_the_product(self):
        """On the CPU, by calls that no graph repeats: now the first layout is the quicker, now the other."""
        problem = problems.Problem(9, 5, 11, 13, batch=2)
        task = problems.Task("drawn", "", problem, problems.Settings(max_seconds=0, warmup_seconds=0))
        with mock.patch.object(torch, "device", lambda kind, index: "cpu"):
            peer = cublas.Cublas(torch, argparse.Namespace(device=0, min_samples=6))
        (implementation,) = peer.implementations([4])
        for times, layout in ((1000.0, 2000.0), "[C][K]"), ((2000.0, 1000.0), "[K][C]"):
            clocks = iter(times)

            def once(torch, call, region_ns):
                taken = next(clocks)
                return types.SimpleNamespace(output=call, ns=lambda: taken, clock="a clock")

            with mock.patch.object(pytorch, "Repeated", once):
                measured = implementation.measure(task, 1)
            self.assertEqual(measured.reason.partition(",")[0], f"a clock; filters as {layout}")
            self.assertEqual(measured.columns["flops"], 2 * 36 * 5 * 9 * 24)
            self.assertTrue(0 < measured.rel_error < 1e-6, measured.rel_error)

    @unittest.skipUnless(torch, "PyTorch is not installed")
    def test_one_element_that_is_off_is_an_error(self):
        ghat, xhat = torch.rand(3, 5, 9), torch.rand(3, 9, 8)
        for off in (1, float("nan")):
            mhat = torch.bmm(ghat, xhat)
            mhat[2, 4, 7] += off
            self.assertFalse(cublas.rel_error(torch, mhat, ghat, xhat) <= cublas.TOLERANCE)


def is_product(line: dict[str, str]) -> bool:
    """Whether a row is of a multiply-reduce that reads and writes memory alone, and does nothing but multiply and add."""
    placements = {line[f"{buffer}_placement"] for buffer in ("xhat", "ghat", "mhat")}
    is_alone = line["phase"] == "mhat" and line["mode"] == "isolated"
    return is_alone and placements == {"global"} and line["filter_passes"] == "2"


class Cuda:
    """What pytorch.Repeated asks of torch.cuda, where each call in a graph takes `CALL_MS`, without rounding."""

    CALL_MS = 1 / 256

    def __init__(self):
        self.calls, self.replays, self._now = 0, [], 0.0
        self.Stream = self.current_stream = self.stream = mock.MagicMock()
        self.synchronize = lambda: None

    def repeated(self, output, region_ns: float) -> pytorch.Repeated:
        """A call that returns `output`."""

        def call():
            self.calls += 1
            return output

        return pytorch.Repeated(types.SimpleNamespace(cuda=self), call, region_ns)

    def CUDAGraph(self):
        def replay():
            self.replays.append(graph.calls)
            self._now += self.CALL_MS * graph.calls

        graph = types.SimpleNamespace(calls=0, replay=replay)
        return graph

    @contextlib.contextmanager
    def graph(self, graph):
        before = self.calls
        yield
        graph.calls = self.calls - before

    def Event(self, enable_timing):
        event = types.SimpleNamespace(synchronize=lambda: None, elapsed_time=lambda end: end.at - event.at)
        event.record = lambda: setattr(event, "at", self._now)
        return event


class Pytorch(unittest.TestCase):
    def test_a_graph_has_as_many_calls_as_take_the_region(self):
        call_ns = Cuda.CALL_MS * 1e6
        for wanted, calls in ((3, 10), (249.5, 250), (5000, 1000)):
            cuda = Cuda()
            repeated = cuda.repeated(None, wanted * call_ns)
            before = len(cuda.replays)
            self.assertEqual(repeated.ns(), call_ns)
            self.assertEqual(cuda.replays[before:], [calls, calls], "one that is timed right after one that is not")
            self.assertEqual(repeated.clock, f"device events, {calls} calls in a CUDA graph")

    def test_an_output_is_written_over_nan(self):
        cuda, events = Cuda(), []
        output = types.SimpleNamespace(fill_=lambda value: events.append(f"{value}, {len(cuda.replays)} replays"))
        repeated = cuda.repeated(output, 0)
        before = len(cuda.replays)
        self.assertIs(repeated.output(), output)
        self.assertEqual(events, [f"nan, {before} replays"])
        self.assertEqual(len(cuda.replays), before + 1)

    def test_what_is_missing_is_said_in_a_sentence(self):
        stubs = {
            "raise ImportError('no such module')": (failures.NO_PACKAGE, "PyTorch cannot be imported (no such module)"),
            stub(is_available=False, device_count=0): (failures.NO_DEVICE, "PyTorch 0 finds no CUDA device;"),
            stub(is_available=True, device_count=2): (failures.NO_DEVICE, "there is no CUDA device 2;"),
        }
        for text, (code, sentence) in stubs.items():
            for name in ("cudnn", "cublas"):
                with tempfile.TemporaryDirectory() as folder:
                    (pathlib.Path(folder) / "torch.py").write_text(text, encoding="utf-8")
                    command = [sys.executable, pathlib.Path(__file__).with_name(f"{name}.py"), "--device", "2"]
                    ended = subprocess.run(
                        [*command, rows.ROOT / "configs/suite/seed.toml"],
                        env=os.environ | {"PYTHONPATH": folder},
                        capture_output=True,
                        text=True,
                    )
                self.assertEqual((ended.returncode, ended.stdout), (code, ""), ended.stderr)
                self.assertTrue(ended.stderr.startswith(f"error: {sentence}"), ended.stderr)
                self.assertEqual(ended.stderr.count("\n"), 1, ended.stderr)


def stub(is_available: bool, device_count: int) -> str:
    """A module `torch` that finds so many devices."""
    return (
        "import types\n__version__ = '0'\n"
        f"cuda = types.SimpleNamespace(is_available=lambda: {is_available}, device_count=lambda: {device_count})\n"
    )


if __name__ == "__main__":
    unittest.main()
