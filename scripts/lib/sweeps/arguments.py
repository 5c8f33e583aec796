"""What the command line accepts."""

import argparse
import os
import pathlib

from .exits import EXIT_CODES

DESCRIPTION = """\
Measures every experiment of configurations in a process of its own, on as many devices as there are. A crash, a hang, a
lost device or a lack of memory is a row with its reason, and the sweep goes on. Stopped in any way, it goes on where it
was when the same command is given again."""


def parse() -> argparse.Namespace:
    """The options of this command line."""
    codes = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())
    parser = argparse.ArgumentParser(
        description=DESCRIPTION, epilog=f"exit codes:\n{codes}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("configs", nargs="+", type=pathlib.Path, metavar="CONFIG", help="configurations (TOML), one after the other")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="override a key, as `winoscope run --set` does")
    add(
        "--results",
        type=pathlib.Path,
        default=pathlib.Path("results"),
        metavar="DIR",
        help="the folder for results (default: results)",
    )
    add("--dry-run", action="store_true", help="count the experiments, and print the names of those that are left")
    add(
        "--shard",
        type=_shard,
        default=(1, 1),
        metavar="I/N",
        help="the I-th of N parts, from 1; each needs --results of its own",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--devices",
        type=_list,
        default=_list(os.environ.get("WINOSCOPE_DEVICE", "")),
        metavar="D,D",
        help="indices, UUIDs or parts of names (default: $WINOSCOPE_DEVICE, else every GPU)",
    )
    where.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="spread over the machines of a Ray cluster: `auto`, or HOST:PORT (scripts/cluster.md)",
    )
    add(
        "--timeout",
        type=_positive,
        default=600.0,
        metavar="SECONDS",
        help="the most that an experiment may take (default: 600)",
    )
    add(
        "--patience",
        type=_positive,
        default=60.0,
        metavar="SECONDS",
        help="how long a device may take to answer after a failure (default: 60)",
    )
    add("--retry", action="store_true", help="measure those again that failed or were wrong; the later row counts")
    add(
        "--seed",
        type=int,
        metavar="N",
        help="seed of the random inputs of every experiment (default: a new one for each)",
    )
    add(
        "--winoscope",
        metavar="PROGRAM",
        help="the program (default: target/release/winoscope, else the one on the path)",
    )
    for name in ("glsl", "cache", "ceilings"):
        add(f"--{name}", metavar="PATH", help=f"as `winoscope run --{name}`")
    return parser.parse_args()


def _shard(text: str) -> tuple[int, int]:
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise argparse.ArgumentTypeError(f"`{text}` is not I/N with I from 1 to N, such as 1/4")
    return int(index), int(count)


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _positive(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of seconds above 0")
    return seconds
