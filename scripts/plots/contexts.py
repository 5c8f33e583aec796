"""What can stand in one figure: rows of one file on one problem, on one device."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pandas

from .tables import PROBLEM

# Characters of the longest label.
LONGEST = 40

SOFTWARE_DEVICES = ("llvmpipe", "swiftshader")


@dataclass(frozen=True)
class Context:
    """Where the content of a figure comes from."""

    source: str
    shape: str
    device: str
    driver: str
    date: str

    @property
    def subtitle(self) -> str:
        """The lines below a title: device, driver and date; file and shape."""
        return f"{provenance(self.device, self.driver, self.date)}\n{self.source}: {self.shape}"


def contexts(rows: pandas.DataFrame) -> Iterator[tuple[Context, str, pandas.DataFrame]]:
    """Each context with its rows and the beginning of a file's name for it."""
    groups = list(rows.groupby(["source", "device", *PROBLEM], sort=False))
    sources = [key[0] for key, _ in groups]
    for (source, device, *_), group in groups:
        drivers = " and ".join(sorted(set(group["driver"])))
        context = Context(source, shape(group.iloc[0]), device, drivers, dates(group))
        alike = [part for (other, *_), part in groups if other == source]
        stem = source
        if sources.count(source) > 1:
            first = group.iloc[0]
            stem += "".join(f".{name}={_text(first[name])}" for name in ("device", *PROBLEM) if _differs(alike, name))
        yield context, plain(stem), group


def _differs(groups: list[pandas.DataFrame], name: str) -> bool:
    return len({group.iloc[0][name] for group in groups}) > 1


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def provenance(device: str, driver: str, date: str) -> str:
    """Device, driver and date, and a caution where the device's times say nothing of a GPU."""
    is_software = any(name in device.lower() for name in SOFTWARE_DEVICES)
    caution = "\nThis is a software driver: its times say nothing about a GPU." if is_software else ""
    return f"{device}, {driver}, measured {date}{caution}"


def shape(row: pandas.Series) -> str:
    """A row's problem, as `batch 1, 16→16 channels, 32×32, f32`."""
    padding = "" if row["padding"] == 1 else f", padding {row['padding']:g}"
    channels = f"{row['in_channels']:g}→{row['out_channels']:g} channels"
    return f"batch {row['batch']:g}, {channels}, {row['height']:g}×{row['width']:g}{padding}, {row['dtype']}"


def dates(rows: pandas.DataFrame) -> str:
    """The day or days on which rows were measured, UTC."""
    days = sorted(set(rows["timestamp_utc"].str[:10]))
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def plain(text: str) -> str:
    """Text as a part of a file's name."""
    return "".join(character if character.isalnum() or character in "-_.=" else "_" for character in text).lstrip(".")


def labels(rows: pandas.DataFrame) -> dict[tuple[str, str], str]:
    """A short name for each experiment of a context, by its configuration and name.

    What repeats itself in the names of placements is left out, and where names are long, what all of them begin with.
    """
    keys = list(dict.fromkeys(zip(rows["config"], rows["experiment"], strict=True)))
    names = [name.replace(".placement=", "=") for _, name in keys]
    if len(set(names)) < len(names):
        names = [f"{config}: {name}" for (config, _), name in zip(keys, names, strict=True)]
    if max(map(len, names)) > LONGEST:
        common = os.path.commonprefix(names)
        cut = max(common.rfind(character) for character in "/_: ") + 1
        names = [name[cut:] for name in names]
    return dict(zip(keys, map(_shortened, names), strict=True))


def _shortened(label: str) -> str:
    """A long label without its middle."""
    half = LONGEST // 2
    return label if len(label) <= LONGEST else f"{label[:half]}…{label[-half:]}"
