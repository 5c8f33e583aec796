"""A roofline: how fast each phase computes for the bytes it moves, below what the device's ceilings allow."""

from collections.abc import Iterator

import numpy
import pandas

from . import style
from .contexts import contexts
from .failures import Absent
from .style import Plot
from .tables import Tables

NAME = "roofline"


def plots(tables: Tables) -> Iterator[Plot]:
    """One figure for each context whose device has ceilings."""
    rows, ceilings = tables.rows, tables.ceilings
    if rows.empty or not {"flops", "bytes"} <= set(rows.columns):
        raise Absent("it needs rows with the columns flops and bytes")
    timed = rows[(rows["status"] == "ok") & (rows["mode"] == "isolated") & rows["median_ns"].notna()]
    timed = timed[(timed["flops"] > 0) & (timed["bytes"] > 0)]
    if timed.empty:
        raise Absent("no single phase (`mode` isolated) has a time, operations and bytes")
    without = set()
    drawn = False
    for context, stem, group in contexts(timed):
        own = ceilings
        if not ceilings.empty:
            is_own = (ceilings["device"] == context.device) & ceilings["driver"].isin(set(group["driver"]))
            own = ceilings[is_own & (ceilings["status"] == "ok")]
        if own.empty:
            without.add(context.device)
            continue
        drawn = True
        yield Plot(f"{stem}.{NAME}", _figure(context, _each_once(group), own))
    if not drawn:
        raise Absent(f"there are no ceilings of {style.listed(sorted(without))}; `winoscope ceilings` measures them")


def _figure(context, rows: pandas.DataFrame, ceilings: pandas.DataFrame):
    # Operations per second, and per byte of device memory.
    points = rows.assign(
        rate=rows["flops"] / rows["median_ns"] * 1e9,
        rate_low=rows["flops"] / rows["ci_high_ns"] * 1e9,
        rate_high=rows["flops"] / rows["ci_low_ns"] * 1e9,
        intensity=rows["flops"] / rows["bytes"],
        rate_floor=rows["flops"] / rows["floor_ns"] * 1e9 if "floor_ns" in rows else numpy.nan,
    )
    left = points["intensity"].min() / 2
    has_floors = points["rate_floor"].notna().any()
    with style.drawing():
        figure, (axes,) = style.figure(
            "Roofline of the phases",
            style.subtitle(context, f"Lines are the device's measured ceilings{FLOORS if has_floors else '.'}"),
            4.6,
        )
        axes.set_xscale("log")
        axes.set_yscale("log")
        right, lines = _roofs(axes, ceilings, left, points)
        phases, variants = _points(axes, points)
        axes.set_xlim(left, right)
        axes.set_xlabel("operations per byte of device memory, as the plan counts them")
        axes.set_ylabel("operations per second, with the 95 % interval")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_major_formatter(lambda value, _: style.rate(value, "flop/s"))
        axes.grid(which="major")
        style.log_ticks(axes)
        figure.legend(handles=phases, loc="outside lower center", ncols=len(phases), columnspacing=1.2)
        if len(variants) > 1:
            axes.add_artist(axes.legend(handles=variants, loc="lower right"))
        axes.legend(handles=lines, loc="upper left")
    return figure


FLOORS = ";\na dash above a phase is what they allow it, an empty dispatch's time included (floor_ns)."


def _each_once(rows: pandas.DataFrame) -> pandas.DataFrame:
    """The rows without those of the same work in a shorter prefix."""
    order = rows["stop_after"].map(["", *style.PHASES].index)
    work = ["config", "variant", "phase", "flops", "bytes", "spirv_hash"]
    return rows.loc[order.sort_values(kind="stable").index].drop_duplicates(work, keep="last").sort_index()


def _roofs(axes, ceilings: pandas.DataFrame, left: float, points: pandas.DataFrame) -> tuple[float, list]:
    """Draws the ceilings and returns where the figure ends on the right, and what the legend says of bandwidths."""
    # The upper ends of their intervals, as for floor_ns: a ceiling should not be beaten by chance.
    ceilings = ceilings.assign(value=ceilings["ci_high"])
    bandwidths = ceilings[ceilings["ceiling"].isin(["copy_bandwidth", "read_bandwidth"])]
    largest = bandwidths[bandwidths["bytes"] == bandwidths["bytes"].max()]
    wanted = ["f32_fma"] if set(points["arithmetic"]) <= {"", "f32"} else ["f32_fma", "f16_fma", "matrix_f16_f32"]
    rates = ceilings[ceilings["ceiling"].isin(wanted)]
    slopes = {"device memory": largest["value"].max(), "the fastest cache": bandwidths["value"].max()}
    knee = rates["value"].max() / slopes["device memory"]
    right = max(points["intensity"].max() * 2, knee * 6)
    lines = []
    for (name, slope), dash in zip(slopes.items(), ("-", "--"), strict=True):
        end = min(right, rates["value"].max() / slope)
        axes.plot([left, end], [left * slope, end * slope], dash, color="black", label=name)
        lines.append(style.line(dash, f"{name}, {style.rate(slope, 'B/s')}"))
    for _, row in rates.iterrows():
        start = row["value"] / slopes["the fastest cache"]
        axes.plot([start, right], [row["value"]] * 2, color="black", label=row["ceiling"])
        text = f"{row['ceiling']}: {style.rate(row['value'], 'flop/s')}"
        axes.annotate(text, (right, row["value"]), (-2, 4), textcoords="offset points", size=7, ha="right")
    return right, lines


def _points(axes, points: pandas.DataFrame) -> tuple[list, list]:
    """Draws the phases and returns the legend: phases by their colours, and variants by their markers."""
    phases = [phase for phase in style.PHASES if (points["phase"] == phase).any()]
    variants = list(dict.fromkeys(points["variant"]))
    shapes = {variant: style.SERIES[index % len(style.SERIES)][1] for index, variant in enumerate(variants)}
    for (variant, phase), group in points.groupby(["variant", "phase"], sort=False):
        error = [group["rate"] - group["rate_low"], group["rate_high"] - group["rate"]]
        axes.errorbar(
            group["intensity"],
            group["rate"],
            yerr=error,
            fmt=shapes[variant],
            ms=5.5,
            mfc=style.PHASES[phase][0],
            mec="black",
            mew=0.6,
            ecolor="black",
            zorder=4,
            label=f"{variant}, {phase}",
        )
    floors = points[points["rate_floor"].notna()]
    axes.vlines(floors["intensity"], floors["rate"], floors["rate_floor"], color=style.GREY, linewidth=0.5, zorder=2)
    axes.plot(floors["intensity"], floors["rate_floor"], "_", color="black", ms=7, mew=1, zorder=3)
    known = [style.marker("s", style.PHASES[phase][0], phase) for phase in phases]
    return known, [style.marker(shapes[variant], "white", f"variant {variant}") for variant in variants]
