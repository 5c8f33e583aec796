"""How far each way of computing is from f64, against the time that it takes."""

from collections.abc import Iterator

import pandas

from . import style
from .contexts import contexts
from .failures import Absent
from .style import Plot
from .tables import Tables

NAME = "accuracy"

# More points than these have no name of their own.
MOST_NAMED = 24


def plots(tables: Tables) -> Iterator[Plot]:
    """One figure for each context in which whole convolutions were computed in at least two ways."""
    rows = tables.rows
    if rows.empty or "rel_error" not in rows:
        raise Absent("it needs rows with the column rel_error")
    whole = rows[(rows["phase"] == "total") & (rows["mode"] == "pipelined") & rows["stop_after"].isin(["", "output"])]
    timed = whole[(whole["status"] == "ok") & (whole["median_ns"] > 0) & (whole["rel_error"] > 0)]
    timed = timed.assign(way=[_way(row) for _, row in timed.iterrows()])
    drawn = False
    for context, stem, group in contexts(timed):
        if group["way"].nunique() < 2:
            continue
        drawn = True
        yield Plot(f"{stem}.{NAME}", _figure(context, group))
    if not drawn:
        raise Absent(
            "no problem was computed whole in two ways (direct, tiles, points, arithmetic) with times and errors"
        )


def _way(row: pandas.Series) -> str:
    """What decides the error: `F(4×4), integer` or the baseline, and the arithmetic where it is not f32."""
    arithmetic = "" if row["arithmetic"] in ("", "f32") else f", {row['arithmetic']}"
    if row["algorithm"] != "winograd":
        return f"{row['algorithm']}{arithmetic}"
    return f"F({row['tile']:g}×{row['tile']:g}), {row['points']}{arithmetic}"


def _figure(context, rows: pandas.DataFrame):
    ways = sorted(set(rows["way"]))
    with style.drawing():
        figure, (axes,) = style.figure(
            "Error against time",
            style.subtitle(
                context, "Times with 95 % intervals. Errors are of one random input each and have no interval."
            ),
            3.9,
        )
        axes.set_xscale("log")
        axes.set_yscale("log")
        handles = []
        for index, way in enumerate(ways):
            own = rows[rows["way"] == way]
            colour, shape = style.SERIES[index % len(style.SERIES)]
            points = [(row["median_ns"], row["rel_error"], row) for _, row in own.iterrows()]
            style.intervals(axes, points, fmt=shape, ms=6, mfc=colour, mec="black", mew=0.6, elinewidth=0.8, label=way)
            handles.append(style.marker(shape, colour, way))
            if len(rows) <= MOST_NAMED:
                for time, error, _ in points:
                    text = f"{style.nanoseconds(time)}, {style.power(error, 1)}"
                    axes.annotate(text, (time, error), (6, 4), textcoords="offset points", size=6.5)
        axes.margins(x=0.16, y=0.12)
        axes.set_xlabel("time of all phases in one recording")
        axes.set_ylabel("relative error of y against f64 (rel_error)")
        style.log_ticks(axes)
        axes.xaxis.set_major_formatter(lambda value, _: style.round_time(value))
        axes.yaxis.set_major_formatter(lambda value, _: style.power(value, 0))
        axes.grid(which="major")
        figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure
