#!/usr/bin/env python3
"""Draws the shapes of configs/random/, which are no network's: scripts/random_shapes.py [SEED]

Batch, channels and sizes are drawn from wide ranges, alike on a scale of ratios, odd ones and ones without padding among
them. The committed files are of the seed below.
"""

import math
import pathlib
import random
import sys

SEED = 20261123
COUNT = 10
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "configs/random"

# Direct convolution's operations: neither a launch alone nor more than a fraction of a second on any GPU.
OPERATIONS = range(10**7, 10**11)


def between(rng: random.Random, low: int, high: int) -> int:
    """A whole number, any ratio as likely as any other."""
    return round(math.exp(rng.uniform(math.log(low), math.log(high))))


def draw(rng: random.Random) -> dict[str, int]:
    """A problem within the operations allowed."""
    while True:
        problem = {
            "batch": between(rng, 1, 32),
            "in_channels": between(rng, 3, 512),
            "out_channels": between(rng, 3, 512),
            "height": between(rng, 7, 224),
            "width": between(rng, 7, 224),
            "padding": rng.choice([1, 1, 1, 0]),
        }
        grown = 2 * problem["padding"] - 2
        outputs = problem["batch"] * (problem["height"] + grown) * (problem["width"] + grown)
        if 18 * problem["in_channels"] * problem["out_channels"] * outputs in OPERATIONS:
            return problem


def text(number: int, problem: dict[str, int], seed: int) -> str:
    """The configuration of a problem."""
    keys = "".join(f"{key} = {value}\n" for key, value in problem.items())
    return f"""# Drawn by scripts/random_shapes.py with seed {seed}.

name = "suite_random_{number}"

[problem]
{keys}
[[variant]]
name = "direct"
algorithm.kind = "direct"

[[variant]]
name = "f2_fused"
algorithm.tile = 2
buffers.xhat.placement = "shared"
buffers.ghat.placement = "shared"
buffers.mhat.placement = "shared"
multiply.mapping = "blocked"

[[variant]]
name = "f4"

[[variant]]
name = "f6"
algorithm.tile = 6

[[variant]]
name = "f7"
algorithm.tile = 7
algorithm.points = "balanced"

[[variant]]
name = "f7_sums"
algorithm.tile = 7
algorithm.points = "balanced"
multiply.partial_sums = 32

[[variant]]
name = "tuned"
algorithm.defaults = "tuned"

[measure]
target_rel_ci = 0.01
min_region_us = 5000
max_seconds = 1
"""


def configurations(seed: int) -> dict[str, str]:
    """File names and what the files hold."""
    rng = random.Random(seed)
    return {f"random_{number}.toml": text(number, draw(rng), seed) for number in range(COUNT)}


def main(arguments: list[str]) -> int:
    if len(arguments) > 1 or not all(argument.isdecimal() for argument in arguments):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    FOLDER.mkdir(exist_ok=True)
    for name, content in configurations(int(arguments[0]) if arguments else SEED).items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
