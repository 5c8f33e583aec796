"""The problems that a configuration holds, and how long it wants each to be sampled."""

import itertools
import pathlib
import sys
from dataclasses import dataclass

from failures import BAD_CONFIG, NO_PACKAGE, UNREADABLE, Failure


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


def read_tasks(path: pathlib.Path) -> list[Task]:
    """The distinct problems of a configuration: of its base and variants, crossed with the axes over `problem`."""
    document = _document(path)
    config = document.get("name", path.stem)
    known = Settings.__dataclass_fields__
    settings = Settings(**{key: value for key, value in document.get("measure", {}).items() if key in known})
    axes = {key: values for key, values in document.get("sweep", {}).items() if key.startswith("problem.")}
    problems: list[Problem] = []
    for variant in document.get("variant", [{}]):
        table = document.get("problem", {}) | variant.get("problem", {})
        crossed = [key for key in axes if key in variant.get("axes", axes)]
        for point in itertools.product(*(axes[key] for key in crossed)):
            swept = {key.removeprefix("problem."): value for key, value in zip(crossed, point)}
            problem = _problem(path, table | swept)
            if problem not in problems:
                problems.append(problem)
    return [Task(config, _suffix(problems[0], problem), problem, settings) for problem in problems]


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


def _suffix(first: Problem, problem: Problem) -> str:
    names = Problem.__dataclass_fields__
    return "".join(
        f"/{name}={getattr(problem, name)}" for name in names if getattr(problem, name) != getattr(first, name)
    )
