"""How the samples of each experiment lie about their median: a histogram a line."""

from collections.abc import Iterator

import numpy
import pandas

from . import style
from .contexts import contexts, labels
from .failures import Absent
from .style import Plot
from .tables import Tables

NAME = "distributions"

BINS = 60

# More lines than these are not read; those with the widest samples are shown.
MOST = 40

# What is farther from the median than this share of all samples is counted at the edges.
OUTER = 0.005

JOIN = ["config", "experiment", "phase", "mode", "timestamp_utc"]


def plots(tables: Tables) -> Iterator[Plot]:
    """One figure for each context: the samples of each experiment's total."""
    samples, rows = tables.samples, tables.rows
    if samples.empty:
        raise Absent("they need a file of samples, `<config>.samples.csv`")
    if rows.empty:
        raise Absent("they need the rows beside the samples, which name the device")
    whole = rows[(rows["phase"] == "total") & (rows["status"] == "ok") & rows["median_ns"].notna()]
    joined = samples[[*JOIN, "nanoseconds"]].merge(whole, on=JOIN)
    if joined.empty:
        raise Absent("no sample is of a total in the rows given, of the same run")
    for context, stem, group in contexts(joined):
        for mode, part in group.groupby("mode", sort=False):
            name = f"{stem}.{NAME}" if group["mode"].nunique() == 1 else f"{stem}.{NAME}.{mode}"
            yield Plot(name, _figure(context, part))


def _figure(context, samples: pandas.DataFrame):
    samples = samples.assign(percent=(samples["nanoseconds"] / samples["median_ns"] - 1) * 100)
    names = labels(samples)
    groups = [(names[key], part) for key, part in samples.groupby(["config", "experiment"], sort=False)]
    said = ""
    if len(groups) > MOST:
        said = f"The {MOST} of {len(groups)} experiments whose samples are spread most are shown."
        groups = sorted(groups, key=lambda group: -group[1]["percent"].std())[:MOST]
    groups.sort(key=lambda group: group[1]["median_ns"].iloc[0])
    shown = pandas.concat([part for _, part in groups])
    low, high = numpy.quantile(shown["percent"], [OUTER, 1 - OUTER])
    half = max(-low, high, 0.01) * 1.05
    edges = numpy.linspace(-half, half, BINS + 1)
    beyond = int((shown["percent"].abs() > half).sum())
    edge = f"{beyond} of {len(shown)} samples are beyond the edges and are counted there." if beyond else ""
    with style.drawing():
        figure, (axes,) = style.figure(
            "Samples about their median",
            style.subtitle(
                context, "Histograms, each to its own height; thick: the median's 95 % interval.", edge, said
            ),
            1.6 + 0.3 * len(groups),
        )
        for place, (label, part) in enumerate(groups):
            counts, _ = numpy.histogram(part["percent"].clip(-half, half), edges)
            base = len(groups) - 1 - place
            axes.stairs(
                base + counts / counts.max() * 0.82,
                edges,
                baseline=base,
                fill=True,
                fc=style.SKY,
                ec=style.BLUE,
                lw=0.6,
                label=label,
            )
            row = part.iloc[0]
            bounds = [(row[name] / row["median_ns"] - 1) * 100 for name in ("ci_low_ns", "ci_high_ns")]
            axes.plot(bounds, [base, base], color=style.VERMILLION, linewidth=3, solid_capstyle="butt", zorder=4)
            text = f"{len(part)} × {style.nanoseconds(row['median_ns'])}"
            axes.annotate(
                text,
                (1, base + 0.35),
                (4, 0),
                ("axes fraction", "data"),
                "offset points",
                va="center",
                size=7,
                annotation_clip=False,
            )
        axes.axvline(0, color="black", linewidth=0.6, zorder=3)
        axes.set_yticks([len(groups) - 1 - place + 0.3 for place in range(len(groups))], [label for label, _ in groups])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(-0.15, len(groups))
        axes.set_xlim(-half, half)
        axes.set_xlabel("sample against the median, in %")
        axes.grid(axis="x")
    return figure
