"""How every figure looks: colours that the colour-blind tell apart, hatches for print, titles, the same each time."""

import io
import pathlib
from collections.abc import Iterable
from dataclasses import dataclass

import matplotlib

matplotlib.use("agg")
from matplotlib import pyplot, ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .contexts import Context
from .lean import lean

# The palette of Okabe and Ito (2008).
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE = (
    *("#000000", "#E69F00", "#56B4E9", "#009E73"),
    *("#F0E442", "#0072B2", "#D55E00", "#CC79A7"),
)
GREY, PALE = "#777777", "#DDDDDD"

# Colour and hatch of each phase, in the order of computation.
PHASES = {
    "direct": (GREY, ""),
    "xhat": (SKY, ""),
    "ghat": (ORANGE, "///"),
    "mhat": (BLUE, ""),
    "output": (YELLOW, "|||"),
    "consume": (PURPLE, "\\\\\\"),
}

# Colours and markers of what has no colour of its own, told apart by the marker alone in print.
SERIES = list(zip((BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY), "osD^vPX*", strict=True))
HATCHES = ("", "///", "|||", "\\\\\\", "xxx", "++", "---")

# Inches: the width of a page's text.
WIDTH = 7.2

SETTINGS = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "hatch.linewidth": 0.5,
    "errorbar.capsize": 2,
    "lines.linewidth": 1,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    # Text stays text, so that it can be searched; identifiers that are the same each time.
    "svg.fonttype": "none",
    "svg.hashsalt": "winoscope",
}


@dataclass(frozen=True)
class Plot:
    """A figure and its files' name, without an ending."""

    name: str
    figure: Figure

    def save(self, folder: pathlib.Path) -> list[pathlib.Path]:
        """Writes SVG and PNG, the same bytes for the same content."""
        files = [folder / f"{self.name}.{ending}" for ending in ("svg", "png")]
        with matplotlib.rc_context(SETTINGS):
            text = io.StringIO()
            self.figure.savefig(text, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
            files[0].write_text(lean(text.getvalue()), encoding="utf-8")
            self.figure.savefig(files[1], metadata={"Software": None})
        pyplot.close(self.figure)
        return files


def figure(title: str, subtitle: str, height: float, **panels) -> tuple[Figure, list[Axes]]:
    """A figure of `height` inches with its title and where its content comes from, and its panels, row by row."""
    with matplotlib.rc_context(SETTINGS):
        drawn, axes = pyplot.subplots(figsize=(WIDTH, height), layout="constrained", squeeze=False, **panels)
        lines = 2 + subtitle.count("\n")
        room = 0.15 * lines + 0.12
        drawn.get_layout_engine().set(rect=(0.005, 0.005, 0.99, 0.99 - room / height))
        drawn.text(0.012, 1 - 0.08 / height, title, va="top", size=10, weight="bold")
        drawn.text(0.012, 1 - 0.28 / height, subtitle, va="top", size=7.5, color="#444444", linespacing=1.25)
    return drawn, list(axes.flat)


def drawing():
    """The settings under which everything is drawn, as a context manager."""
    return matplotlib.rc_context(SETTINGS)


def subtitle(context: Context, *more: str) -> str:
    """Where a figure's content comes from, and what a reader must know besides, a line each."""
    return "\n".join([context.subtitle, *filter(None, more)])


def times(axis) -> None:
    """Few ticks, in one unit, of a linear axis of nanoseconds."""

    def text(value: float, _) -> str:
        unit, scale = _unit(axis.get_view_interval()[1])
        return f"{value / scale:g} {unit}" if value else "0"

    axis.set_major_formatter(text)
    axis.set_major_locator(ticker.MaxNLocator(4, steps=[1, 2, 5, 10]))


def intervals(
    axes: Axes, points: list[tuple], low: str = "ci_low_ns", mid: str = "median_ns", high: str = "ci_high_ns", **how
) -> None:
    """Error bars along x, each of a place and the row whose interval it shows around `mid`."""
    if not points:
        return
    x, y, rows = zip(*points, strict=True)
    error = [[row[mid] - row[low] for row in rows], [row[high] - row[mid] for row in rows]]
    axes.errorbar(x, y, xerr=error, **{"fmt": "none", "ecolor": "black"} | how)


def _unit(nanoseconds: float) -> tuple[str, float]:
    """The unit that suits a time, and its nanoseconds."""
    units = (("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9))
    return next((unit for unit in reversed(units) if nanoseconds >= 0.9995 * unit[1]), units[0])


def nanoseconds(value: float) -> str:
    """A time in the unit that suits it, to three digits: `12.3 µs`."""
    unit, scale = _unit(value)
    return f"{digits(value / scale)} {unit}"


def round_time(value: float) -> str:
    """A round time, as of a tick: `20 µs`."""
    unit, scale = _unit(value)
    return f"{value / scale:g} {unit}"


def power(value: float, decimals: int) -> str:
    """A small number as the CSV and the tables have it: `4.1e-7`."""
    mantissa, _, exponent = f"{value:.{decimals}e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def digits(value: float, count: int = 3) -> str:
    """A value to a few significant digits, without an exponent: `0.0123`, `12.3`, `123`."""
    if value == 0:
        return "0"
    exponent = int(f"{value:.{count - 1}e}".partition("e")[2])
    return f"{value:.{max(0, count - 1 - exponent)}f}"


def listed(items: Iterable[str]) -> str:
    """`a, b and c`."""
    items = list(items)
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + f" and {items[-1]}"


def patch(colour: str, hatch: str, label: str) -> Patch:
    """A legend's example of a bar."""
    return Patch(facecolor=colour, hatch=hatch, edgecolor="black", linewidth=0.4, label=label)


def marker(shape: str, colour: str, label: str, fill: str = "full") -> Line2D:
    """A legend's example of a marker."""
    return Line2D([], [], marker=shape, color="none", ms=5, label=label, **look(colour, fill))


def look(colour: str, fill: str) -> dict[str, object]:
    """How a marker is filled and edged; an open one has its colour in its edge."""
    return {"fillstyle": fill, "mfc": colour, "mec": colour if fill == "none" else "black", "mew": 0.9}


def ratio(value: float) -> str:
    """A ratio to three digits, and to four near 1: `2.14×`, `1.028×`."""
    return f"{digits(value, 4 if 0.99 <= value < 1.1 else 3)}×"


def rate(per_second: float, unit: str) -> str:
    """A rate with its prefix: `62.7 Tflop/s`."""
    prefixes = (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1.0))
    prefix, scale = next((one for one in prefixes if per_second >= 0.9995 * one[1]), prefixes[-1])
    return f"{float(digits(per_second / scale)):g} {prefix}{unit}"


def line(dash: str, label: str) -> Line2D:
    """A legend's example of a line."""
    return Line2D([], [], linestyle=dash, color="black", label=label)


def log_ratios(axis) -> None:
    """Ticks of a logarithmic axis of ratios that spans a decade or so: 1, 2, 5 and halves between."""
    axis.set_major_locator(ticker.LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
    axis.set_minor_locator(ticker.NullLocator())
    axis.set_major_formatter(lambda value, _: f"{value:g}×")


def log_ticks(axes: Axes) -> None:
    """Ticks on two logarithmic axes that have some even where they span less than a decade."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = axis.get_view_interval()
        few = (1.0,) if high / low > 300 else (1.0, 2.0, 5.0)
        axis.set_major_locator(ticker.LogLocator(subs=few if high / low > 4 else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)))
        axis.set_minor_locator(ticker.NullLocator())
