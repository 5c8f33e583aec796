"""Stacked times of the phases of each experiment, and the time of all phases in one recording."""

from collections.abc import Iterator

import pandas
from matplotlib.axes import Axes

from . import style
from .contexts import contexts, labels
from .failures import Absent
from .style import Plot
from .tables import Tables

NAME = "phases"

# More bars than these are not read; the fastest are shown.
MOST = 48

# What is shorter than this share of the longest bar is drawn once more on an axis of its own.
SMALL = 1 / 5


def plots(tables: Tables) -> Iterator[Plot]:
    """One figure for each context: a bar for each experiment, grouped by the prefix that it ends with."""
    rows = tables.rows
    if rows.empty or not (rows["mode"] == "isolated").any():
        raise Absent("they need rows of single phases (`mode` isolated) with times")
    drawn = False
    for context, stem, group in contexts(rows[rows["mode"] != "host_lazy"]):
        bars = _bars(group)
        if not any(bar.phases for bar in bars):
            continue
        drawn = True
        yield Plot(f"{stem}.{NAME}", _figure(context, bars))
    if not drawn:
        raise Absent("no experiment has a time")


class Bar:
    """One experiment: its phases that have times, in order, and its total."""

    def __init__(self, label: str, rows: pandas.DataFrame):
        self.prefix = rows.iloc[0]["stop_after"]
        self.label = label
        bad = rows[rows["status"] != "ok"]
        self.status = "ok" if bad.empty else bad.iloc[0]["status"]
        timed = rows[(rows["status"] == "ok") & rows["median_ns"].notna()] if bad.empty else rows.iloc[:0]
        isolated = timed[timed["mode"] == "isolated"].set_index("phase")
        self.phases = [(phase, isolated.loc[phase]) for phase in style.PHASES if phase in isolated.index]
        total = timed[(timed["mode"] == "pipelined") & (timed["phase"] == "total")]
        self.total = None if total.empty else total.iloc[0]
        self.sum = sum(row["median_ns"] for _, row in self.phases)

    @property
    def names(self) -> list[str]:
        """The phases that have times."""
        return [phase for phase, _ in self.phases]

    def start_and_row(self, phase: str) -> tuple[float, pandas.Series]:
        """Where a phase begins in the stack, and its row."""
        index = self.names.index(phase)
        return sum(row["median_ns"] for _, row in self.phases[:index]), self.phases[index][1]

    @property
    def time(self) -> float | None:
        """How far it is drawn, intervals included, or nothing where it has no times."""
        above = self.phases[-1][1]["ci_high_ns"] - self.phases[-1][1]["median_ns"] if self.phases else 0.0
        return max(self.sum + above, 0.0 if self.total is None else self.total["ci_high_ns"]) or None


def _bars(group: pandas.DataFrame) -> list[Bar]:
    # The prefix is told by the heading that an experiment stands under.
    suffixes = "/stop_after=" + group["stop_after"]
    names = [name.replace(suffix, "") for name, suffix in zip(group["experiment"], suffixes, strict=True)]
    short = labels(group.assign(experiment=names))
    groups = group.assign(name=names).groupby(["config", "experiment"], sort=False)
    bars = [Bar(short[config, rows.iloc[0]["name"]], rows) for (config, _), rows in groups]
    prefixes = ["", *style.PHASES]
    bars.sort(key=lambda bar: (prefixes.index(bar.prefix), bar.time or float("inf"), bar.label))
    return bars


def _figure(context, bars: list[Bar]):
    said = ""
    if len(bars) > MOST:
        fastest = sorted((bar for bar in bars if bar.time), key=lambda bar: bar.time)[:MOST]
        said = f"The fastest {len(fastest)} of {len(bars)} experiments are shown."
        bars = [bar for bar in bars if bar in fastest]
    times = [bar.time for bar in bars if bar.time]
    small = [time for time in times if time <= max(times) * SMALL]
    is_split = len(small) >= 2
    prefixes = list(dict.fromkeys(bar.prefix for bar in bars))
    places, place = {}, 0.0
    for prefix in prefixes:
        place += 1.0 if prefix else 0.0
        for bar in bars:
            if bar.prefix == prefix:
                places[bar] = place
                place += 1
    height = 1.35 + 0.165 * place
    with style.drawing():
        figure, axes = style.figure(
            "Time of each phase, and of all in one recording",
            style.subtitle(context, said),
            height,
            ncols=1 + is_split,
            sharey=True,
        )
        limits = [max(times) * (1.24 if is_split else 1.16)] + [max(small) * 1.3 for _ in range(is_split)]
        for panel, limit in zip(axes, limits, strict=True):
            _panel(panel, places, limit)
        if is_split:
            axes[0].set_title("all", loc="left", color="#444444")
            axes[1].set_title("the short ones (▸ runs on)", loc="left", color="#444444")
        axes[0].set_yticks(list(places.values()), [bar.label for bar in places])
        axes[0].set_ylim(place - 0.2, -1.0 if prefixes[0] else -0.7)
        for prefix in filter(None, prefixes):
            top = min(place for bar, place in places.items() if bar.prefix == prefix)
            axes[0].annotate(
                f"up to {prefix}",
                (0, top - 0.85),
                (-3.5, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                va="center",
                weight="bold",
            )
        _legend(figure, bars)
    return figure


def _panel(axes: Axes, places: dict[Bar, float], limit: float) -> None:
    ends = []
    for phase, (colour, hatch) in style.PHASES.items():
        parts = [(place, *bar.start_and_row(phase)) for bar, place in places.items() if phase in bar.names]
        if not parts:
            continue
        heights, starts, rows = zip(*parts, strict=True)
        lengths = [row["median_ns"] for row in rows]
        axes.barh(heights, lengths, 0.74, starts, color=colour, hatch=hatch, ec="black", lw=0.4, label=phase)
        ends += [(start + row["median_ns"], place, row) for place, start, row in parts]
    style.intervals(axes, [end for end in ends if end[0] < limit], capsize=1.5, elinewidth=0.7)
    totals = [(bar.total["median_ns"], place, bar.total) for bar, place in places.items() if bar.total is not None]
    totals = [total for total in totals if total[0] < limit]
    style.intervals(axes, totals, fmt="D", ms=3.4, mfc="white", mec="black", mew=0.8, zorder=5)
    for bar, place in places.items():
        if bar.time is None:
            axes.text(limit * 0.01, place, f"no time: {bar.status}", va="center", style="italic", size=7)
            continue
        text = style.nanoseconds(bar.sum if bar.total is None else bar.total["median_ns"])
        if bar.time < limit * 0.96:
            axes.text(bar.time + limit * 0.018, place, text, va="center", size=7)
        else:
            axes.text(limit, place, f"▸ {text}", va="center", size=7, clip_on=False)
    axes.set_xlim(0, limit)
    axes.set_xlabel("median, with its 95 % interval")
    style.times(axes.xaxis)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)


def _legend(figure, bars: list[Bar]) -> None:
    used = {phase for bar in bars for phase, _ in bar.phases}
    handles = [style.patch(colour, hatch, phase) for phase, (colour, hatch) in style.PHASES.items() if phase in used]
    handles.append(style.marker("D", "white", "all in one recording"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), columnspacing=1.2)
