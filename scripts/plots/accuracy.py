"""How far each way of computing is from f64, against the time that it takes."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas

from . import style
from .contexts import contexts
from .failures import Absent
from .style import Plot
from .tables import Tables

NAME = "accuracy"

# Of more rows than these the values are not written beside their markers.
MOST_NAMED = 8

# Sets of points in the order of their faces; any other comes after these.
POINTS = ("", "integer", "balanced", "sqrt2")

# Fill and size of a marker. The later are the smaller and are drawn on top, so that markers of one place show all.
FACES = (("full", 8.0), ("left", 6.5), ("none", 5.0), ("bottom", 4.0))


@dataclass(frozen=True, order=True)
class Way:
    """What decides the error."""

    # `F(4×4)` or the baseline, and the arithmetic where it is not f32: colour and shape of a marker.
    algorithm: str
    # The set of interpolation points, or nothing: the face of a marker.
    points: str

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.algorithm, self.points)))


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


def _way(row: pandas.Series) -> Way:
    is_winograd = row["algorithm"] == "winograd"
    algorithm = f"F({row['tile']:g}×{row['tile']:g})" if is_winograd else row["algorithm"]
    arithmetic = "" if row["arithmetic"] in ("", "f32") else f", {row['arithmetic']}"
    return Way(algorithm + arithmetic, row["points"] if is_winograd else "")


def _figure(context, rows: pandas.DataFrame):
    algorithms = sorted({way.algorithm for way in rows["way"]})
    points = sorted({way.points for way in rows["way"]}, key=lambda name: (*(name != one for one in POINTS), name))
    # What has no points looks like the first that has.
    named = [name for name in points if name]
    looks = {name: style.SERIES[index % len(style.SERIES)] for index, name in enumerate(algorithms)}
    faces = {"": FACES[0]} | {name: FACES[index % len(FACES)] for index, name in enumerate(named)}
    said = "The shape of a marker tells the tile, its face the points." if len(named) > 1 else ""
    with style.drawing():
        figure, (axes,) = style.figure(
            "Error against time",
            style.subtitle(
                context, "Times with 95 % intervals. Errors are of one random input each and have no interval.", said
            ),
            4.6,
        )
        axes.set_xscale("log")
        axes.set_yscale("log")
        for way in sorted(set(rows["way"]), key=lambda way: (points.index(way.points), way)):
            (colour, shape), (fill, size) = looks[way.algorithm], faces[way.points]
            places = [(row["median_ns"], row["rel_error"], row) for _, row in rows[rows["way"] == way].iterrows()]
            look = style.look(colour, fill) | {"fmt": shape, "ms": size}
            style.intervals(axes, places, ecolor=style.GREY, elinewidth=0.7, label=str(way), **look)
            if len(rows) <= MOST_NAMED:
                for time, error, _ in places:
                    text = f"{style.nanoseconds(time)}, {style.power(error, 1)}"
                    axes.annotate(text, (time, error), (6, 4), textcoords="offset points", size=6.5)
        axes.margins(x=0.16, y=0.12)
        axes.set_xlabel("time of all phases in one recording")
        axes.set_ylabel("relative error of y (rel_error)")
        style.log_ticks(axes)
        axes.xaxis.set_major_formatter(lambda value, _: style.round_time(value))
        axes.yaxis.set_major_formatter(lambda value, _: style.power(value, 0))
        axes.grid(which="major")
        handles = [style.marker(shape, colour, name) for name, (colour, shape) in looks.items()]
        handles += [style.marker("h", style.GREY, name, faces[name][0]) for name in named]
        figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 9), columnspacing=1.2)
    return figure
