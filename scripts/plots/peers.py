"""The speed of our fastest variant and of each peer, shape by shape, in units of one peer's."""

import math
from collections.abc import Iterator

import pandas

from . import style
from .contexts import dates, plain, provenance
from .failures import Absent
from .style import Plot
from .tables import PROBLEM, Tables

NAME = "peers"

# The peer whose speed is 1 where it is there; else the first by name.
UNIT = "cudnn_fp32"
OURS = "winoscope"


def plots(tables: Tables) -> Iterator[Plot]:
    """One figure for each device on which a peer and we have times of the same problem."""
    rows = tables.rows
    if rows.empty or "git_commit" not in rows:
        raise Absent("it needs rows of `winoscope run` and of a peer of scripts/peers")
    whole = rows[(rows["phase"] == "total") & (rows["mode"] == "pipelined") & rows["stop_after"].isin(["", "output"])]
    timed = whole[(whole["status"] == "ok") & (whole["median_ns"] > 0)]
    # Winoscope's rows alone name the commit that they are from.
    timed = timed.assign(who=timed["variant"].where(timed["git_commit"] == "", OURS))
    if timed["who"].nunique() < 2 or OURS not in set(timed["who"]):
        raise Absent("it needs times of `winoscope run` and of a peer of scripts/peers, of whole convolutions")
    drawn = False
    for device, group in timed.groupby("device", sort=False):
        shapes = _shapes(group)
        if shapes.empty:
            continue
        drawn = True
        name = NAME if timed["device"].nunique() == 1 else f"{plain(device)}.{NAME}"
        yield Plot(name, _figure(device, group, shapes))
    if not drawn:
        raise Absent("no peer was measured on a problem and a device that we have times of")


def _shapes(rows: pandas.DataFrame) -> pandas.DataFrame:
    """The fastest row of each problem by each of those who have times of it, where the unit has one."""
    problem = [name for name in PROBLEM if name != "dtype"]
    fastest = rows.sort_values("median_ns").drop_duplicates([*problem, "who"])
    peers = sorted(set(fastest["who"]) - {OURS})
    unit = UNIT if UNIT in peers else next(iter(peers), None)
    bases = fastest[fastest["who"] == unit]
    both = fastest.merge(bases[[*problem, "median_ns", "ci_low_ns", "ci_high_ns"]], on=problem, suffixes=("", "_unit"))
    # The interval of a ratio from opposite bounds: wide rather than wrong.
    both["speed"] = both["median_ns_unit"] / both["median_ns"]
    both["speed_low"] = both["ci_low_ns_unit"] / both["ci_high_ns"]
    both["speed_high"] = both["ci_high_ns_unit"] / both["ci_low_ns"]
    both["unit"] = unit
    both = both.merge(both.loc[both["who"] == OURS, problem], on=problem)
    if both.empty:
        return both
    both["work"] = both[problem].prod(axis=1)
    # Of one problem under several names ours is shown, with the variant that is our fastest.
    ours = both[both["who"] == OURS].set_index(problem, drop=False)
    names = ours["config"].str.removeprefix("suite_") + " (" + ours["variant"] + ")\n" + ours.apply(_sizes, axis=1)
    both["shape"] = [names[tuple(key)] for key in both[problem].itertuples(index=False)]
    return both.sort_values(["work", *problem], kind="stable")


def _sizes(row: pandas.Series) -> str:
    """A problem in few characters: `32: 256→256, 14×14`."""
    batch, in_channels, out_channels, height, width = (int(row[name]) for name in PROBLEM[:5])
    return f"{batch}: {in_channels}→{out_channels}, {height}×{width}"


def _figure(device: str, rows: pandas.DataFrame, shapes: pandas.DataFrame):
    unit = shapes.iloc[0]["unit"]
    who = [OURS, *sorted(set(shapes["who"]) - {OURS, unit})]
    names = list(dict.fromkeys(shapes["shape"]))
    source = provenance(device, style.listed(sorted(set(rows["driver"]))), dates(rows))
    versions = style.listed(sorted(set(rows[rows["who"] != OURS]["shader_compiler"])))
    said = (
        f"Bars are {unit}'s time over theirs, ours of the variant named below; 95 % intervals.\n"
        "Beside each name: the geometric mean of its speeds, and of how many shapes it has times."
    )
    width = 0.8 / len(who)
    # Those who have a time of a shape stand side by side, in the middle above its tick.
    beside = {name: [one for one in who if one in set(own["who"])] for name, own in shapes.groupby("shape")}
    with style.drawing():
        figure, (axes,) = style.figure(
            f"Speed against {unit}, shape by shape",
            f"{source}\n{versions}\n{said}",
            4.2,
        )
        handles = []
        for index, one in enumerate(who):
            own = shapes[shapes["who"] == one]
            places = [
                names.index(name) + (beside[name].index(one) - (len(beside[name]) - 1) / 2) * width
                for name in own["shape"]
            ]
            speeds = list(own["speed"])
            error = [own["speed"] - own["speed_low"], own["speed_high"] - own["speed"]]
            colour, hatch = style.SERIES[index % len(style.SERIES)][0], style.HATCHES[index % len(style.HATCHES)]
            mean = math.exp(sum(map(math.log, speeds)) / len(speeds))
            label = f"{one}: {style.ratio(mean)} ({len(speeds)} shape{'s' if len(speeds) > 1 else ''})"
            axes.bar(places, speeds, width, yerr=error, color=colour, hatch=hatch, ec="black", lw=0.4, label=one)
            handles.append(style.patch(colour, hatch, label))
            if one == OURS:
                for place, (_, row) in zip(places, own.iterrows(), strict=True):
                    at = (place, row["speed_high"])
                    text = style.digits(row["speed"])
                    axes.annotate(text, at, (0.5, 3), textcoords="offset points", ha="center", rotation=90, size=6)
        axes.axhline(1, color="black", linewidth=0.9)
        axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor", size=6.5)
        axes.set_xlim(-0.6, len(names) - 0.4)
        axes.set_ylim(0, shapes["speed_high"].max() * 1.15)
        axes.set_ylabel(f"speed, {unit} = 1")
        axes.grid(axis="y")
        figure.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.2, handlelength=1.6)
    return figure
