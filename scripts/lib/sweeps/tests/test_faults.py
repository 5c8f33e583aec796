"""Whatever breaks, no row is lost, doubled or torn."""

import os
import random
import resource
import signal
import subprocess
import time

from .bench import Bench

# Seconds that an experiment takes where a sweep is to be met in the midst of one.
BRIEF = "0.05"


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Experiments(Bench):
    """An experiment that breaks is a row with its reason."""

    def test_each_way_to_break_is_a_row_and_the_sweep_goes_on(self):
        self.write(
            {
                "first": "ok",
                "crash": "crash",
                "memory": "memory",
                "hang": "hang",
                "lost": "lost",
                "silent": "silent",
                "torn": "torn",
                "kernel": "kernel",
                "wrong": "wrong",
                "unsupported": "unsupported",
                "last": "ok",
            }
        )
        began = time.monotonic()
        said = self.sweep("--timeout", "2", "--seed", "7", code=50)
        self.assertLess(time.monotonic() - began, 35, "what hangs was waited for")
        failed = ("crash", "memory", "hang", "lost", "silent", "torn", "kernel")
        statuses = dict.fromkeys(("first", "last"), "ok") | dict.fromkeys(failed, "failed")
        statuses |= {"wrong": "wrong", "unsupported": "unsupported"}
        self.assert_whole(statuses)
        rows = {row["experiment"]: row for row in self.table("csv") if row["phase"] == "total"}
        for name, reason in (
            ("crash", "its process was ended by SIGSEGV"),
            ("memory", "its process was ended by SIGKILL, as the system does where memory runs out"),
            ("torn", "its process was ended by SIGKILL, as the system does where memory runs out"),
            ("hang", "no result within 2 s: its process was killed"),
            ("lost", "the device was lost"),
            ("silent", "its process ended without a result (exit code 0)"),
            ("kernel", "xhat.comp does not compile (exit code 30)"),
        ):
            self.assertEqual(rows[name]["reason"], reason)
            self.assertIn(f"{name}  failed: {reason}", said)
        for row in rows.values():
            self.assertEqual((row["device_uuid"], row["driver"], row["seed"]), ("uuid-0", "1.0", "7"))
            self.assertTrue(row["timestamp_utc"] and row["config_hash"])
        # Those that broke off, rather than ended with a sentence, make the device doubtful.
        self.assertEqual(len(self.journal("probe")), 5)

        # What failed stands until it is asked for again.
        started = len(self.journal("start"))
        self.sweep()
        self.assertEqual(len(self.journal("start")), started)
        self.write({name: "ok" for name in statuses})
        self.sweep("--retry")
        again = {line[3] for line in self.journal("start")[started:]}
        self.assertEqual(again, {*failed, "wrong"})

    def test_what_ended_before_a_comparison_broke_is_kept(self):
        self.write({"a": "ok", "b": "crash", "c": "ok", "d": "ok"}, dict.fromkeys("abc", 0))
        self.sweep(code=54)
        self.assert_whole({"a": "ok", "b": "failed", "c": "failed", "d": "ok"})
        self.assertEqual([line[3:] for line in self.journal("start")], [["a", "b", "c"], ["d"]])

    def test_a_process_that_is_killed_is_a_row(self):
        drawn = random.Random(6)
        names = [f"e{number}" for number in range(12)]
        self.write(dict.fromkeys(names, f"ok {BRIEF}"))
        process = self.start()
        killed = set()
        for count in (2, 5, 6, 11):
            line = self.await_journal("start", count)
            time.sleep(drawn.uniform(0, float(BRIEF) / 2))
            os.kill(int(line[2]), signal.SIGKILL)
            killed.add(line[3])
        _, said = process.communicate()
        self.assertEqual(process.returncode, 54, said)
        self.assert_whole({name: "failed" if name in killed else "ok" for name in names})


class Sweeps(Bench):
    """A sweep that is stopped goes on where it was."""

    def test_kill_minus_nine_at_random_points(self):
        drawn = random.Random(41)
        self.set_devices(2)
        names = [f"e{number}" for number in range(28)]
        self.write(dict.fromkeys(names, f"ok {BRIEF}"), {name: number // 2 for number, name in enumerate(names[:8])})
        kills = 0
        while True:
            process = self.start()
            # From the first process on, however long a busy machine takes to start it: each sweep gets on a little.
            started = len(self.journal("start"))
            while process.poll() is None and len(self.journal("start")) == started:
                time.sleep(0.005)
            try:
                process.wait(drawn.uniform(0, 0.3))
                break
            except subprocess.TimeoutExpired:
                kills += 1
                self.kill(process)
        _, said = process.communicate()
        self.assertEqual(process.returncode, 0, said)
        self.assertGreater(kills, 4, "it was hardly killed")
        self.assert_whole(dict.fromkeys(names, "ok"))

    def test_what_a_killed_sweep_had_started_ends_with_it(self):
        self.write({"a": "hang"})
        process = self.start()
        self.await_journal("start", 1)
        self.assertTrue(is_running(int(self.journal("start")[0][2])))
        self.kill(process)
        self.assert_nothing_runs()

    def assert_nothing_runs(self) -> None:
        """Or it would share the device with the sweep that resumes."""
        end = time.monotonic() + 5
        while any(is_running(int(line[2])) for line in self.journal("start")):
            self.assertLess(time.monotonic(), end, "a process outlives its sweep")
            time.sleep(0.005)

    def test_ctrl_c_keeps_what_is_finished(self):
        self.write({"a": "ok", "b": "hang"})
        process = self.start()
        self.await_journal("start", 2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130, said)
        self.assertIn("interrupted; what was finished is kept", said)
        self.assert_whole({"a": "ok"})
        self.assert_nothing_runs()
        self.write({"a": "ok", "b": "ok"})
        self.sweep()
        self.assert_whole({"a": "ok", "b": "ok"})

    def test_a_disk_that_fills_up(self):
        names = [f"e{number}" for number in range(8)]
        self.write(dict.fromkeys(names, "ok"))
        self.sweep("--shard", "1/8")
        size = (self.folder / "results/c.csv").stat().st_size
        # Room for the rows of some more, and then for a part of a row; the files of a process are smaller.
        limit = size + (size - 1000) * 2
        full = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))  # noqa: E731
        said = self.sweep(code=41, preexec_fn=full)
        self.assertIn("What ended before is kept; free some space and run again.", said)
        kept = [row["experiment"] for row in self.table("csv") if row["phase"] == "total"]
        self.assertTrue(1 < len(kept) < len(names), kept)
        self.assert_whole(dict.fromkeys(kept, "ok"))
        self.sweep()
        self.assert_whole(dict.fromkeys(names, "ok"))

    def test_a_disk_that_is_full_for_a_process_stops_the_sweep(self):
        self.write({"a": "ok", "b": "full", "c": "ok"})
        self.assertIn("no space left on device", self.sweep(code=41))
        self.assert_whole({"a": "ok"})

    def test_two_sweeps_on_one_file(self):
        self.write({"a": "ok 1", "b": "ok"})
        first = self.start()
        self.await_journal("start", 1)
        said = self.sweep(code=42)
        self.assertIn("another sweep or run is writing results/c.csv: wait for it", said)
        self.assertEqual(first.wait(20), 0)
        first.communicate()
        self.assert_whole({"a": "ok", "b": "ok"})
        self.assertEqual(len(self.journal("start")), 2)

    def test_a_configuration_or_a_kernel_that_changes_meanwhile_ends_the_sweep(self):
        self.write({"a": "ok 0.5", "b": "ok 0.5"})
        process = self.start()
        self.await_journal("start", 1)
        # The sweep has a copy: this changes nothing.
        self.write({"a": "crash", "b": "crash"})
        self.assertEqual(process.wait(20), 0)
        process.communicate()
        self.assert_whole({"a": "ok", "b": "ok"})
        # With other kernels, what was measured is of others: all is measured again.
        self.write({"a": "ok", "b": "ok"})
        self.sweep(environment={"FAKE_GLSL": "1"})
        self.assertEqual(len(self.journal("start")), 4)
        self.assertEqual(len(self.table("csv")), 8)


class Devices(Bench):
    """Devices that come and go."""

    def test_each_device_has_one_process_at_a_time_and_each_row_its_uuid(self):
        self.set_devices(3)
        names = [f"e{number}" for number in range(30)]
        self.write(dict.fromkeys(names, f"ok {BRIEF}"))
        self.sweep("--devices", "0,uuid-2")
        self.assert_whole(dict.fromkeys(names, "ok"))
        uuids = [row["device_uuid"] for row in self.table("csv") if row["phase"] == "total"]
        self.assertEqual(set(uuids), {"uuid-0", "uuid-2"})
        self.assertGreater(min(uuids.count(uuid) for uuid in set(uuids)), 5, "they hardly share the work")
        busy = set()
        at_once = 0
        for word, uuid, *_ in self.journal(""):
            self.assertEqual(uuid in busy, word == "end", "two processes on one device")
            (busy.add if word == "start" else busy.remove)(uuid)
            at_once = max(at_once, len(busy))
        self.assertEqual(at_once, 2)

    def test_the_others_take_over_from_a_device_that_vanishes(self):
        self.set_devices(2)
        names = [f"e{number}" for number in range(10)]
        self.write({"gone": "vanish"} | dict.fromkeys(names, f"ok {BRIEF}"))
        said = self.sweep("--patience", "0.1", code=54)
        self.assert_whole({"gone": "failed"} | dict.fromkeys(names, "ok"))
        self.assertIn("does not answer any more, and is left alone", said)

    def test_a_sweep_without_devices_ends_and_goes_on_when_they_are_back(self):
        self.write({"a": "ok", "gone": "vanish", "b": "ok", "c": "ok"})
        said = self.sweep("--patience", "0.1", code=24)
        self.assertIn("no device answers any more; 2 experiments are left", said)
        self.assert_whole({"a": "ok", "gone": "failed"})
        self.set_devices(1)
        self.sweep()
        self.assert_whole({"a": "ok", "gone": "failed", "b": "ok", "c": "ok"})

    def test_a_device_that_is_only_listed_fails_no_experiment(self):
        (self.folder / "ghosts").write_text("1,Ghost,uuid-1,1.0,discrete,\n", encoding="utf-8")
        names = [f"e{number}" for number in range(6)]
        self.write(dict.fromkeys(names, f"ok {BRIEF}"))
        self.assertIn("Ghost (1) does not answer any more", self.sweep("--patience", "0.1"))
        self.assert_whole(dict.fromkeys(names, "ok"))
        self.sweep("--devices", "ghost", "--patience", "0.1", "--results", "none", code=24)
        self.assert_whole({}, "none")

    def test_a_device_that_lists_and_does_not_work_is_left_alone(self):
        self.write({"a": "crash", "b": "ok"})
        (self.folder / "broken").touch()
        self.sweep("--patience", "0.1", code=24)
        self.assert_whole({"a": "failed"})
