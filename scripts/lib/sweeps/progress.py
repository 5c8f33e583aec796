"""Progress on stderr: a line for each experiment that ends."""

import contextlib
import sys
import time

from .attempt import Measured

# What must be the same for two totals to be of the same work.
WORK = (
    "batch",
    "in_channels",
    "out_channels",
    "height",
    "width",
    "padding",
    "dtype",
    "stop_after",
    "consume",
    "mode",
    "cache",
)


class Progress:
    """Counts what ends, and says how much is left."""

    def __init__(self, done: int, total: int):
        """`done` of `total` experiments are in the results already."""
        self._ended = done
        self._total = total
        self._here = 0
        self._began = time.monotonic()
        self._best: dict[tuple[str, ...], tuple[float, str]] = {}
        # How many ended with each status.
        self.statuses: dict[str, int] = {}

    def ended(self, measured: Measured, where: str) -> None:
        """An experiment has ended on a device."""
        self._ended += 1
        self._here += 1
        total = measured.total
        status = total["status"]
        self.statuses[status] = self.statuses.get(status, 0) + 1
        how = _time(float(total["median_ns"])) if total["median_ns"] else f"{status}: {total['reason']}"
        parts = [f"[{self._ended}/{self._total}] {measured.experiment}  {how}", where]
        best = self._best_of_same_work(measured)
        if best:
            parts.append(f"best {_time(best[0])} {best[1]}")
        bad = sum(count for status, count in self.statuses.items() if status != "ok")
        if bad:
            parts.append(f"not ok {bad}")
        left = self._total - self._ended
        if left:
            parts.append(f"left {_duration((time.monotonic() - self._began) / self._here * left)}")
        say("  ".join(part for part in parts if part))

    def _best_of_same_work(self, measured: Measured) -> tuple[float, str] | None:
        total = measured.total
        # The baseline has no phases to stop after: it does the whole work.
        work = tuple(
            "output" if name == "stop_after" and not total[name] else total[name] for name in WORK if name != "consume"
        )
        work += (total["consume"] or "none",)
        if total["median_ns"]:
            found = (float(total["median_ns"]), measured.experiment)
            self._best[work] = min(found, self._best.get(work, found))
        return self._best.get(work)


def say(text: str) -> None:
    """Tells a person; nobody may be listening, which stops no sweep."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _time(nanoseconds: float) -> str:
    for unit, scale in (("ns", 1), ("µs", 1e3), ("ms", 1e6)):
        if nanoseconds < 1000 * scale:
            return f"{nanoseconds / scale:.3g} {unit}"
    return f"{nanoseconds / 1e9:.3g} s"


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes >= 60
        else f"{minutes} min"
        if minutes
        else f"{round(seconds)} s"
    )
