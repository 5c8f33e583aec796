"""When sampling stops, and what a set of samples says: `winoscope run` does both alike."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from problems import Settings

# z of a 95 % two-sided interval of the normal distribution.
Z95 = 1.959963984540054

# The fewest samples whose range covers the median with 95 %: 1 - 2·½⁶ = 97 %.
MIN_FOR_INTERVAL = 6


@dataclass(frozen=True)
class Summary:
    """A summary of samples, in their unit."""

    samples: int
    median: float
    ci_low: float
    ci_high: float
    minimum: float
    p95: float

    @property
    def rel_ci(self) -> float:
        """Half the interval's width over the median: ± this share."""
        return (self.ci_high - self.ci_low) / 2 / self.median if self.median > 0 else math.inf


def summary(samples: list[float]) -> Summary | None:
    """Sums up samples, or `None` below six of them, where no 95 % interval exists.

    The interval is the one of `winoscope run`: between two order statistics whose ranks follow from the binomial
    distribution, in its normal approximation, rounded outwards.
    """
    n = len(samples)
    if n < MIN_FOR_INTERVAL:
        return None
    ordered = sorted(samples)
    spread = Z95 * math.sqrt(n) / 2
    low = max(math.floor(n / 2 - spread), 1)
    high = min(math.ceil(n / 2 + 1 + spread), n)
    return Summary(
        samples=n,
        median=(ordered[(n - 1) // 2] + ordered[n // 2]) / 2,
        ci_low=ordered[low - 1],
        ci_high=ordered[high - 1],
        minimum=ordered[0],
        p95=ordered[-(-n * 95 // 100) - 1],
    )


def sample(once: Callable[[], float], settings: Settings, least: int) -> list[float]:
    """Nanoseconds that `once` returns, after it was called until its times stopped falling: at least `least`, then
    until the median's interval is as narrow as wanted or the time is up."""
    best, since = math.inf, time.monotonic()
    while time.monotonic() - since < settings.warmup_seconds:
        if (taken := once()) < 0.98 * best:
            best, since = taken, time.monotonic()
    samples: list[float] = []
    end = time.monotonic() + settings.max_seconds
    while True:
        samples.append(once())
        if len(samples) < least:
            continue
        summed = summary(samples)
        if time.monotonic() >= end or (summed and summed.rel_ci <= settings.target_rel_ci):
            return samples
