"""The CSV loads unchanged where the examples load it: python3 -m unittest discover scripts/examples

A tool that is not there is skipped, and said on stderr.
"""

import csv
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
from xml.etree import ElementTree

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# With quoted commas in its cells, letters beyond ASCII, empty cells, and every kind of number.
FILES = [ROOT / "results/h200/investigation.csv", ROOT / "results/h200/layer.csv"]


def lines(path: pathlib.Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def totals(path: pathlib.Path) -> list[dict[str, str]]:
    found = [row for row in lines(path) if (row["phase"], row["mode"], row["status"]) == ("total", "pipelined", "ok")]
    return sorted(found, key=lambda row: float(row["median_ns"]))


def tool(name: str) -> str:
    """A program on the path or beside this Python; the test is skipped where there is none."""
    here = pathlib.Path(sys.executable).parent
    found = shutil.which(name, path=os.pathsep.join([str(here), os.environ.get("PATH", "")]))
    if not found:
        print(f"skipped: {name} is not there, so its example is not tested", file=sys.stderr)
        raise unittest.SkipTest(f"{name} is not there")
    return found


def output(command: list[object], **how) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **how)
    if done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stderr}")
    return done.stdout


class Fastest(unittest.TestCase):
    """The same answer everywhere: the five fastest totals."""

    def assert_fastest(self, printed: str, path: pathlib.Path):
        found = [(row["experiment"], float(row["microseconds"])) for row in csv.DictReader(printed.splitlines())]
        expected = [(row["experiment"], round(float(row["median_ns"]) / 1000, 3)) for row in totals(path)[:5]]
        self.assertEqual([name for name, _ in found], [name for name, _ in expected])
        for (_, one), (_, other) in zip(found, expected, strict=True):
            self.assertAlmostEqual(one, other, delta=0.0011)

    def test_pandas(self):
        try:
            import pandas  # noqa: F401
        except ImportError:
            print("skipped: pandas is not there, so its example is not tested", file=sys.stderr)
            raise unittest.SkipTest("pandas is not there") from None
        for path in FILES:
            self.assert_fastest(output([sys.executable, HERE / "fastest.py", path]), path)

    def test_r(self):
        program = tool("Rscript")
        for path in FILES:
            self.assert_fastest(output([program, HERE / "fastest.R", path]), path)

    def test_duckdb(self):
        program = tool("duckdb")
        for path in FILES:
            with open(HERE / "fastest.sql", encoding="utf-8") as script:
                printed = output([program, "-csv"], stdin=script, env=os.environ | {"FILE": str(path)})
            self.assert_fastest(printed, path)


class Others(unittest.TestCase):
    def test_gnuplot(self):
        program = tool("gnuplot")
        for path in FILES:
            with tempfile.TemporaryDirectory() as folder:
                drawn = pathlib.Path(folder) / "totals.svg"
                command = [program, "-c", HERE / "totals.gp", path, drawn]
                # It prints on stderr.
                done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
                expected = totals(path)
                fastest = float(expected[0]["median_ns"]) / 1000
                self.assertEqual(done.stderr.strip(), f"{len(expected)} totals, the fastest {fastest:.3f} µs")
                texts = ElementTree.parse(drawn).iter("{http://www.w3.org/2000/svg}text")
                names = {"".join(text.itertext()).strip() for text in texts}
                self.assertEqual({row["experiment"] for row in expected} - names, set())

    def test_a_spreadsheet_has_every_cell(self):
        tool("soffice")
        for path in FILES:
            with tempfile.TemporaryDirectory() as folder:
                home = {"HOME": folder}
                output([HERE / "spreadsheet.sh", path, folder, "fods"], env=os.environ | home)
                found = sheet(pathlib.Path(folder) / f"{path.stem}.fods")
            rows = lines(path)
            self.assertEqual(found[0], list(rows[0]))
            self.assertEqual(len(found) - 1, len(rows))
            for cells, row in zip(found[1:], rows, strict=True):
                for (name, text), cell in zip(row.items(), cells, strict=True):
                    self.assertTrue(is_same(text, cell), f"{path.name}, {name}: {text!r} became {cell!r}")


def is_same(text: str, cell: object) -> bool:
    """Whether a cell holds what the CSV says: the same number, to the 13 digits that this kind of file has, or text."""
    return abs(float(text) - cell) <= 1e-12 * abs(cell) if isinstance(cell, float) else text == cell


def sheet(path: pathlib.Path) -> list[list[object]]:
    """The cells of a flat spreadsheet: numbers as float, others as text."""
    table = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    office = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
    rows = []
    for line in ElementTree.parse(path).iter(f"{table}table-row"):
        cells = []
        for cell in line.iter(f"{table}table-cell"):
            kind = cell.get(f"{office}value-type")
            value = float(cell.get(f"{office}value")) if kind == "float" else "".join(cell.itertext()).strip()
            cells += [value] * int(cell.get(f"{table}number-columns-repeated", 1))
        rows += [cells] * min(int(line.get(f"{table}number-rows-repeated", 1)), 2)
    # The sheet goes on to its last line and column.
    rows = [cells for cells in rows if any(cell != "" for cell in cells)]
    width = max(index + 1 for cells in rows for index, cell in enumerate(cells) if cell != "")
    width = max(width, len([cell for cell in rows[0] if cell != ""]))
    return [(cells + [""] * width)[:width] for cells in rows]


if __name__ == "__main__":
    unittest.main()
