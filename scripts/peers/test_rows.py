"""What every peer relies on: python3 -m unittest discover scripts/peers"""

import contextlib
import csv
import io
import math
import pathlib
import random
import sys
import tempfile
import unittest
from unittest import mock

import failures
import problems
import program
import rows
import sampling


def tasks_of(text: str) -> list[problems.Task]:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "drawn.toml"
        path.write_text(text, encoding="utf-8")
        return problems.read_tasks(path)


SIZES = "[problem]\nin_channels = 3\nout_channels = 5\nheight = 7\nwidth = 8\n"


def implementation(**columns) -> rows.Implementation:
    return rows.Implementation("peer_fp32", lambda task, seed: None, 1e-5, columns)


class Statistics(unittest.TestCase):
    def test_a_known_set_is_summed_up_as_the_binary_does(self):
        """The case of src/measure/statistics.rs."""
        expected = sampling.Summary(samples=100, median=50.5, ci_low=40, ci_high=61, minimum=1, p95=95)
        self.assertEqual(sampling.summary([float(value) for value in range(100, 0, -1)]), expected)

    def test_ranks_are_rounded_outwards_and_stay_within(self):
        for count, low, high in ((6, 1, 6), (20, 5, 16), (60, 22, 39)):
            summed = sampling.summary([float(value) for value in range(1, count + 1)])
            self.assertEqual((summed.ci_low, summed.ci_high), (low, high))

    def test_too_few_samples_have_no_interval(self):
        self.assertIsNone(sampling.summary([1.0] * 5))

    def test_sampling_goes_on_until_the_interval_is_narrow_or_time_is_up(self):
        settings = problems.Settings(target_rel_ci=0.01, max_seconds=0.05, warmup_seconds=0)
        self.assertEqual(len(sampling.sample(lambda: 5.0, settings, 60)), 60)
        drawn = random.Random(1)
        self.assertGreater(len(sampling.sample(lambda: drawn.uniform(1, 100), settings, 60)), 60)


class Problems(unittest.TestCase):
    def test_defaults_are_the_formats(self):
        (task,) = tasks_of(SIZES)
        self.assertEqual(
            task,
            problems.Task("drawn", "", problems.Problem(3, 5, 7, 8, batch=1, padding=1), problems.Settings(), (4,)),
        )
        self.assertEqual(task.problem.output_shape, (1, 5, 7, 8))

    def test_variants_and_axes_that_change_the_problem_are_problems(self):
        text = SIZES + (
            "[[variant]]\nname = 'a'\naxes = []\n[[variant]]\nname = 'b'\naxes = []\nalgorithm.tile = 2\n"
            "[[variant]]\nname = 'c'\nproblem.padding = 0\n"
            "[sweep]\n'problem.batch' = [1, 4]\n'algorithm.tile' = [2, 4]\n"
        )
        found = [(task.suffix, task.problem.output_shape) for task in tasks_of(text)]
        expected = [("", (1, 5, 7, 8)), ("/padding=0", (1, 5, 5, 6)), ("/batch=4/padding=0", (4, 5, 5, 6))]
        self.assertEqual(found, expected)

    def test_the_tiles_of_a_problem_are_those_that_its_variants_name(self):
        text = SIZES + (
            "[algorithm]\ntile = 6\n[[variant]]\nname = 'base'\naxes = []\n"
            "[[variant]]\nname = 'direct'\nalgorithm.kind = 'direct'\n"
            "[[variant]]\nname = 'swept'\nproblem.padding = 0\n"
            "[sweep]\n'algorithm.tile' = [7, 2]\n"
        )
        self.assertEqual([(task.suffix, task.tiles) for task in tasks_of(text)], [("", (6,)), ("/padding=0", (2, 7))])
        tuned = "[[variant]]\nname = 'tuned'\nalgorithm.defaults = 'tuned'\n"
        for said, tiles in (("", ()), ("algorithm.tile = 5\n", (5,))):
            (task,) = tasks_of(SIZES + tuned + said)
            self.assertEqual(task.tiles, tiles)

    def test_a_problem_that_cannot_be_is_refused(self):
        for text in (
            "[problem]\nheight = 7\n",
            SIZES + "depth = 2\n",
            SIZES + "padding = 2\n",
            SIZES + "batch = 0\n",
            SIZES + "[algorithm]\ntile = 3\n",
            "x",
        ):
            with self.assertRaises(failures.Failure, msg=text) as caught:
                tasks_of(text)
            self.assertEqual(caught.exception.code, failures.BAD_CONFIG)
        with self.assertRaises(failures.Failure) as caught:
            problems.read_tasks(pathlib.Path("no/such.toml"))
        self.assertEqual(caught.exception.code, failures.UNREADABLE)

    def test_every_shape_of_the_suite_is_read(self):
        files = sorted((rows.ROOT / "configs/suite").glob("*.toml"))
        self.assertEqual(len(files), 14)
        for file in files:
            (task,) = problems.read_tasks(file)
            self.assertEqual(task.config, f"suite_{file.stem}")


class Rows(unittest.TestCase):
    def test_the_header_is_that_of_committed_rows_and_later_columns(self):
        with open(rows.ROOT / "results/h200/layer.csv", encoding="utf-8", newline="") as file:
            committed = next(csv.reader(file))
        known = set(committed)
        self.assertEqual([column for column in rows.columns("csv") if column in known], committed)
        self.assertEqual(rows.columns("samples.csv")[-2:], ["nanoseconds", "timestamp_utc"])

    def test_a_row_reads_back(self):
        (task,) = tasks_of(SIZES)
        peer = rows.Peer([], "a device, named", "a driver", "peer 1")
        known = rows.row(task, implementation(dtype="f16"), peer, "2026-01-01T00:00:00.000Z", 7)
        found = rows.outcome(rows.Measured([1000.0, 1000.5] * 30, 1e-7, "a\nreason", {"flops": 1 << 60}), 1e-5)
        file, samples = io.StringIO(), io.StringIO()
        rows.Sheet(file, samples).write(known | found, [1000.0, 1000.5])
        (read,) = csv.DictReader(io.StringIO(file.getvalue()))
        wanted = {
            "device": "a device, named",
            "dtype": "f16",
            "flops": str(1 << 60),
            "median_ns": "1000.25",
            "min_ns": "1000",
            "reason": "a reason",
            "tile": "",
        }
        self.assertEqual({name: read[name] for name in wanted}, wanted)
        self.assertEqual(
            [line["nanoseconds"] for line in csv.DictReader(io.StringIO(samples.getvalue()))], ["1000", "1000.5"]
        )

    def test_an_output_that_is_off_or_nan_is_wrong_and_has_no_times(self):
        for error in (1e-4, math.nan, math.inf):
            found = rows.outcome(rows.Measured([1.0] * 60, error), 1e-5)
            self.assertEqual(found["status"], "wrong")
            self.assertNotIn("median_ns", found)

    def test_times_that_a_clock_cannot_tell_from_nothing_are_none(self):
        found = rows.outcome(rows.Measured([-5.0, 5.0] * 30, 1e-7), 1e-5)
        self.assertEqual((found["status"], "median_ns" in found), ("failed", False))


class Program(unittest.TestCase):
    """What a peer's program does with peers of which each implementation is a function."""

    def run_program(self, *measures, **fields) -> tuple[int, list[tuple[str, str]]]:
        """The exit code, and the variant and status of each row."""
        implementations = [rows.Implementation(measure.__name__, measure, 1e-5, **fields) for measure in measures]
        with tempfile.TemporaryDirectory() as folder:
            path, output = pathlib.Path(folder) / "drawn.toml", pathlib.Path(folder) / "drawn.peer.csv"
            path.write_text(SIZES, encoding="utf-8")
            with (
                mock.patch.object(sys, "argv", ["peer.py", str(path), "--output", str(output)]),
                contextlib.redirect_stderr(io.StringIO()),
                self.assertRaises(SystemExit) as ended,
            ):
                peer = rows.Peer(implementations, "a device", "a driver", "peer 1")
                program.main("A peer.", lambda options: peer, lambda parser: None)
            text = output.read_text(encoding="utf-8") if output.exists() else ""
        lines = csv.DictReader(io.StringIO(text))
        return ended.exception.code, [(line["variant"], line["status"]) for line in lines]

    def test_the_others_go_on_after_a_row_that_fails(self):
        def too_large(task, seed):
            raise MemoryError("2 GiB are wanted")

        self.assertEqual(
            self.run_program(too_large, timed), (failures.PEER_FAILED, [("too_large", "failed"), ("timed", "ok")])
        )

    def test_an_interrupted_run_keeps_its_rows(self):
        def interrupted(task, seed):
            raise KeyboardInterrupt

        self.assertEqual(self.run_program(timed, interrupted, timed), (failures.INTERRUPTED, [("timed", "ok")]))

    def test_what_has_no_row_of_a_task_is_not_measured(self):
        self.assertEqual(self.run_program(timed, has_row=lambda task: task.tiles == (4,)), (0, [("timed", "ok")]))
        self.assertEqual(self.run_program(timed, has_row=lambda task: False), (failures.BAD_CONFIG, []))


def timed(task, seed) -> rows.Measured:
    return rows.Measured([1000.0] * 60, 1e-7)


if __name__ == "__main__":
    unittest.main()
