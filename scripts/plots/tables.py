"""Reading Winoscope's CSV: which of its tables a file holds is decided by the columns."""

import csv
import pathlib
from dataclasses import dataclass, field

import pandas

from .failures import BAD_RESULTS, UNREADABLE, Failure

# Columns that are numbers here; every other cell stays the text that it is.
NUMBERS = (
    *("tile", "batch", "in_channels", "out_channels", "height", "width", "padding"),
    *("samples", "median_ns", "ci_low_ns", "ci_high_ns", "floor_ns", "flops", "bytes", "rel_error"),
    *("share", "ci_low", "ci_high", "is_noise", "value", "sample", "nanoseconds"),
)

# What each table is known by, and what is said of it.
KINDS = {
    "rows": {"experiment", "phase", "mode", "median_ns", "status", "device"},
    "shares": {"factor", "share", "ci_low", "ci_high", "is_noise"},
    "ceilings": {"ceiling", "value", "unit", "device"},
    "samples": {"experiment", "phase", "mode", "sample", "nanoseconds"},
}

# What makes two rows of one problem.
PROBLEM = ("batch", "in_channels", "out_channels", "height", "width", "padding", "dtype")


@dataclass
class Tables:
    """Everything read, by table; a table of which no file had anything is empty and has no columns."""

    rows: pandas.DataFrame = field(default_factory=pandas.DataFrame)
    shares: pandas.DataFrame = field(default_factory=pandas.DataFrame)
    ceilings: pandas.DataFrame = field(default_factory=pandas.DataFrame)
    samples: pandas.DataFrame = field(default_factory=pandas.DataFrame)
    # What was passed over, as sentences.
    warnings: list[str] = field(default_factory=list)


def read(paths: list[pathlib.Path]) -> Tables:
    """Reads files of any of the tables, and the ceilings of their devices where they lie beside them.

    Of an experiment that was run several times on a device the latest run counts, as in `winoscope report`; of shares
    and ceilings likewise.
    """
    tables = Tables()
    found = {kind: [] for kind in KINDS}
    for path in paths:
        frame = _frame(path, tables.warnings)
        kind = next((kind for kind, columns in KINDS.items() if columns <= set(frame.columns)), None)
        if kind is None:
            tables.warnings.append(f"{path} has none of the tables that are plotted ({', '.join(KINDS)}): passed over")
            continue
        found[kind].append(frame.assign(source=path.stem.removesuffix(f".{kind}")))
    beside = {file for path in paths for file in path.parent.glob("ceilings/*.csv")} - set(paths)
    if found["rows"]:
        found["ceilings"] += [_frame(file, tables.warnings) for file in sorted(beside)]
    for kind, frames in found.items():
        if frames:
            setattr(tables, kind, pandas.concat(frames, ignore_index=True).fillna(_blank(frames)))
    for table in (tables.rows, tables.shares):
        if not table.empty:
            # Of shards of one configuration the first file speaks for all.
            table["source"] = table.groupby("config", sort=False)["source"].transform("first")
    tables.rows = _latest(tables.rows, ["config", "experiment", "device"])
    tables.shares = _latest(tables.shares, ["config", "from", "to", "mode", "device", *PROBLEM])
    tables.ceilings = _latest(tables.ceilings, ["device", "driver"])
    return tables


def _blank(frames: list[pandas.DataFrame]) -> dict[str, str]:
    """An empty cell for each column of text that only some of the frames have."""
    return {name: "" for frame in frames for name in frame.columns if name not in NUMBERS}


def _frame(path: pathlib.Path, warnings: list[str]) -> pandas.DataFrame:
    """One file, or several that were concatenated. A torn last line is passed over with a warning."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except OSError as error:
        raise Failure(UNREADABLE, f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise Failure(BAD_RESULTS, f"{path} is not CSV: {error}.") from None
    if not lines:
        return pandas.DataFrame()
    header, records = lines[0], []
    for number, line in enumerate(lines[1:], start=2):
        if line in ([], header):
            continue
        if len(line) == len(header):
            records.append(line)
        elif number == len(lines):
            warnings.append(f"{path}: line {number} is torn: passed over")
        else:
            raise Failure(BAD_RESULTS, f"{path} line {number}: it has {len(line)} fields, its header {len(header)}.")
    frame = pandas.DataFrame(records, columns=header, dtype=str)
    for name in set(NUMBERS) & set(header):
        try:
            frame[name] = [float(cell or "nan") for cell in frame[name]]
        except ValueError as error:
            raise Failure(BAD_RESULTS, f"{path}, column `{name}`: a cell is no number: {error}.") from None
    return frame


def _latest(frame: pandas.DataFrame, key: list[str]) -> pandas.DataFrame:
    if frame.empty:
        return frame
    newest = frame.groupby(key, dropna=False)["timestamp_utc"].transform("max")
    return frame[frame["timestamp_utc"] == newest].reset_index(drop=True)
