"""The problems that a configuration holds, and how long it wants each to be sampled."""

import itertools
import pathlib
import sys
from dataclasses import dataclass

from failures import BAD_CONFIG, NO_PACKAGE, UNREADABLE, Failure

# m of every F(m×m, 3×3) that Winoscope has kernels of, and of a variant that names none.
TILES = (2, 4, 5, 6, 7)
DEFAULT_TILE = 4


@dataclass(frozen=True)
class Problem:
    """One 3×3 convolution with stride 1, `x[B][C][H][W]`, `w[K][C][3][3]` → `y[B][K][H'][W']`."""

    in_channels: int
    out_channels: int
    height: int
    width: int
    batch: int = 1
    padding: int = 1

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.batch, self.in_channels, self.height, self.width)

    @property
    def filter_shape(self) -> tuple[int, ...]:
        return (self.out_channels, self.in_channels, 3, 3)

    @property
    def output_shape(self) -> tuple[int, ...]:
        grown = 2 * self.padding - 2
        return (self.batch, self.out_channels, self.height + grown, self.width + grown)


@dataclass(frozen=True)
class Settings:
    """The keys of `[measure]` that a peer heeds."""

    target_rel_ci: float = 0.01
    max_seconds: float = 5.0
    warmup_seconds: float = 1.0
    min_region_us: float = 1000.0


@dataclass(frozen=True)
class Task:
    """One problem of a configuration."""

    config: str
    # What its name differs in from that of the configuration's first problem, as in `/batch=16`.
    suffix: str
    problem: Problem
    settings: Settings
    # m of every F(m×m, 3×3) that the configuration computes it by, without the tuned ones, which it does not name.
    tiles: tuple[int, ...] = ()


def read_tasks(path: pathlib.Path) -> list[Task]:
    """The distinct problems of a configuration: of its base and variants, crossed with the axes over `problem`."""
    document = _document(path)
    config = document.get("name", path.stem)
    known = Settings.__dataclass_fields__
    settings = Settings(**{key: value for key, value in document.get("measure", {}).items() if key in known})
    heeded = ("problem.", "algorithm.")
    axes = {key: values for key, values in document.get("sweep", {}).items() if key.startswith(heeded)}
    tiles: dict[Problem, set[int]] = {}
    for variant in document.get("variant", [{}]):
        crossed = [key for key in axes if key in variant.get("axes", axes)]
        for point in itertools.product(*(axes[key] for key in crossed)):
            swept = dict(zip(crossed, point))
            problem = _problem(path, _table("problem", document, variant, swept))
            tiles.setdefault(problem, set()).update(_tiles(path, _table("algorithm", document, variant, swept)))
    first = next(iter(tiles))
    return [
        Task(config, _suffix(first, problem), problem, settings, tuple(sorted(found)))
        for problem, found in tiles.items()
    ]


def _table(name: str, document: dict, variant: dict, swept: dict) -> dict:
    """What the base, a variant over it and a point of the axes over both say of a table."""
    prefix = f"{name}."
    point = {key.removeprefix(prefix): value for key, value in swept.items() if key.startswith(prefix)}
    return document.get(name, {}) | variant.get(name, {}) | point


def _document(path: pathlib.Path) -> dict:
    try:
        import tomllib
    except ImportError:
        raise Failure(
            NO_PACKAGE, f"reading {path} needs Python 3.11 or newer, and this is {sys.version.split()[0]}."
        ) from None
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failure(UNREADABLE, f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(BAD_CONFIG, f"{path} is not TOML: {error}.") from None


def _problem(path: pathlib.Path, table: dict) -> Problem:
    sizes = {key: value for key, value in table.items() if key != "dtype"}
    unknown = sizes.keys() - Problem.__dataclass_fields__.keys()
    if unknown:
        raise Failure(
            BAD_CONFIG, f"{path}: `problem` has the unknown key `{sorted(unknown)[0]}`; `winoscope explain` says more."
        )
    try:
        problem = Problem(**sizes)
        if min(*problem.input_shape, *problem.output_shape) < 1 or problem.padding not in (0, 1):
            raise ValueError
    except (TypeError, ValueError):
        raise Failure(
            BAD_CONFIG, f"{path}: `problem` lacks a size or has one that cannot be; `winoscope explain` says which."
        ) from None
    return problem


def _tiles(path: pathlib.Path, algorithm: dict) -> set[int]:
    """The tile that a variant names, or has where it names none."""
    is_tuned = algorithm.get("defaults") == "tuned" and "tile" not in algorithm
    if algorithm.get("kind") == "direct" or is_tuned:
        return set()
    tile = algorithm.get("tile", DEFAULT_TILE)
    if tile not in TILES:
        known = ", ".join(map(str, TILES))
        raise Failure(BAD_CONFIG, f"{path}: `algorithm.tile` is {tile!r}, and there are kernels of {known}.")
    return {tile}


def _suffix(first: Problem, problem: Problem) -> str:
    names = Problem.__dataclass_fields__
    return "".join(
        f"/{name}={getattr(problem, name)}" for name in names if getattr(problem, name) != getattr(first, name)
    )
