"""The fit finds the figures that times were made from, and gemm.rs has those of the committed times."""

import csv
import io
import re
import sys
import tempfile
import tomllib
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import fit_blocks  # noqa: E402

CHOICE = re.compile(r"^ *choice\(.*\),$", re.MULTILINE)


def printed(*arguments):
    """What the program prints."""
    out = io.StringIO()
    with mock.patch.object(sys, "argv", ["fit_blocks.py", *map(str, arguments)]), redirect_stdout(out):
        fit_blocks.main()
    return out.getvalue()


def rows(figures):
    """Rows of two blocks on a small and a large problem, with the times that the model gives them."""
    for filters, size in ((32, 14), (256, 56)):
        for block, (per_product, start) in figures.items():
            row = dict(zip(fit_blocks.SIZES, map(str, block)))
            problem = dict(zip(fit_blocks.PROBLEM, map(str, [1, 64, filters, size, size, 1, 4])))
            row |= problem | {"turns": "1", "splits": "1", "status": "ok", "device": "a GPU", "config": f"of {filters}"}
            row["experiment"] = str(block)
            trial = fit_blocks.Trial(row, 0.0, 0.0)
            times = {"mhat": trial.predicted_us({block: (per_product, start)}), "output": 2.0}
            for phase, microseconds in times.items():
                yield row | {"phase": phase, "median_ns": f"{microseconds * 1e3}"}


class FitBlocks(unittest.TestCase):
    def test_the_kernels_choices_are_those_of_the_committed_times(self):
        text = printed(*(ROOT / f"results/{device}/blocks.csv" for device in ("h100", "h200")))
        source = (ROOT / "src/plan/convolution/blocking/gemm.rs").read_text(encoding="utf-8")
        in_source = [line.strip() for line in CHOICE.findall(source)]
        self.assertEqual(CHOICE.findall(text), in_source)
        self.assertGreater(len(in_source), 5)

    def test_figures_are_found_again(self):
        figures = {(64, 64, 8, 8, 4): (1.3, 4.0), (32, 32, 16, 4, 4): (2.6, 2.5)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "made.csv"
            made = list(rows(figures))
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, made[0].keys())
                writer.writeheader()
                writer.writerows(made)
            trials, _ = fit_blocks.read([path])
        self.assertEqual(len(trials), 4)
        fitted = fit_blocks.fit(fit_blocks.by_problem(trials))
        for block, (per_product, start) in figures.items():
            self.assertAlmostEqual(fitted[block][0], per_product, delta=0.05)
            self.assertAlmostEqual(fitted[block][1], start, delta=0.1)

    def test_a_block_that_was_not_measured_is_told(self):
        trials, _ = fit_blocks.read([ROOT / "results/h100/blocks.csv"])
        problem = next(iter(fit_blocks.by_problem(trials).values()))
        slow = dict.fromkeys({work.block for work in problem.candidates}, (9.0, 9.0))
        block = next(work.block for work in problem.candidates if not problem.is_measured(work))
        self.assertIn("was not measured", fit_blocks.unmeasured_note(problem, slow | {block: (0.1, 3.0)}))
        measured = problem.trials[0].block
        self.assertEqual(fit_blocks.unmeasured_note(problem, slow | {measured: (0.1, 3.0)}), "")

    def test_rows_are_kept_as_they_are(self):
        committed = ROOT / "results/h100/blocks.csv"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "kept.csv"
            self.assertIn("choice(", printed(committed, "--steps", 1, "--rows", path))
            self.assertEqual(path.read_text(encoding="utf-8"), committed.read_text(encoding="utf-8"))

    def test_configurations_measure_the_same_blocks(self):
        trials, _ = fit_blocks.read([ROOT / "results/h100/blocks.csv", ROOT / "results/h200/blocks.csv"])
        wanted = {(trial.problem, trial.block, trial.splits) for trial in trials}
        found = set()
        with tempfile.TemporaryDirectory() as folder:
            fit_blocks.write_configurations(Path(folder), trials)
            for path in Path(folder).iterdir():
                read = tomllib.loads(path.read_text(encoding="utf-8"))
                self.assertEqual(read["name"], path.stem)
                problem = read["problem"] | {"tile": read["algorithm"]["tile"]}
                for variant in read["variant"]:
                    sizes = variant["multiply"]
                    block = tuple(sizes[key.split("_")[0]][key.split("_")[1]] for key in fit_blocks.SIZES)
                    found.add((tuple(problem[key] for key in fit_blocks.PROBLEM), block, sizes["splits"]))
        self.assertEqual(found, wanted)

    def test_blocks_are_compared_on_one_device(self):
        figures = {(64, 64, 8, 8, 4): (1.3, 4.0), (32, 32, 16, 4, 4): (2.6, 2.5)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "made.csv"
            made = list(rows(figures))
            made += [row | {"device": "another GPU"} for row in made]
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, made[0].keys())
                writer.writeheader()
                writer.writerows(made)
            groups = fit_blocks.by_problem(fit_blocks.read([path])[0])
        self.assertEqual(sorted({device for device, _ in groups}), ["a GPU", "another GPU"])
        self.assertEqual({len(problem.trials) for problem in groups.values()}, {2})


if __name__ == "__main__":
    unittest.main()
