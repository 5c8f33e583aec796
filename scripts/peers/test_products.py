"""The table of products says what the rows do, and the suite's table heeds them not."""

import csv
import pathlib
import subprocess
import tempfile
import unittest

import rows

STORED = {f"{buffer}_placement": "global" for buffer in ("xhat", "ghat", "mhat")}
LATE = "2026-01-02T00:00:00.000Z"


def product(variant: str, tile: int, microseconds: float, **cells) -> dict[str, object]:
    """A row of a product of 5 GFLOP, whose interval is ± 1 %; of Winoscope's unless told otherwise."""
    return {
        "config": "suite_drawn",
        "variant": variant,
        "tile": tile,
        "phase": "mhat",
        "mode": "isolated",
        "median_ns": microseconds * 1000,
        "ci_low_ns": microseconds * 990,
        "ci_high_ns": microseconds * 1010,
        "flops": 5_000_000_000,
        "status": "ok",
        "device": "a device",
        "git_commit": "abc",
        "timestamp_utc": "2026-01-01T00:00:00.000Z",
    } | STORED | cells


def of_cublas(tile: int, microseconds: float, **cells) -> dict[str, object]:
    return product("cublas_fp32", tile, microseconds, git_commit="", **(dict.fromkeys(STORED, "") | cells))


def table(script: str, *lines: dict[str, object]) -> list[str]:
    """The lines that scripts/lib/<script>.awk prints of rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "suite_drawn.csv"
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows.columns("csv"), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
        command = ["awk", "-f", "csv.awk", "-f", f"{script}.awk", path]
        printed = subprocess.run(command, cwd=rows.ROOT / "scripts/lib", capture_output=True, encoding="utf-8")
    assert printed.returncode == 0, printed.stderr
    return printed.stdout.splitlines()


class Products(unittest.TestCase):
    def test_our_quickest_product_stands_beside_cublas(self):
        printed = table(
            "products",
            product("f7", 7, 400),
            product("f4", 4, 100),
            product("tuned", 4, 80),
            # None of these is our quickest product: it reads what it makes, is another phase, or is another's.
            product("fused", 4, 10, xhat_placement="shared"),
            product("f4", 4, 10, phase="total", mode="pipelined"),
            product("another_peer", 4, 10, git_commit=""),
            of_cublas(4, 100),
            of_cublas(7, 200),
        )
        self.assertEqual(
            printed[2:],
            [
                "| drawn | F(4×4) | tuned | 80.00 µs ± 1.0 % | 62.5 | 100.0 µs ± 1.0 % | 50.0 | 1.25× |",
                "| drawn | F(7×7) | f7 | 400.0 µs ± 1.0 % | 12.5 | 200.0 µs ± 1.0 % | 25.0 | 0.50× |",
                "",
                "Geometric mean of cuBLAS's f32 time over Winoscope's: 0.79×, of 2 of 2 products.",
                "Slower than cuBLAS: drawn F(7×7).",
                "Device: a device.",
            ],
        )

    def test_the_latest_row_counts_and_what_has_no_time_is_named(self):
        printed = table(
            "products",
            product("f4", 4, 50, timestamp_utc=LATE),
            product("f4", 4, 10),
            of_cublas(4, 25),
            of_cublas(4, 50, timestamp_utc=LATE, device="another, named"),
            of_cublas(2, 8000),
            product("f6", 6, 0, status="wrong", reason="a, b"),
        )
        self.assertEqual(
            printed[2:],
            [
                "| drawn | F(2×2) | – | – | – | 8000 µs ± 1.0 % | 0.625 | – |",
                "| drawn | F(4×4) | f4 | 50.00 µs ± 1.0 % | 100.0 | 50.00 µs ± 1.0 % | 100.0 | 1.00× |",
                "| drawn | F(6×6) | – | – | – | – | – | – |",
                "",
                "Geometric mean of cuBLAS's f32 time over Winoscope's: 1.00×, of 1 of 3 products.",
                "Slower than cuBLAS: none.",
                "Devices: a device, another; named. Ratios of times of different devices say nothing of either's kernels.",
                "Without a time: drawn, F(6×6), f6: wrong, a; b.",
            ],
        )

    def test_without_cublas_there_is_no_ratio(self):
        self.assertEqual(table("products", product("f4", 4, 50))[3:5], ["", "No product has both times."])

    def test_the_suites_table_is_of_whole_convolutions(self):
        total = product("f4", 4, 100, phase="total", mode="pipelined")
        self.assertEqual(table("suite", total, of_cublas(4, 10)), table("suite", total))


if __name__ == "__main__":
    unittest.main()
