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
STEPS = 6000
# What a mean error of the predictions counts beside a mean loss by the choices.
ERRORS_COUNT = 0.15


class Trial:
    """One measured block on one problem: its features in the model, and its time."""

    def __init__(self, row, mhat_us, output_us):
        number = {key: int(row[key]) for key in SIZES + PROBLEM + ["turns", "splits"]}
        self.problem = tuple(number[key] for key in PROBLEM)
        self.device = row["device"]
        self.block = tuple(number[key] for key in SIZES)
        self.name = row["experiment"]
        self.splits = number["splits"]
        self.mhat_us = mhat_us
        self.output_us = output_us
        self.us = mhat_us
        batch, channels, filters, height, width, padding, m = self.problem
        border = 2 * padding - 2
        tiles = batch * math.ceil((height + border) / m) * math.ceil((width + border) / m)
        positions = (m + 2) ** 2
        block_filters, block_tiles, block_channels = self.block[:3]
        turns = math.ceil(math.ceil(tiles / block_tiles) / number["turns"])
        workgroups = positions * self.splits * math.ceil(filters / block_filters) * turns
        own = math.ceil(math.ceil(channels / self.splits) / block_channels) * block_channels * number["turns"]
        products = math.ceil(workgroups / MULTIPROCESSORS) * own * block_filters * block_tiles
        self.products_us = products / PRODUCTS_PER_US
        self.moving_us = 4 * positions * (channels * (filters + tiles) + filters * tiles) / BYTES_PER_US
        self.adding_us = 8 * positions * (self.splits - 1) * filters * tiles / BYTES_PER_US

        self.row = row

    def predicted_us(self, fitted):
        """Its time by the model."""
        per_product, start = fitted[self.block]
        return start + max(self.products_us * per_product, self.moving_us) + self.adding_us


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


def by_problem(trials):
    """The trials of each problem on each device, with what each takes longer in the output transform than the others."""
    problems = defaultdict(list)
    for trial in trials:
        problems[trial.device, trial.problem].append(trial)
    for group in problems.values():
        least = min(trial.output_us for trial in group)
        for trial in group:
            trial.us = trial.mhat_us + trial.output_us - least
    return problems


def chosen(group, fitted):
    """The trial that the model takes for the quickest."""
    return min(group, key=lambda trial: trial.predicted_us(fitted))


def loss(problems, fitted):
    """What the choices lose and how far predictions are off: logarithms of ratios, on average."""
    lost = [math.log(chosen(group, fitted).us / min(trial.us for trial in group)) for group in problems.values()]
    squares = [
        math.log(trial.predicted_us(fitted) / trial.us) ** 2 for group in problems.values() for trial in group
    ]
    return sum(lost) / len(lost), math.sqrt(sum(squares) / len(squares))


def fit(problems, steps=STEPS):
    """A factor and a start for each block, by changing one of them at random and keeping what is better."""
    draw = random.Random(2016)
    blocks = sorted({trial.block for group in problems.values() for trial in group}, reverse=True)
    fitted = dict.fromkeys(blocks, (1.8, 3.0))

    def weighed(candidate):
        lost, error = loss(problems, candidate)
        return lost + ERRORS_COUNT * error

    best = weighed(fitted)
    for _ in range(steps):
        block = draw.choice(blocks)
        changed = tuple(round(value * math.exp(draw.gauss(0, 0.06)), 2) for value in fitted[block])
        candidate = {**fitted, block: changed}
        weight = weighed(candidate)
        if weight < best:
            fitted, best = candidate, weight
    return fitted


def main():
    """Prints the fit."""
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
    for (device, problem), group in problems.items():
        quickest, choice = min(group, key=lambda trial: trial.us), chosen(group, fitted)
        told = [f"{trial.name} {trial.us:.1f} µs" for trial in (quickest, choice)]
        print(f"{' '.join(map(str, problem)):30} {device:22} {told[0]:>26} {told[1]:>26}")
    lost, error = loss(problems, fitted)
    print(f"\n{len(trials)} multiplies, problems and devices {len(problems)}: the choices take {lost:.1%} longer than the quickest,")
    print(f"predictions are off by {error:.0%}.")


if __name__ == "__main__":
    main()
