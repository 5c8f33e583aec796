"""A folder with a configuration, devices and results, in which sweeps are run and their files looked at."""

import collections
import csv
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SWEEP = pathlib.Path(__file__).parents[3] / "sweep.py"
FAKE = pathlib.Path(__file__).with_name("fake_winoscope.py")
DEVICES = "index,device,device_uuid,driver,kind,missing\n"
PHASES = ("xhat", "total")
SAMPLES = 3

# Seconds after which a sweep of a test is taken to hang.
LIMIT = 120


class Bench(unittest.TestCase):
    """A test with a bench of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.set_devices(1)
        # A shell's background jobs ignore SIGINT, and so would the sweeps of tests that run in one.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))

    def set_devices(self, count: int, *names: str) -> None:
        """Devices with these names in turn."""
        names = names or ("Fake GPU",)
        lines = [f"{index},{names[index % len(names)]},uuid-{index},1.0,discrete,\n" for index in range(count)]
        (self.folder / "devices").write_text(DEVICES + "".join(lines), encoding="utf-8")

    def write(
        self,
        experiments: dict[str, str],
        comparisons: dict[str, int] | None = None,
        config: str = "c",
        defaults: str = "fixed",
    ) -> None:
        """Writes a configuration: what becomes of each experiment, and the comparisons that are not of one alone."""
        comparisons = comparisons or {}
        lines = [
            f"{name} {comparisons.get(name, 1000 + number)} {does}\n"
            for number, (name, does) in enumerate(experiments.items())
        ]
        (self.folder / f"{config}.toml").write_text(f"{config} {defaults}\n" + "".join(lines), encoding="utf-8")

    def start(self, *options: str, **more) -> subprocess.Popen:
        """Starts a sweep of `c.toml`."""
        command = [sys.executable, str(SWEEP), "c.toml", "--winoscope", str(FAKE), *options]
        environment = os.environ | {"FAKE": str(self.folder), "TMPDIR": str(self.folder)} | more.pop("environment", {})
        environment.pop("WINOSCOPE_DEVICE", None)
        process = subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
        )
        self.addCleanup(self.kill, process)
        return process

    def sweep(self, *options: str, code: int = 0, **more) -> str:
        """Runs a sweep of `c.toml` to its end; returns what it says."""
        process = self.start(*options, **more)
        printed, said = process.communicate(timeout=LIMIT)
        self.assertEqual(process.returncode, code, said)
        return printed + said

    def kill(self, process: subprocess.Popen) -> None:
        """Ends a sweep as no program can prevent; nothing where it has ended."""
        process.kill()
        process.wait(LIMIT)
        process.stdout.close()
        process.stderr.close()

    def journal(self, word: str) -> list[list[str]]:
        """The lines that processes wrote when they did something."""
        path = self.folder / "journal"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [line.split() for line in lines if line.startswith(word)]

    def await_journal(self, word: str, count: int) -> list[str]:
        """Waits until there are so many such lines; returns the last of them."""
        end = time.monotonic() + LIMIT
        while len(found := self.journal(word)) < count:
            self.assertLess(time.monotonic(), end, f"no {count} lines of `{word}`")
            time.sleep(0.005)
        return found[count - 1]

    def table(self, ending: str, results: str = "results", config: str = "c") -> list[dict[str, str]]:
        """The records of a file, which must all be whole."""
        path = self.folder / results / f"{config}.{ending}"
        if not path.exists():
            return []
        text = path.read_text(encoding="utf-8")
        self.assertTrue(text.endswith("\n"), f"{path} ends inside a line")
        header, *lines = csv.reader(text.splitlines())
        for number, line in enumerate(lines, start=2):
            self.assertEqual(len(line), len(header), f"{path} line {number}")
        return [dict(zip(header, line, strict=True)) for line in lines]

    def assert_whole(self, statuses: dict[str, str], results: str = "results") -> None:
        """Each experiment is in the files once, with all that belongs to it and nothing besides."""
        rows = self.table("csv", results)
        runs = collections.defaultdict(list)
        for row in rows:
            runs[row["experiment"], row["timestamp_utc"]].append(row)
        totals = [row for row in rows if row["phase"] == "total"]
        self.assertEqual(sorted(row["experiment"] for row in totals), sorted(statuses), "lost or doubled")
        self.assertEqual({row["experiment"]: row["status"] for row in totals}, statuses)
        self.assertEqual(len(runs), len(statuses), "rows without a total")
        measured = {run for run, of_run in runs.items() if of_run[-1]["status"] == "ok"}
        for run, of_run in runs.items():
            phases = PHASES if of_run[-1]["status"] in ("ok", "wrong") else ("total",)
            self.assertEqual(tuple(row["phase"] for row in of_run), phases, run)
        for ending, each in (("samples.csv", SAMPLES), ("kernels.csv", 1)):
            counts = collections.Counter(
                (record["experiment"], record["timestamp_utc"], record["phase"])
                for record in self.table(ending, results)
            )
            expected = {(*run, phase): each for run in measured for phase in PHASES}
            self.assertEqual(counts, expected, ending)
        self.assertEqual([path.name for path in (self.folder / results).iterdir() if path.is_dir()], [], "left behind")
