"""CSV as `winoscope` writes it: one record on one line, which ends with a line feed."""

import csv
import io
import os
from collections.abc import Callable, Iterator

# Bytes that are read at once from the end of a file.
BLOCK = 1 << 16


def cells(line: str) -> list[str]:
    """The cells of one line."""
    return next(csv.reader([line]), [])


def line(record: list[str]) -> str:
    """The line of cells, none of which may break it."""
    text = io.StringIO()
    clean = ("".join(character if character.isprintable() else " " for character in cell) for cell in record)
    csv.writer(text, lineterminator="\n").writerow(clean)
    return text.getvalue()


def from_end(file: io.BufferedRandom) -> Iterator[tuple[int, bytes]]:
    """The lines of a file from the last to the first, each with the offset at which it begins.

    Reads no more of the file than is asked for: samples are many gigabytes in a long sweep.
    """
    start = file.seek(0, os.SEEK_END)
    held = b""
    while start > 0:
        size = min(BLOCK, start)
        start -= size
        file.seek(start)
        held = file.read(size) + held
        # What stands before the first line feed may begin in the block before.
        while (feed := held.rfind(b"\n", 0, len(held) - 1)) >= 0:
            yield start + feed + 1, held[feed + 1 :]
            held = held[: feed + 1]
    if held:
        yield 0, held


def cut_tail(file: io.BufferedRandom, is_whole: Callable[[list[str]], bool]) -> int:
    """Cuts off the records at the end of a file that are torn or not `is_whole`; returns how many bytes.

    The header is never cut.
    """
    size = end = file.seek(0, os.SEEK_END)
    file.seek(0)
    columns = len(cells(file.readline().decode(errors="replace")))
    for start, text in from_end(file):
        if start == 0:
            break
        record = cells(text.decode(errors="replace"))
        if text.endswith(b"\n") and len(record) == columns and is_whole(record):
            break
        end = start
    if end < size:
        file.truncate(end)
    return size - end
