"""What can be told of the peers' programs without a GPU; what their packages are needed for is skipped without them."""

import argparse
import importlib.util
import pathlib
import sys
import unittest
from unittest import mock

import problems


def load(name: str):
    """A peer's program as a module that does not stand in the way of the package of its name."""
    path = pathlib.Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"{name}_program", path)
    module = importlib.util.module_from_spec(spec)
    # A program takes its folder off the path, where the other tests need it.
    with mock.patch.object(sys, "path", sys.path.copy()):
        spec.loader.exec_module(module)
    return module


ncnn, tinygrad = load("ncnn"), load("tinygrad")
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


if __name__ == "__main__":
    unittest.main()
