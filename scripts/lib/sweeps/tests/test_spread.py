"""What is measured where, what is told of it, and how little it costs to tell."""

import csv
import os
import resource
import subprocess

from .bench import FAKE, Bench

# Experiments of a large sweep, and what it may cost to find out that all of them are there already.
MANY = 10_000
RESUME_SECONDS = 2.0
RESUME_MIB = 120


def cpu_seconds() -> float:
    """What the processes that were waited for have computed: unlike wall time, the same on a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Choices(Bench):
    """Which experiments, and in which order."""

    def test_shards_are_all_of_it_and_each_part_once(self):
        names = [f"e{number}" for number in range(11)]
        self.write(dict.fromkeys(names, "ok"), {"e0": 0, "e4": 0, "e9": 0})
        parts = []
        for index in (1, 2, 3):
            self.sweep("--shard", f"{index}/3", "--results", f"shard-{index}")
            parts.append([row["experiment"] for row in self.table("csv", f"shard-{index}") if row["phase"] == "total"])
        self.assertEqual(sorted(sum(parts, [])), sorted(names))
        self.assertTrue(all(3 <= len(part) <= 5 for part in parts), parts)
        self.assertTrue({"e0", "e4", "e9"} <= set(parts[0]), "a comparison is in one shard")
        self.assertIn("is not I/N with I from 1 to N", self.sweep("--shard", "4/3", code=2))

    def test_a_dry_run_counts_and_lists_and_needs_no_device(self):
        self.write(dict.fromkeys("abcd", "ok"), {"b": 0, "c": 0})
        self.set_devices(0)
        listed = self.sweep("--dry-run")
        self.assertEqual(
            listed, "a\nb\nc\nd\nc: 4 experiments, 0 of them in results/c.csv; 4 are left, in 3 processes\n"
        )
        self.assertFalse((self.folder / "results").exists())
        self.set_devices(1)
        self.sweep("--shard", "2/3")
        listed = self.sweep("--dry-run")
        self.assertEqual(listed, "a\nd\nc: 4 experiments, 2 of them in results/c.csv; 2 are left, in 2 processes\n")
        self.assertEqual(len(self.journal("start")), 1)

    def test_progress_counts_and_knows_the_best_so_far(self):
        self.write({"slow": "ok", "bad": "crash", "fast": "ok"})
        said = self.sweep(code=54).splitlines()
        self.assertEqual(said[0], "c: 3 experiments, 0 of them in results/c.csv already")
        times = {row["experiment"]: row["median_ns"] for row in self.table("csv") if row["phase"] == "total"}
        best = min((float(time), name) for name, time in times.items() if time)[1]
        self.assertRegex(said[1], r"^\[1/3\] slow  1\.\d+ µs  best 1\.\d+ µs slow  left \d+ s$")
        self.assertRegex(
            said[2], r"^\[2/3\] bad  failed: its process was ended by SIGSEGV  best .* slow  not ok 1  left \d+ s$"
        )
        self.assertRegex(said[3], rf"^\[3/3\] fast  1\.\d+ µs  best 1\.\d+ µs {best}  not ok 1$")
        self.assertEqual(said[4], "results: results/c.csv")

    def test_what_cannot_be_done_is_a_sentence(self):
        self.write({"a": "ok"})
        for options, code, sentence in (
            (("--devices", "7"), 21, "--devices 7 names no device; there are 0 Fake GPU uuid-0."),
            (("--winoscope", "/nowhere/winoscope"), 2, "/nowhere/winoscope cannot be run: No such file or directory"),
            (("--results", "/proc/nowhere"), 40, "cannot write /proc/nowhere"),
            (("--timeout", "0"), 2, "`0` is not a number of seconds above 0"),
            (("--ray", "auto", "--devices", "0"), 2, "not allowed with argument"),
        ):
            self.assertIn(sentence, self.sweep(*options, code=code))
        self.set_devices(2)
        self.assertIn("names several devices", self.sweep("--devices", "fake", code=21))


class Tuned(Bench):
    """Defaults that each name of a device has of its own."""

    def test_devices_of_one_name_share_a_sweep_that_its_dry_run_counts(self):
        self.write({"a": "ok", "b": "ok", "c": "crash"}, defaults="tuned")
        self.set_devices(2)
        self.sweep("--shard", "1/3")
        self.assertIn("3 experiments, 1 of them in results/c.csv; 2 are left", self.sweep("--dry-run"))
        self.sweep(code=54)
        self.assert_whole({"a": "ok", "b": "ok", "c": "failed"})
        self.assertEqual({row["tuned_from"] for row in self.table("csv")}, {"choice of Fake GPU"})

    def test_devices_of_several_names_are_refused_before_anything_is_measured(self):
        # A process that leaves no row has one of what was listed.
        self.write({"a": "ok", "b": "crash"}, defaults="tuned")
        self.set_devices(4, "Fake GPU", "Other GPU")
        for options, sentence in (
            ((), "which are of devices of one name, and there are Fake GPU, Other GPU: name those of one"),
            (("--devices", "0,1"), "and there are Fake GPU, Other GPU: "),
            (("--dry-run",), "and there are Fake GPU, Other GPU: "),
            (("--ray", "auto"), "and those of a cluster are not known beforehand: "),
            (("--ray", "auto", "--dry-run"), "and those of a cluster are not known beforehand: "),
        ):
            said = self.sweep(*options, code=2)
            self.assertIn('error: c.toml asks for tuned values (algorithm.defaults = "tuned")', said)
            self.assertIn(sentence, said)
        self.assertEqual(self.journal("start"), [])
        self.assertFalse((self.folder / "results").exists())
        self.set_devices(0)
        self.assertIn("no device can measure", self.sweep("--dry-run", code=21))

    def test_a_sweep_for_each_name_has_its_rows_in_one_file(self):
        self.write(dict.fromkeys("ab", "ok"), defaults="tuned")
        self.set_devices(4, "Fake GPU", "Other GPU")
        self.sweep("--devices", "0,2")
        self.assertIn("2 experiments, 0 of them in results/c.csv already", self.sweep("--devices", "1,3"))
        rows = sorted((row["experiment"], row["device"], row["tuned_from"]) for row in self.table("csv"))
        expected = [(name, device, f"choice of {device}") for name in "ab" for device in ("Fake GPU", "Other GPU")]
        self.assertEqual(rows, sorted(expected * 2))
        self.assertIn("2 experiments, 2 of them in results/c.csv already", self.sweep("--devices", "0"))

    def test_fixed_defaults_are_the_same_on_devices_of_several_names(self):
        names = [f"e{number}" for number in range(8)]
        self.write(dict.fromkeys(names, "ok 0.1"))
        self.set_devices(2, "Fake GPU", "Other GPU")
        self.sweep()
        self.assert_whole(dict.fromkeys(names, "ok"))
        self.assertEqual({row["device"] for row in self.table("csv")}, {"Fake GPU", "Other GPU"})


class Scale(Bench):
    """Ten thousand experiments."""

    def test_a_large_sweep_resumes_at_once_and_in_little_memory(self):
        names = [f"variant/height={number}/width={number}" for number in range(MANY)]
        self.write(dict.fromkeys(names, "ok"))
        environment = os.environ | {"FAKE": str(self.folder)}
        listed = subprocess.run(
            [FAKE, "list", "c.toml"], cwd=self.folder, env=environment, capture_output=True, text=True
        )
        # The binary lists them faster than Python does.
        (self.folder / "listing").write_text(listed.stdout, encoding="utf-8")
        hashes = [row["config_hash"] for row in csv.DictReader(listed.stdout.splitlines())]
        self.sweep("--shard", f"1/{MANY}")
        for ending in ("csv", "samples.csv", "kernels.csv"):
            path = self.folder / f"results/c.{ending}"
            header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            # Six phases, as a real experiment has.
            block = "".join(lines[:1] * 5 + lines[1:])
            with open(path, "w", encoding="utf-8") as file:
                file.write(header)
                for name, digest in zip(names, hashes[:-1], strict=False):
                    file.write(block.replace(f",{names[0]},", f",{name},").replace(f",{hashes[0]},", f",{digest},"))
        before = cpu_seconds()
        said = self.sweep()
        took = cpu_seconds() - before
        self.assertIn(f"{MANY - 1} of them in results/c.csv already\n[{MANY}/{MANY}] {names[-1]}", said)
        self.assertEqual([line[3:] for line in self.journal("start")], [[names[0]], [names[-1]]])
        self.assertLess(took, RESUME_SECONDS)
        # Of every process that this one has waited for.
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, RESUME_MIB)
