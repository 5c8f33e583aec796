#!/usr/bin/env python3
"""Fits what each block of the blocked multiply takes to measured times.

Reads the `mhat` and `output` rows in files of results, and prints a factor and a start for each block, as
`src/plan/convolution/blocking/gemm.rs` has them, and for each problem on each device which block was quickest and which
one these figures choose. `GemmBlock::time` there is the model; this file has it once more, to fit it. Blocks are compared
on one device alone, but the figures are those of all devices: they are to be alike, with as many multiprocessors.

With --configs it writes configurations that measure the same blocks on the same problems anew, and with --rows what it
read of the results, a fifth of their bytes:

    scripts/fit_blocks.py results/*/blocks.csv --configs blocks
    winoscope run blocks/*.toml --results measured
    scripts/fit_blocks.py measured/blocks_*.csv --rows results/NAME/blocks.csv
"""

import argparse
import csv
import math
import random
import sys
from collections import defaultdict
from pathlib import Path

# As in gemm.rs.
MULTIPROCESSORS = 132
PRODUCTS_PER_US = 128 * 1858
BYTES_PER_US = 3.6e6

# What is kept of a row; the device, the driver and the commit say what it is of.
KEPT = (
    "config experiment batch in_channels out_channels height width padding tile points block_filters block_tiles block_channels "
    "thread_filters thread_tiles turns splits phase median_ns ci_low_ns ci_high_ns status device driver git_commit"
).split()
SIZES = ["block_filters", "block_tiles", "block_channels", "thread_filters", "thread_tiles"]
PROBLEM = ["batch", "in_channels", "out_channels", "height", "width", "padding", "tile"]
# Channels are divided among so many workgroups where there is a choice.
SPLITS = (1, 2, 4, 8)
STEPS = 4000
# What a mean error of the predictions counts beside a mean loss by the choices.
ERRORS_COUNT = 0.15
# What it counts that a block would be chosen that was not measured on the problem: as if it lost so much.
UNMEASURED = 0.05
# Microseconds that any dispatch takes that moves anything, so that no block starts in fewer.
LEAST_START = 2.28


class Work:
    """What the model knows of a block on a problem."""

    def __init__(self, problem, block, splits, turns=1):
        self.block, self.splits = block, splits
        batch, channels, filters, height, width, padding, m = problem
        border = 2 * padding - 2
        tiles = batch * math.ceil((height + border) / m) * math.ceil((width + border) / m)
        positions = (m + 2) ** 2
        block_filters, block_tiles, block_channels = block[:3]
        tile_blocks = math.ceil(math.ceil(tiles / block_tiles) / turns)
        workgroups = positions * splits * math.ceil(filters / block_filters) * tile_blocks
        own = math.ceil(math.ceil(channels / splits) / block_channels) * block_channels * turns
        products = math.ceil(workgroups / MULTIPROCESSORS) * own * block_filters * block_tiles
        self.products_us = products / PRODUCTS_PER_US
        self.moving_us = 4 * positions * (channels * (filters + tiles) + filters * tiles) / BYTES_PER_US
        self.adding_us = 8 * positions * (splits - 1) * filters * tiles / BYTES_PER_US

    def predicted_us(self, fitted):
        """Its time by the model."""
        per_product, start = fitted[self.block]
        return start + max(self.products_us * per_product, self.moving_us) + self.adding_us


class Trial(Work):
    """One measured block on one problem, and its time."""

    def __init__(self, row, mhat_us, output_us):
        number = {key: int(row[key]) for key in SIZES + PROBLEM + ["turns", "splits"]}
        self.problem = tuple(number[key] for key in PROBLEM)
        super().__init__(self.problem, tuple(number[key] for key in SIZES), number["splits"], number["turns"])
        self.device = row["device"]
        self.name = row["experiment"]
        self.row = row
        self.mhat_us = mhat_us
        self.output_us = output_us
        self.us = mhat_us


def read(paths):
    """The trials in these files, and the rows that they are of."""
    trials, kept = [], []
    for path in paths:
        times = defaultdict(dict)
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row.get("status") == "ok" and row.get("median_ns") and row.get("splits") and row.get("block_tiles"):
                    times[row["device"], row["config"], row["experiment"]][row["phase"]] = row
        for phases in times.values():
            if {"mhat", "output"} <= phases.keys():
                microseconds = [float(phases[phase]["median_ns"]) / 1e3 for phase in ("mhat", "output")]
                trials.append(Trial(phases["mhat"], *microseconds))
                kept.extend(phases[phase] for phase in ("mhat", "output"))
    if not trials:
        sys.exit("error: no experiment has a time of `mhat` and of `output` and the columns of its blocks")
    return trials, kept


def configuration(name, trials):
    """A configuration of the blocks of these trials, all of one problem."""
    problem = dict(zip(PROBLEM, trials[0].problem))
    tile, points = problem.pop("tile"), trials[0].row["points"]
    lines = [f'name = "{name}"', "", "[problem]", *(f"{key} = {value}" for key, value in problem.items()), ""]
    lines += ["[algorithm]", f"tile = {tile}", f'points = "{points}"', ""]
    variants = {(trial.block, trial.splits, int(trial.row["turns"])) for trial in trials}
    for (filters, tiles, channels, thread_filters, thread_tiles), splits, turns in sorted(variants, reverse=True):
        short = f"{filters}x{tiles}x{channels}_{thread_filters}x{thread_tiles}_s{splits}" + (f"_t{turns}" if turns > 1 else "")
        lines += [
            "[[variant]]",
            f'name = "{short}"',
            f"multiply.block = {{ filters = {filters}, tiles = {tiles}, channels = {channels} }}",
            f"multiply.thread = {{ filters = {thread_filters}, tiles = {thread_tiles} }}",
            f"multiply.splits = {splits}",
            f"multiply.turns = {turns}",
            "",
        ]
    return "\n".join([*lines, "[measure]", "target_rel_ci = 0.01", "max_seconds = 0.05", ""])


def write_configurations(folder, trials):
    """One for each problem, whatever devices it was measured on."""
    problems = defaultdict(list)
    for trial in trials:
        problems[trial.problem].append(trial)
    folder.mkdir(parents=True, exist_ok=True)
    for number, group in enumerate(problems.values()):
        name = f"blocks_{number}"
        (folder / f"{name}.toml").write_text(configuration(name, group), encoding="utf-8")


def write_rows(path, kept):
    """The columns that are kept of these rows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, KEPT, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


class Problem:
    """The trials of one problem on one device, and every block that could be chosen."""

    def __init__(self, trials, blocks, measured):
        least = min(trial.output_us for trial in trials)
        for trial in trials:
            # With what it makes the output transform take longer than the others do.
            trial.us = trial.mhat_us + trial.output_us - least
        self.trials = trials
        channels = trials[0].problem[1]
        fills = [splits for splits in SPLITS if math.ceil(channels / math.ceil(channels / splits)) == splits]
        self.candidates = [Work(trials[0].problem, block, splits) for block in blocks for splits in fills]
        self.measured = measured

    def chosen(self, fitted):
        """What the model takes for the quickest of all blocks."""
        return min(self.candidates, key=lambda work: work.predicted_us(fitted))

    def is_measured(self, work):
        """Whether it was, on this device or another."""
        return (work.block, work.splits) in self.measured

    def chosen_of_trials(self, fitted):
        """What the model takes for the quickest of the trials."""
        return min(self.trials, key=lambda trial: trial.predicted_us(fitted))


def by_problem(trials):
    """The trials of each problem on each device."""
    groups, measured = defaultdict(list), defaultdict(set)
    for trial in trials:
        groups[trial.device, trial.problem].append(trial)
        measured[trial.problem].add((trial.block, trial.splits))
    blocks = sorted({trial.block for trial in trials}, reverse=True)
    return {key: Problem(group, blocks, measured[key[1]]) for key, group in groups.items()}


def loss(problems, fitted):
    """What the choices lose, of how many nothing was measured, and how far predictions are off: logarithms of ratios."""
    lost, unmeasured = 0.0, 0
    for problem in problems.values():
        lost += math.log(problem.chosen_of_trials(fitted).us / min(trial.us for trial in problem.trials))
        unmeasured += not problem.is_measured(problem.chosen(fitted))
    squares = [
        math.log(trial.predicted_us(fitted) / trial.us) ** 2 for problem in problems.values() for trial in problem.trials
    ]
    return lost / len(problems), unmeasured, math.sqrt(sum(squares) / len(squares))


def fit(problems, steps=STEPS):
    """A factor and a start for each block, by changing one of them at random and keeping what is better."""
    draw = random.Random(2016)
    blocks = sorted({trial.block for problem in problems.values() for trial in problem.trials}, reverse=True)
    fitted = dict.fromkeys(blocks, (1.8, 3.0))

    def weighed(candidate):
        lost, unmeasured, error = loss(problems, candidate)
        return lost + UNMEASURED * unmeasured / len(problems) + ERRORS_COUNT * error

    best = weighed(fitted)
    for _ in range(steps):
        block = draw.choice(blocks)
        per_product, start = (round(value * math.exp(draw.gauss(0, 0.06)), 2) for value in fitted[block])
        candidate = {**fitted, block: (per_product, max(start, LEAST_START))}
        weight = weighed(candidate)
        if weight < best:
            fitted, best = candidate, weight
    return fitted


def main():
    """Prints the fit, or writes configurations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", nargs="+", type=Path, help="results of `winoscope run` with blocks set")
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of the search (default: %(default)s)")
    parser.add_argument("--configs", type=Path, metavar="DIR", help="write configurations that measure the same there, and end")
    parser.add_argument("--rows", type=Path, metavar="FILE", help="write what was read there")
    arguments = parser.parse_args()
    try:
        trials, kept = read(arguments.csv)
        if arguments.configs:
            write_configurations(arguments.configs, trials)
            return
        if arguments.rows:
            write_rows(arguments.rows, kept)
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"error: {error}")
    problems = by_problem(trials)
    fitted = fit(problems, arguments.steps)
    for block, (per_product, start) in fitted.items():
        print(f"choice({list(block)}, {per_product:.2f}, {start:.2f}),")
    print(f"\n{'problem (B C K H W padding m)':30} {'device':22} {'quickest':>26} {'chosen':>26}")
    for (device, sizes), problem in problems.items():
        quickest, choice = min(problem.trials, key=lambda trial: trial.us), problem.chosen_of_trials(fitted)
        told = [f"{trial.name} {trial.us:.1f} µs" for trial in (quickest, choice)]
        print(f"{' '.join(map(str, sizes)):30} {device:22} {told[0]:>26} {told[1]:>26}{unmeasured_note(problem, fitted)}")
    lost, _, error = loss(problems, fitted)
    print(f"\n{len(trials)} multiplies, problems and devices {len(problems)}: of what was measured the choices take {lost:.1%}")
    print(f"longer than the quickest, and predictions are off by {error:.0%}.")


def unmeasured_note(problem, fitted):
    """What would be chosen, where it was not measured."""
    work = problem.chosen(fitted)
    if problem.is_measured(work):
        return ""
    filters, tiles, channels, thread_filters, thread_tiles = work.block
    block = f"{filters}x{tiles}x{channels}_{thread_filters}x{thread_tiles}_s{work.splits}"
    return f"  {block} is predicted to take {work.predicted_us(fitted):.1f} µs and was not measured"


if __name__ == "__main__":
    main()
