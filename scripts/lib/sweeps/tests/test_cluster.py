"""A sweep over two nodes of a Ray cluster on this machine. Skipped where Ray is missing."""

import contextlib
import pathlib
import unittest
import unittest.mock

from .bench import LIMIT, Bench

try:
    import ray
    from ray.cluster_utils import Cluster
except ImportError:
    ray = None

NODES = ("one", "two")

# What two runs of one experiment need not agree in.
OF_THE_RUN = {"timestamp_utc", "seed"}


@unittest.skipIf(ray is None, "Ray is not installed: python3 -m pip install ray")
class TwoNodes(Bench):
    """The same results as one machine has, whatever becomes of the machines."""

    def setUp(self):
        super().setUp()
        # The driver's own node takes no tasks, so that each is another machine's.
        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        self.addCleanup(self.cluster.shutdown)
        self.nodes = [self.add_node(name) for name in NODES]
        self.cluster.wait_for_nodes()

    def add_node(self, name: str):
        """A node with a folder for temporary files, and so a device, of its own."""
        (self.folder / name).mkdir()
        of_node = {"FAKE": str(self.folder), "TMPDIR": str(self.folder / name)}
        with unittest.mock.patch.dict("os.environ", of_node):
            return self.cluster.add_node(num_cpus=1)

    def await_process_on(self, name: str) -> None:
        """Waits until a process has just started on a node."""
        for count in range(6, 1000):
            pid = self.await_journal("start", count)[2]
            with contextlib.suppress(OSError):
                if f"/{name}\0" in pathlib.Path(f"/proc/{pid}/environ").read_text(encoding="utf-8"):
                    return

    def records(self, results: str) -> dict[str, list[tuple]]:
        """Every record of every file, without what is of the run alone."""
        return {
            ending: sorted(
                tuple(value for column, value in record.items() if column not in OF_THE_RUN)
                for record in self.table(ending, results)
            )
            for ending in ("csv", "samples.csv", "kernels.csv")
        }

    def test_a_node_that_is_killed_loses_and_doubles_nothing(self):
        names = [f"e{number}" for number in range(24)]
        self.write(dict.fromkeys(names, "ok 0.3") | {"wrong": "wrong"}, dict.fromkeys(names[:3], 0))
        process = self.start("--ray", self.cluster.address, "--results", "ray")
        self.await_process_on(NODES[0])
        self.cluster.remove_node(self.nodes[0], allow_graceful=False)
        _, said = process.communicate(timeout=LIMIT)
        self.assertEqual(process.returncode, 50, said)
        self.assertIn(f"/{len(names) + 1}] ", said)
        tasks = len(names) - 2 + 1
        self.assertGreater(len(self.journal("start")), tasks, "nothing was run again")

        self.sweep("--results", "single", code=50)
        statuses = dict.fromkeys(names, "ok") | {"wrong": "wrong"}
        for results in ("ray", "single"):
            self.assert_whole(statuses, results)
        self.assertEqual(self.records("ray"), self.records("single"))

        # And nothing is measured twice by the same command.
        started = len(self.journal("start"))
        self.sweep("--ray", self.cluster.address, "--results", "ray")
        self.assertEqual(len(self.journal("start")), started)

    def test_what_breaks_is_a_row_and_a_device_that_is_gone_ends_the_sweep(self):
        self.write({"a": "ok", "crash": "crash", "hang": "hang", "b": "ok"})
        self.sweep("--ray", self.cluster.address, "--timeout", "1", "--patience", "0.1", code=54)
        self.assert_whole({"a": "ok", "crash": "failed", "hang": "failed", "b": "ok"})
        (self.folder / "broken").touch()
        self.write({"a": "ok", "crash": "crash"} | {f"e{number}": "crash" for number in range(12)}, config="c")
        said = self.sweep("--ray", self.cluster.address, "--patience", "0.1", "--results", "again", code=24)
        self.assertIn("no machine has a device that answers", said)
