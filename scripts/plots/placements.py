"""A heat map of slowdowns over the placements of the three intermediates."""

from collections.abc import Iterator

import numpy
import pandas
from matplotlib import colors

from . import style
from .contexts import contexts, plain
from .failures import Absent
from .style import Plot
from .tables import Tables

NAME = "placements"

PLACEMENTS = ("global", "shared", "register", "inline")
BUFFERS = ("xhat_placement", "ghat_placement", "mhat_placement")

# What must be equal for times to differ by their placements; where it is not, there are several maps.
ELSE_EQUAL = (
    "tile",
    "points",
    "evaluation",
    "coefficients",
    "mapping",
    "arithmetic",
    "grid",
    "barriers",
    "filter_reuse",
)

# A map of fewer cells tells nothing that a table does not.
FEWEST = 4


def plots(tables: Tables) -> Iterator[Plot]:
    """One figure for each context and each way of computing that was measured in several placements."""
    rows = tables.rows
    if rows.empty or not set(BUFFERS) <= set(rows.columns):
        raise Absent("it needs rows with the columns of placements")
    whole = rows[(rows["phase"] == "total") & (rows["mode"] == "pipelined") & (rows["stop_after"] == "output")]
    whole = whole[whole[list(BUFFERS)].isin(PLACEMENTS).all(axis=1)]
    drawn = False
    for context, stem, group in contexts(whole):
        keys = [name for name in ELSE_EQUAL if name in group.columns]
        maps = [(key, part) for key, part in group.groupby(keys, sort=False, dropna=False) if _is_map(part)]
        varying = [index for index in range(len(keys)) if len({str(key[index]) for key, _ in maps}) > 1]
        for key, part in maps:
            drawn = True
            said = ", ".join(f"{keys[index]} {key[index]}" for index in varying)
            name = ".".join([stem, NAME, *(plain(str(key[index])) for index in varying)])
            yield Plot(name, _figure(context, said, part))
    if not drawn:
        raise Absent(f"no experiment was measured in {FEWEST} placements or more, all else equal")


def _is_map(part: pandas.DataFrame) -> bool:
    timed = part[(part["status"] == "ok") & part["median_ns"].notna()]
    return len(timed.drop_duplicates(list(BUFFERS))) >= FEWEST


def _figure(context, said: str, rows: pandas.DataFrame):
    timed = rows[(rows["status"] == "ok") & rows["median_ns"].notna()].sort_values("median_ns")
    fastest = timed.drop_duplicates(list(BUFFERS))
    several = "" if len(fastest) == len(timed) else "Of several experiments with one placement the fastest is shown."
    times = {tuple(row[list(BUFFERS)]): row for _, row in fastest.iterrows()}
    status = {tuple(row[list(BUFFERS)]): row["status"] for _, row in rows.iterrows()}
    reference = ("global",) * 3 if ("global",) * 3 in times else next(iter(times))
    base = times[reference]
    axes_of = [[value for value in PLACEMENTS if any(key[index] == value for key in status)] for index in range(3)]
    xhat, ghat, mhat = axes_of
    ratios = {key: row["median_ns"] / base["median_ns"] for key, row in times.items()}
    reach = max(2.0, *ratios.values(), *(1 / ratio for ratio in ratios.values()))
    norm = colors.LogNorm(1 / reach, reach)
    columns = min(2, len(mhat))
    lines = -(-len(mhat) // columns)
    with style.drawing():
        title = (
            f"Slowdown against {'every buffer in device memory' if len(set(reference)) == 1 else '/'.join(reference)}"
        )
        where = (
            f"1× is {style.nanoseconds(base['median_ns'])} (XHAT, GHAT and MHAT {' '.join(dict.fromkeys(reference))})"
        )
        figure, panels = style.figure(
            title,
            style.subtitle(
                context, f"{where}{'; ' if said else ''}{said}; below each ratio, half its 95 % interval.", several
            ),
            1.45 + lines * (0.42 + 0.4 * len(xhat)),
            nrows=lines,
            ncols=columns,
            sharey=True,
        )
        for panel, place in zip(panels, mhat, strict=False):
            cells = numpy.full((len(xhat), len(ghat)), numpy.nan)
            for y, x_place in enumerate(xhat):
                for x, g_place in enumerate(ghat):
                    key = (x_place, g_place, place)
                    cells[y, x] = ratios.get(key, numpy.nan)
                    _label(panel, x, y, times.get(key), base, status.get(key, "–"), norm)
            image = panel.pcolormesh(cells, cmap="PuOr_r", norm=norm, edgecolors="white", linewidth=1.5)
            panel.set_title(f"MHAT {place}", weight="bold")
            panel.set_xticks(numpy.arange(len(ghat)) + 0.5, ghat)
            panel.set_yticks(numpy.arange(len(xhat)) + 0.5, xhat)
            panel.set_ylim(len(xhat), 0)
            panel.tick_params(length=0)
            panel.spines[:].set_visible(False)
            panel.set_xlabel("GHAT")
        for panel in panels[::columns]:
            panel.set_ylabel("XHAT")
        for panel in panels[len(mhat) :]:
            panel.set_visible(False)
        bar = figure.colorbar(image, ax=panels, shrink=0.8, aspect=30, pad=0.02)
        low, high = min(1.0, *ratios.values()), max(1.0, *ratios.values())
        ticks = [tick for tick in _ticks(reach) if low <= tick <= high]
        bar.set_ticks(ticks, labels=[f"{tick:g}×" for tick in ticks])
        bar.ax.set_ylim(low, high)
        bar.ax.minorticks_off()
        bar.outline.set_visible(False)
    return figure


def _ticks(reach: float) -> list[float]:
    """A few round ratios on either side of 1."""
    steps = [step for step in (2, 5, 10, 20, 50, 100, 200, 500, 1000) if step <= reach]
    above = steps[:: max(1, len(steps) // 3)]
    return [1 / step for step in reversed(above)] + [1] + above


def _label(panel, x: int, y: int, row, base, status: str, norm) -> None:
    if row is None:
        panel.text(x + 0.5, y + 0.5, status, ha="center", va="center", size=7, color=style.GREY)
        return
    ratio = row["median_ns"] / base["median_ns"]
    # The ratio's interval from opposite bounds: wide rather than wrong.
    low, high = row["ci_low_ns"] / base["ci_high_ns"], row["ci_high_ns"] / base["ci_low_ns"]
    half = (high - low) / 2 / ratio * 100
    colour = "white" if abs(norm(ratio) - 0.5) > 0.33 else "black"
    panel.text(x + 0.5, y + 0.42, f"{style.digits(ratio)}×", ha="center", va="center", size=8, color=colour)
    said = "" if row is base else f"± {half:.1f} %" if half >= 0.05 else "± < 0.1 %"
    panel.text(x + 0.5, y + 0.76, said, ha="center", va="center", size=5.5, color=colour)
