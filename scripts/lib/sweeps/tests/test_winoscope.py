"""Sweeps with the program itself, on lavapipe. Skipped where either is missing."""

import contextlib
import csv
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import unittest

from .bench import LIMIT, SWEEP

ROOT = pathlib.Path(__file__).parents[4]

# Seconds of expanding ten thousand experiments, by the optimised program and by one that is built for its debugger.
EXPANSION_SECONDS = {"release": 1.0, "debug": 10.0}

CONFIG = """
[problem]
in_channels = 3
out_channels = 2
height = 7
width = 9
[measure]
max_seconds = 0.001
min_samples = 6
warmup_seconds = 0
min_region_us = 0
[[variant]]
name = "direct"
algorithm.kind = "direct"
[[variant]]
name = "winograd"
[sweep]
"problem.batch" = [1, 2, 3]
"problem.padding" = [0, 1]
together = ["variant"]
where = "problem.padding == 1 or problem.batch != 2"
"""

TUNED = """
algorithm.defaults = "tuned"
[problem]
in_channels = 64
out_channels = 64
height = 56
width = 56
[[variant]]
name = "winograd"
"""


def program() -> pathlib.Path | None:
    """The program that was built last: the one that $WINOSCOPE names, or in the target folder."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    named = os.environ.get("WINOSCOPE")
    built = [pathlib.Path(named)] if named else [target / kind / "winoscope" for kind in EXPANSION_SECONDS]
    built = [path for path in built if path.exists()]
    return max(built, key=lambda path: path.stat().st_mtime, default=None)


def lavapipe(winoscope: pathlib.Path) -> str | None:
    """The index of the first software device."""
    listed = subprocess.run([winoscope, "devices", "--csv"], capture_output=True, text=True)
    devices = csv.DictReader(listed.stdout.splitlines())
    return next((device["index"] for device in devices if "llvmpipe" in device["device"]), None)


WINOSCOPE = program()
DEVICE = WINOSCOPE and lavapipe(WINOSCOPE)


@unittest.skipIf(WINOSCOPE is None, "winoscope is not built: cargo build")
class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = os.environ | {"WINOSCOPE_CACHE": str(self.folder / "cache")}

    def run_(self, *command: object, code: int = 0) -> subprocess.CompletedProcess:
        ended = subprocess.run(
            [str(word) for word in command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        self.assertEqual(ended.returncode, code, ended.stderr)
        return ended

    @unittest.skipIf(WINOSCOPE is not None and DEVICE is None, "there is no lavapipe")
    def test_a_sweep_that_is_killed_again_and_again_has_what_one_run_has(self):
        (self.folder / "c.toml").write_text(CONFIG, encoding="utf-8")
        sweep = [sys.executable, SWEEP, "c.toml", "--winoscope", WINOSCOPE, "--devices", DEVICE]
        drawn = random.Random(2)
        for _ in range(6):
            process = subprocess.Popen(
                [str(word) for word in sweep],
                cwd=self.folder,
                env=self.environment,
                stderr=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(drawn.uniform(0.5, 2.5))
            process.kill()
            process.wait()
        self.run_(*sweep)
        self.run_(WINOSCOPE, "run", "c.toml", "--device", DEVICE, "--results", "whole")

        def rows(results: str) -> list[tuple[str, ...]]:
            with open(self.folder / results / "c.csv", encoding="utf-8", newline="") as file:
                columns = (
                    "experiment",
                    "phase",
                    "mode",
                    "status",
                    "config_hash",
                    "spirv_hash",
                    "device_uuid",
                    "driver",
                )
                return sorted(tuple(row[column] for column in columns) for row in csv.DictReader(file))

        def samples(results: str) -> int:
            return (self.folder / results / "c.samples.csv").read_bytes().count(b"\n")

        self.assertEqual(rows("results"), rows("whole"))
        self.assertEqual(samples("results"), samples("whole"))
        self.assertEqual(len({row[0] for row in rows("results")}), 10)
        # Each goes on where the other was.
        again = self.run_(WINOSCOPE, "run", "c.toml", "--device", DEVICE).stderr
        self.assertEqual(again.count("already measured"), 10, again)
        said = self.run_(*sweep, "--results", "whole").stderr
        self.assertIn("10 experiments, 10 of them in whole/c.csv already", said)
        self.assertIn("direct/batch=1", self.run_(WINOSCOPE, "report", "results/c.csv").stdout)

    @unittest.skipIf(WINOSCOPE is not None and DEVICE is None, "there is no lavapipe")
    def test_rows_have_the_floors_of_the_saved_ceilings(self):
        config = CONFIG.replace("[1, 2, 3]", "[1]")
        (self.folder / "c.toml").write_text(config, encoding="utf-8")
        self.run_(WINOSCOPE, "ceilings", "--device", DEVICE, "--max-bytes", "1MiB")
        self.run_(sys.executable, SWEEP, "c.toml", "--winoscope", WINOSCOPE, "--devices", DEVICE)
        with open(self.folder / "results/c.csv", encoding="utf-8", newline="") as file:
            self.assertTrue(all(row["floor_ns"] for row in csv.DictReader(file)))

    def test_what_is_tuned_is_listed_for_a_device_and_not_spread_over_several_kinds(self):
        (self.folder / "c.toml").write_text(TUNED, encoding="utf-8")

        def listed(*device: str) -> dict[str, str]:
            (row,) = csv.DictReader(self.run_(WINOSCOPE, "list", "c.toml", *device).stdout.splitlines())
            return row

        of_none, of_one = listed(), listed("--tuned-for", "NVIDIA H200")
        self.assertEqual(of_none["tuned_from"], "limits")
        self.assertEqual(of_one["tuned_from"], "b1_c64_k64_56x56")
        self.assertNotEqual(of_none["config_hash"], of_one["config_hash"])
        refused = self.run_(sys.executable, SWEEP, "c.toml", "--winoscope", WINOSCOPE, "--ray", "auto", code=2)
        self.assertIn("c.toml asks for tuned values", refused.stderr)

    def test_ten_thousand_experiments_are_expanded_at_once(self):
        numbers = json.dumps(list(range(1, 11)))
        axes = "".join(f'"problem.{key}" = {numbers}\n' for key in ("batch", "in_channels", "out_channels"))
        heights = f'"problem.height" = {json.dumps(list(range(8, 28)))}\n'
        restriction = 'where = "problem.height < 18 and problem.batch in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"\n'
        config = f"{CONFIG.split('[[variant]]')[0]}[sweep]\n{axes}{heights}{restriction}"
        (self.folder / "many.toml").write_text(config, encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        listed = self.run_(WINOSCOPE, "list", "many.toml")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertEqual(listed.stdout.count("\n"), 10_001)
        self.assertEqual(listed.stderr, "many: sweep.where leaves out 10000\n")
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        kind = "debug" if WINOSCOPE.parent.name == "debug" else "release"
        self.assertLess(took, EXPANSION_SECONDS[kind])
