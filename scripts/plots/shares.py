"""The factors' shares of a slowdown, as a waterfall from one variant to the other."""

from collections.abc import Iterator

import pandas

from . import style
from .contexts import contexts
from .failures import Absent
from .style import Plot
from .tables import Tables

NAME = "shares"

WHOLE = "whole"
PREFIXES = ("xhat", "ghat", "mhat", "output")


def plots(tables: Tables) -> Iterator[Plot]:
    """One figure for each context and mode, a panel for each pair of experiments."""
    shares = tables.shares
    if shares.empty:
        raise Absent("they need a file of shares, which `winoscope attribute` writes")
    for context, stem, group in contexts(shares):
        for mode, part in group.groupby("mode", sort=False):
            name = f"{stem}.{NAME}" if group["mode"].nunique() == 1 else f"{stem}.{NAME}.{mode}"
            yield Plot(name, _figure(context, mode, part))


def _figure(context, mode: str, rows: pandas.DataFrame):
    pairs = list(rows.groupby(["from", "to"], sort=False))
    pairs.sort(key=lambda pair: PREFIXES.index(pair[1].iloc[0]["stop_after"]))
    with style.drawing():
        clock = "by the host's clock" if mode == "host_lazy" else "all phases in one recording"
        figure, panels = style.figure(
            "Each factor's share of the slowdown",
            style.subtitle(
                context, f"Ratios of times, {clock}; Shapley shares, which multiply to the whole; 95 % intervals."
            ),
            1.3 + sum(0.42 + 0.2 * len(part) for _, part in pairs),
            nrows=len(pairs),
            sharex=True,
            height_ratios=[len(part) for _, part in pairs],
        )
        for panel, ((start, end), part) in zip(panels, pairs, strict=True):
            panel.set_title(f"{start} → {end}", loc="left", weight="bold")
            _waterfall(panel, part)
        panels[-1].set_xlabel("time, in units of the first variant's")
        style.log_ratios(panels[-1].xaxis)
        low, high = panels[-1].get_xlim()
        # Room for the last figures.
        panels[-1].set_xlim(low, high * (high / low) ** 0.12)
        figure.legend(
            handles=[style.patch(*look, label) for label, look in LOOKS.items()], loc="outside lower center", ncols=4
        )
    return figure


LOOKS = {
    "slower": (style.VERMILLION, ""),
    "faster": (style.BLUE, "///"),
    "cannot be told from 1": (style.PALE, "xxx"),
    "whole": (style.GREY, ""),
}


def _look(row: pandas.Series) -> tuple[str, str]:
    if row["factor"] == WHOLE:
        return LOOKS["whole"]
    if row["is_noise"]:
        return LOOKS["cannot be told from 1"]
    return LOOKS["slower" if row["share"] > 1 else "faster"]


def _waterfall(panel, rows: pandas.DataFrame) -> None:
    """Each factor's bar from where the one before it ended, and the whole from 1."""
    factors = pandas.concat([rows[rows["factor"] != WHOLE], rows[rows["factor"] == WHOLE]])
    reached, labels = 1.0, []
    panel.set_xscale("log")
    panel.axvline(1, color="black", linewidth=0.8)
    for place, (_, row) in enumerate(factors.iterrows()):
        is_whole = row["factor"] == WHOLE
        start = 1.0 if is_whole else reached
        end = start * row["share"]
        colour, hatch = _look(row)
        panel.barh(place, end - start, 0.7, start, color=colour, hatch=hatch, ec="black", lw=0.4, label=row["factor"])
        low, high = start * row["ci_low"], start * row["ci_high"]
        panel.errorbar(end, place, xerr=[[end - low], [high - end]], fmt="none", ecolor="black", elinewidth=0.9)
        panel.annotate(
            style.ratio(row["share"]),
            (max(start, end, high), place),
            (4, 0),
            textcoords="offset points",
            va="center",
            size=7,
        )
        if not is_whole:
            panel.plot([end, end], [place, place + 1], color="black", linewidth=0.4)
            reached = end
        change = "" if is_whole else f" ({row['from_value']} → {row['to_value']})"
        labels.append(f"{row['factor']}{change}")
    panel.set_yticks(range(len(labels)), labels)
    panel.set_ylim(len(labels) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.grid(axis="x")
