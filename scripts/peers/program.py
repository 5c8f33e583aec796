"""The program of each peer: its command line, every problem in every implementation, its exit code."""

import argparse
import datetime
import os
import pathlib
import random
import sys
from collections.abc import Callable

from failures import BAD_CONFIG, EXIT_CODES, INTERRUPTED, NOT_WRITABLE, PEER_FAILED, WRONG, Failure, Unsupported
from problems import Task, read_tasks
from rows import Implementation, Measured, Peer, Sheet, outcome, row


def hide_programs() -> None:
    """Lets a program import the package of its own name, which Python would else take to be the program."""
    here = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [folder for folder in sys.path if os.path.realpath(folder) != here]


def main(
    description: str,
    open_peer: Callable[[argparse.Namespace], Peer],
    add_options: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Runs a peer's program: the options that all share and its own, and an exit code for each kind of failure."""
    codes = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())
    parser = argparse.ArgumentParser(
        description=description, epilog=f"exit codes:\n{codes}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "problems",
        nargs="+",
        type=pathlib.Path,
        metavar="PROBLEM.toml",
        help="Winoscope configurations: their problems are computed, and [measure] says how long to sample",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=pathlib.Path,
        metavar="FILE.csv",
        help="where rows go, and samples beside it, in place of what is there (default: rows to stdout)",
    )
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="this implementation alone; may be given more than once"
    )
    parser.add_argument(
        "--min-samples", type=int, default=60, metavar="N", help="at least so many samples (default: 60)"
    )
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().getrandbits(31), help="of the input (default: drawn)"
    )
    add_options(parser)
    options = parser.parse_args()
    try:
        sys.exit(_run(options, open_peer))
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _run(options: argparse.Namespace, open_peer: Callable[[argparse.Namespace], Peer]) -> int:
    tasks = [task for path in options.problems for task in read_tasks(path)]
    peer = open_peer(options)
    chosen = [one for one in peer.implementations if not options.only or one.name in options.only]
    if not chosen:
        names = ", ".join(dict.fromkeys(one.name for one in peer.implementations))
        raise Failure(2, f"--only names no implementation; there are {names}.")
    pairs = [(task, one) for task in tasks for one in chosen if one.has_row(task)]
    if not pairs:
        raise Failure(BAD_CONFIG, "the configurations have nothing that this peer measures; --help says what it does.")
    timestamp = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    statuses = []
    try:
        with Sheet.open(options.output) as sheet:
            for task, implementation in pairs:
                known = row(task, implementation, peer, timestamp, options.seed)
                measured, found = _measure(task, implementation, options.seed)
                samples = measured.samples if measured and found["status"] == "ok" else []
                sheet.write(known | found, samples)
                statuses.append(found["status"])
                took = (
                    f"{found['median_ns'] / 1000:.2f} µs"
                    if "median_ns" in found
                    else f"{found['status']}: {found['reason']}"
                )
                print(f"{task.config} {known['experiment']}: {took}", file=sys.stderr)
    except OSError as error:
        raise Failure(NOT_WRITABLE, f"{options.output or 'stdout'} cannot be written: {error.strerror}.") from None
    return WRONG if "wrong" in statuses else PEER_FAILED if "failed" in statuses else 0


def _measure(task: Task, implementation: Implementation, seed: int) -> tuple[Measured | None, dict[str, object]]:
    try:
        measured = implementation.measure(task, seed)
    except Unsupported as reason:
        return None, {"status": "unsupported", "reason": str(reason)}
    except Exception as error:  # A peer raises what it likes, and the other rows are still wanted.
        said = next(iter(str(error).splitlines()), "")
        return None, {"status": "failed", "reason": f"{type(error).__name__}: {said}"}
    return measured, outcome(measured, implementation.tolerance)
