"""The results files: wherever a write is torn, what is whole stays, and nothing else."""

import pathlib
import random
import tempfile
import unittest
import unittest.mock

from .. import results
from ..exits import BAD_RESULTS, DISK_FULL, Failure
from ..records import cells, from_end, line
from ..results import Block, Results

HEADERS = {
    "csv": "experiment,phase,timestamp_utc,reason\n",
    "samples.csv": "experiment,phase,sample,timestamp_utc\n",
    "kernels.csv": "experiment,dispatch,timestamp_utc\n",
}


def block(experiment: str, timestamp: str = "1") -> Block:
    rows = [line([experiment, phase, timestamp, 'a "reason", quoted']) for phase in ("xhat", "total")]
    samples = [line([experiment, "xhat", str(sample), timestamp]) for sample in range(3)]
    kernels = [line([experiment, "xhat", timestamp])]
    return Block(
        "".join(rows),
        {
            "samples.csv": (HEADERS["samples.csv"], "".join(samples)),
            "kernels.csv": (HEADERS["kernels.csv"], "".join(kernels)),
        },
    )


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def open(self) -> Results:
        return Results(self.folder, "c", HEADERS["csv"])

    def contents(self) -> dict[str, bytes]:
        return {
            ending: (self.folder / f"c.{ending}").read_bytes()
            for ending in HEADERS
            if (self.folder / f"c.{ending}").exists()
        }

    def add(self, *experiments: str) -> dict[str, bytes]:
        with self.open() as files:
            for experiment in experiments:
                files.add(block(experiment))
        return self.contents()

    def mended(self) -> set[str]:
        with self.open() as files:
            return files.measured(lambda cell: True)

    def test_a_write_that_is_torn_anywhere_is_taken_back(self):
        """A kill or a loss of power leaves a beginning of what is written, in the order in which it is."""
        before = self.add("a", "b")
        after = self.add("c")
        drawn = random.Random(3)
        order = ("samples.csv", "kernels.csv", "csv")
        cuts = [(ending, length) for ending in order for length in range(len(before[ending]), len(after[ending]))]
        for ending, length in drawn.sample(cuts, 80) + [(ending, len(after[ending])) for ending in order]:
            for other in order:
                written = order.index(other) < order.index(ending)
                content = after[other] if written else before[other] if other != ending else after[other][:length]
                (self.folder / f"c.{other}").write_bytes(content)
            is_whole = ending == "csv" and length == len(after["csv"])
            self.assertEqual(self.mended(), {"a", "b", "c"} if is_whole else {"a", "b"}, (ending, length))
            self.assertEqual(self.contents(), after if is_whole else before, (ending, length))

    def test_files_that_were_torn_while_they_began_are_begun_again(self):
        after = self.add("a")
        for length in range(len(HEADERS["csv"])):
            for ending in HEADERS:
                (self.folder / f"c.{ending}").unlink(missing_ok=True)
            (self.folder / "c.csv").write_bytes(after["csv"][:length])
            (self.folder / "c.samples.csv").write_bytes(after["samples.csv"][: min(length, 30)])
            self.assertEqual(self.mended(), set())
            self.assertEqual(self.add("a"), after)

    def test_a_foreign_file_is_refused_and_kept(self):
        for content in (b"a,b\n1,2\n", b"notes", HEADERS["csv"].replace("reason", "because").encode()):
            (self.folder / "c.csv").write_bytes(content)
            with self.assertRaises(Failure) as refused:
                self.open()
            self.assertEqual(refused.exception.code, BAD_RESULTS)
            self.assertEqual((self.folder / "c.csv").read_bytes(), content)

    def test_where_a_write_fails_all_files_are_as_before(self):
        before = self.add("a")
        for fails in range(1, 4):
            with self.open() as files, unittest.mock.patch.object(results.os, "fsync", side_effect=fail_at(fails)):
                with self.assertRaises(Failure) as failed:
                    files.add(block("b"))
                self.assertEqual(failed.exception.code, DISK_FULL)
                self.assertEqual(self.contents(), before, fails)
                # And the sweep could go on.
            self.assertEqual(self.mended(), {"a"})
        self.assertNotEqual(self.add("b"), before)

    def test_the_lock_is_the_binarys(self):
        with self.open(), self.assertRaises(Failure) as refused:
            self.open()
        self.assertEqual(refused.exception.code, BAD_RESULTS)
        self.open().close()


def fail_at(count: int):
    """Fails the so manieth time that it is called."""
    calls = iter(range(1, 100))

    def fsync(_):
        if next(calls) == count:
            raise OSError(28, "No space left on device")

    return fsync


class Records(unittest.TestCase):
    def test_lines_are_read_from_the_end_whatever_their_lengths(self):
        drawn = random.Random(5)
        with tempfile.TemporaryFile() as file:
            for _ in range(50):
                lines = [
                    b"x" * drawn.choice((0, 1, 7, 65_534, 65_536, 200_000)) + b"\n" for _ in range(drawn.randrange(6))
                ]
                lines += [b"torn"] * drawn.randrange(2)
                file.seek(0)
                file.truncate()
                file.write(b"".join(lines))
                offsets = [sum(map(len, lines[:index])) for index in range(len(lines))]
                expected = list(zip(offsets, lines, strict=True))
                self.assertEqual(list(from_end(file)), expected[::-1])

    def test_a_record_is_one_line(self):
        record = ["a\nb", 'say "no"', "1,5", ""]
        self.assertEqual(line(record), '"a b"'[1:-1] + ',"say ""no""","1,5",\n')
        self.assertEqual(cells(line(record)), ["a b", *record[1:]])
