#!/usr/bin/env python3
"""Measures cuBLAS's batched product in f32, through PyTorch, on the multiply-reduce of Winoscope configurations.

F(m×m, 3×3) multiplies a K×C matrix by a C×N matrix at each of (m + 2)² positions, where N counts the tiles of all
images. Here that is one torch.bmm, with TF32 off, of random matrices for each tile that the configuration's variants
name, or for those of --tile. The filters lie once as [C][K] at each position, as Winoscope has them, and once as
[K][C]: the row is of the quicker, and `reason` has the other's time. Its phase is mhat, its mode isolated.

Calls are captured in a CUDA graph, ten or as many as [measure] min_region_us needs, and replayed twice, the second
time between two device events; a sample is that time over the calls. What the last call of a replay wrote, over NaN, is
compared with sums in f64 that cuBLAS has no part in.

    scripts/peers/cublas.py configs/suite/*.toml -o results/suite.cublas.csv
"""

import argparse
import statistics
from dataclasses import dataclass

import problems
import program
import pytorch
import rows
import sampling

# A rounding to TF32 costs about 3e-4: f32 that is more than 5e-5 off is no f32.
TOLERANCE = 5e-5


@dataclass(frozen=True)
class Product:
    """The multiply-reduce of F(m×m, 3×3): `GHAT[positions][K][C] · XHAT[positions][C][N]` → `MHAT[positions][K][N]`."""

    positions: int
    filters: int
    channels: int
    tiles: int

    @classmethod
    def of(cls, problem: problems.Problem, m: int) -> "Product":
        batch, filters, height, width = problem.output_shape
        return cls((m + 2) ** 2, filters, problem.in_channels, batch * -(-height // m) * -(-width // m))

    @property
    def ghat_shape(self) -> tuple[int, ...]:
        return (self.positions, self.filters, self.channels)

    @property
    def xhat_shape(self) -> tuple[int, ...]:
        return (self.positions, self.channels, self.tiles)

    @property
    def mhat_shape(self) -> tuple[int, ...]:
        return (self.positions, self.filters, self.tiles)

    @property
    def columns(self) -> dict[str, object]:
        """The work that its row tells: a multiplication and an addition for each term, each matrix moved once."""
        filters, channels, tiles = self.filters, self.channels, self.tiles
        floats = filters * channels + channels * tiles + filters * tiles
        return {"flops": 2 * self.positions * filters * channels * tiles, "bytes": 4 * self.positions * floats}


class Cublas:
    """PyTorch's batched products on one device."""

    def __init__(self, torch, options: argparse.Namespace):
        self._torch = torch
        self._device = torch.device("cuda", options.device)
        self._least = options.min_samples

    def implementations(self, tiles: list[int] | None) -> list[rows.Implementation]:
        """One for each of `tiles`, or for each that a configuration may name."""
        return [self._implementation(m, is_named=not tiles) for m in sorted(set(tiles or problems.TILES))]

    def _implementation(self, m: int, is_named: bool) -> rows.Implementation:
        def measure(task, seed):
            return self._measure(task, seed, Product.of(task.problem, m))

        return rows.Implementation(
            name="cublas_fp32",
            measure=measure,
            tolerance=TOLERANCE,
            columns={"algorithm": "winograd", "tile": m, "arithmetic": "f32", "phase": "mhat", "mode": "isolated"},
            suffix=f"/tile={m}",
            has_row=lambda task: not is_named or m in task.tiles,
        )

    def _measure(self, task, seed, product: Product) -> rows.Measured:
        torch = self._torch
        generator = torch.Generator(self._device).manual_seed(seed)

        def uniform(shape):
            return torch.rand(shape, generator=generator, device=self._device).mul_(2).sub_(1)

        with torch.inference_mode():
            ghat, xhat = uniform(product.ghat_shape), uniform(product.xhat_shape)
            transposed = ghat.transpose(1, 2).contiguous().transpose(1, 2)
            layouts = {"[C][K]": transposed, "[K][C]": ghat}
            return quicker(
                {name: self._of_layout(task.settings, laid, xhat, product) for name, laid in layouts.items()}
            )

    def _of_layout(self, settings: problems.Settings, ghat, xhat, product: Product) -> rows.Measured:
        torch = self._torch
        mhat = torch.empty(product.mhat_shape, device=self._device)
        repeated = pytorch.Repeated(torch, lambda: torch.bmm(ghat, xhat, out=mhat), settings.min_region_us * 1000)
        error = rel_error(torch, repeated.output(), ghat, xhat)
        samples = sampling.sample(repeated.ns, settings, self._least)
        return rows.Measured(samples, error, repeated.clock, product.columns)


def quicker(measured: dict[str, rows.Measured]) -> rows.Measured:
    """What took the least time of several layouts of the filters, and in its reason the times of the others."""
    medians = {layout: statistics.median(one.samples) for layout, one in measured.items()}
    best = min(medians, key=medians.__getitem__)
    others = [f"{median / 1000:.2f} µs as {layout}" for layout, median in medians.items() if layout != best]
    found = measured[best]
    reason = f"{found.reason}; filters as {best}, {', '.join(others)}"
    return rows.Measured(found.samples, found.rel_error, reason, found.columns)


def rel_error(torch, mhat, ghat, xhat) -> float:
    """‖b − b₆₄‖₂ / ‖b₆₄‖₂ of a batched product, in f64 of one position at a time, so that it needs little memory."""
    error = norm = 0.0
    for found, u, v in zip(mhat, ghat, xhat, strict=True):
        u, v = u.double(), v.double()
        expected = torch.zeros_like(found, dtype=torch.float64)
        for channel in range(len(v)):
            # An outer product, and no matrix product, which would be cuBLAS's.
            expected.addcmul_(u[:, channel, None], v[channel])
        error += (found.double() - expected).square().sum()
        norm += expected.square().sum()
    return float((error / norm).sqrt())


def open_peer(options: argparse.Namespace) -> rows.Peer:
    torch = pytorch.open_torch(options.device)
    return pytorch.peer(torch, Cublas(torch, options).implementations(options.tile), f"CUDA {torch.version.cuda}")


def add_options(parser: argparse.ArgumentParser) -> None:
    pytorch.add_device_option(parser)
    parser.add_argument(
        "--tile",
        type=int,
        action="append",
        choices=problems.TILES,
        help="m of F(m×m, 3×3), in place of those that the configurations name; may be given more than once",
    )


if __name__ == "__main__":
    program.main(__doc__, open_peer, add_options)
