#!/usr/bin/env python3
"""Draws Winoscope's CSV as figures for a paper: SVG and PNG.

Which plots are made is decided by the columns of the files: phase times, placements, peers and error against speed of
rows, the roofline of rows and the ceilings beside them, factor shares of `<config>.shares.csv`, distributions of
`<config>.samples.csv`. What cannot be made is said.

    scripts/plot.py results/h200/investigation.csv results/h200/investigation.shares.csv -o plots
"""

import argparse
import pathlib
import sys

from plots.failures import EXIT_CODES, INTERRUPTED, NO_PACKAGE, NOT_WRITABLE, NOTHING, Absent, Failure


def main() -> None:
    """Runs the program."""
    codes = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=f"exit codes:\n{codes}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "files", nargs="+", type=pathlib.Path, metavar="CSV", help="files that Winoscope or a peer wrote"
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        type=pathlib.Path,
        metavar="DIR",
        help="the folder for the plots; made if missing",
    )
    parser.add_argument(
        "--only", action="append", metavar="KIND", help="this kind of plot alone; may be given more than once"
    )
    options = parser.parse_args()
    try:
        _draw(options)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _draw(options: argparse.Namespace) -> None:
    kinds, tables = _packages()
    names = [kind.NAME for kind in kinds]
    for name in options.only or []:
        if name not in names:
            raise Failure(2, f"--only knows no plot `{name}`; there are {', '.join(names)}.")
    read = tables.read(options.files)
    for warning in read.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    written = 0
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        for kind in kinds:
            if options.only and kind.NAME not in options.only:
                continue
            try:
                for plot in kind.plots(read):
                    written += 1
                    print(*plot.save(options.output), sep="\n")
            except Absent as absent:
                print(f"note: no plot of {kind.NAME}: {absent}", file=sys.stderr)
    except OSError as error:
        raise Failure(NOT_WRITABLE, f"{options.output} cannot be written: {error.strerror}.") from None
    if not written:
        raise Failure(NOTHING, "no plot could be made of these files; the notes above say why.")


def _packages():
    """The kinds of plots and the reader, which need packages that may be missing."""
    try:
        from plots import tables
        from plots.kinds import KINDS
    except ImportError as error:
        requirements = pathlib.Path(__file__).resolve().parent / "requirements-plot.txt"
        raise Failure(
            NO_PACKAGE, f"{error}. Install what plotting needs: python3 -m pip install -r {requirements}"
        ) from None
    return KINDS, tables


if __name__ == "__main__":
    main()
