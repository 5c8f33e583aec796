"""The results files of a configuration: locked, made whole again, added to by whole experiments.

What makes a stop at any moment harmless, kill -9 and loss of power included:

- A process that measures writes to a folder of its own. What it leaves there is nobody's but the sweep's that started
  it, and a later sweep throws it away.
- The sweep alone writes the results files, under the lock that `winoscope run` takes too. It adds an experiment when
  that has ended: its samples and its kernels' figures first, its rows after them, the `total` last, each file
  synchronised before the next is written. So an experiment whose `total` is there is there with all that belongs to it.
- What a stop leaves half written is at the end of a file and recognised there: a line without its line feed, rows
  without a `total` after them, samples of an experiment that has no `total`. The next sweep cuts it off before anything
  else, so that the experiment, which counts as not measured, is in the file once.
- Where a write fails, as on a full disk, all three files are cut back to where they were.
"""

import contextlib
import errno
import fcntl
import io
import os
import pathlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .exits import BAD_RESULTS, DISK_FULL, NOT_WRITABLE, Failure
from .records import cells, cut_tail

# Seconds for which a lock is waited for: a process that has just ended may hold one for a moment.
LOCK_PATIENCE = 0.5

# The files, by their endings: those beside the rows are written before them.
ROWS = "csv"
BESIDE = ("samples.csv", "kernels.csv")

# A cell of a record, by the name of its column.
Cell = Callable[[str], str]


@dataclass
class Block:
    """What experiments that have ended add to the files: lines, without headers."""

    rows: str = ""
    # By ending: the header of a file beside the rows, and its lines.
    beside: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_totals(
    file: Iterable[bytes], path: pathlib.Path, counts: Callable[[Cell], bool]
) -> tuple[set[str], set[tuple[str, str]]]:
    """Reads rows from their header on.

    Returns the experiments with a run that has ended and that `counts`, which is given the cells of its `total`; and
    every run that has ended, by its experiment and timestamp.
    """
    lines = iter(file)
    places = {name: place for place, name in enumerate(cells(next(lines, b"").decode(errors="replace")))}
    found: set[str] = set()
    runs: set[tuple[str, str]] = set()
    for number, text in enumerate(lines, start=2):
        # Most rows are of single phases, and need not be taken apart.
        if b",total," not in text or not text.endswith(b"\n"):
            continue
        record = cells(text.decode(errors="replace"))
        if len(record) != len(places):
            raise Failure(
                BAD_RESULTS,
                f"{path} line {number} has {len(record)} cells, and its header {len(places)}: mend it, or choose "
                "another folder with --results.",
            )
        if record[places["phase"]] == "total":
            experiment = record[places["experiment"]]
            runs.add((experiment, record[places["timestamp_utc"]]))
            if counts(lambda name, record=record: record[places[name]]):
                found.add(experiment)
    return found, runs


class Results:
    """`<folder>/<config>.csv` and what lies beside it, locked while this lives."""

    def __init__(self, folder: pathlib.Path, config: str, header: str):
        """Opens the rows, whose first line is `header`, or begins them."""
        self.path = folder / f"{config}.csv"
        # What a person should know, as sentences.
        self.notes: list[str] = []
        self._header = header
        self._places = {name: place for place, name in enumerate(cells(header))}
        self._paths = {ending: folder / f"{config}.{ending}" for ending in (ROWS, *BESIDE)}
        self._files: dict[str, io.BufferedRandom] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock()
            self._begin(ROWS, header)
        except OSError as error:
            self.close()
            raise not_written(error, self.path) from None
        except Failure:
            self.close()
            raise
        self._note_cut(ROWS, lambda record: record[self._places["phase"]] == "total")

    def close(self) -> None:
        """Gives the lock back."""
        for file in self._files.values():
            file.close()

    def __enter__(self) -> "Results":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def measured(self, counts: Callable[[Cell], bool]) -> set[str]:
        """The experiments with a run that has ended and that `counts`, as `read_totals` has it.

        Cuts off what lies beside the rows of no run that has ended.
        """
        file = self._files[ROWS]
        file.seek(0)
        found, runs = read_totals(file, self.path, counts)
        for ending in BESIDE:
            if self._paths[ending].exists():
                names = cells(self._begin(ending, None))
                run = [names.index(name) for name in ("experiment", "timestamp_utc") if name in names]
                self._note_cut(ending, lambda record, run=run: tuple(record[place] for place in run) in runs)
        return found

    def add(self, block: Block) -> None:
        """Adds experiments that have ended, and waits until they are on the disk."""
        lengths: dict[str, int] = {}
        ending = ROWS
        try:
            for ending, (header, lines) in block.beside.items():
                self._begin(ending, header)
                lengths[ending] = self._length(ending)
                self._append(ending, lines)
            ending = ROWS
            lengths[ending] = self._length(ending)
            self._append(ending, block.rows)
        except BaseException as error:
            # Ctrl-C as well. Where even this fails, the next sweep cuts it off.
            for written, length in lengths.items():
                with contextlib.suppress(OSError):
                    self._files[written].truncate(length)
            if isinstance(error, OSError):
                raise not_written(error, self._paths[ending]) from None
            raise

    def _lock(self) -> None:
        file = open(self._paths[ROWS], "ab+", buffering=0)
        self._files[ROWS] = io.BufferedRandom(file)
        patience = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= patience:
                    raise Failure(
                        BAD_RESULTS,
                        f"another sweep or run is writing {self.path}: wait for it, or choose another folder with "
                        "--results; each shard needs its own.",
                    ) from None
                time.sleep(0.05)
            except OSError:
                # A file system without locks is no reason not to measure.
                return

    def _begin(self, ending: str, header: str | None) -> str:
        """Opens a file, and writes its header where it has none; without a `header`, whatever is there will do.

        Returns the header.
        """
        if ending not in self._files:
            self._files[ending] = open(self._paths[ending], "ab+")
        file = self._files[ending]
        file.seek(0)
        first = file.readline().decode(errors="replace")
        if header is None or first == header:
            return first
        if first.endswith("\n") or not header.startswith(first):
            raise Failure(
                BAD_RESULTS,
                f"{self._paths[ending]}: its columns are not this version's: set it aside, or choose another folder "
                "with --results.",
            )
        file.truncate(0)
        self._append(ending, header)
        # A file that was just made is on the disk when its folder is.
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return header

    def _append(self, ending: str, text: str) -> None:
        # Past the buffer, which would write again, when it is closed, what did not fit before.
        left = memoryview(text.encode())
        descriptor = self._files[ending].fileno()
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)

    def _length(self, ending: str) -> int:
        return os.fstat(self._files[ending].fileno()).st_size

    def _note_cut(self, ending: str, is_whole: Callable[[list[str]], bool]) -> None:
        cut = cut_tail(self._files[ending], is_whole)
        if cut:
            self.notes.append(
                f"{self._paths[ending]}: {cut} bytes of what had not ended are cut off, and it runs again"
            )


def not_written(error: OSError, path: pathlib.Path | str) -> Failure:
    """Why a file of the results could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Failure(
            DISK_FULL,
            f"cannot write {path}: {error.strerror}. What ended before is kept; free some space and run again.",
        )
    return Failure(NOT_WRITABLE, f"cannot write {path}: {error.strerror}. Choose another folder with --results.")
