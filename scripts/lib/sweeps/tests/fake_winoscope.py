#!/usr/bin/env python3
"""A `winoscope` whose experiments do as their configuration says, on devices that are lines of a file.

A configuration is its name and its defaults on a line, then a line for each experiment: its name, its comparison, what
becomes of it and seconds. With tuned defaults, each name of a device has a choice of its own. In the folder $FAKE lie `devices` (CSV) and `journal`, to which each process adds a line when it starts and
when it ends. Where they are there, `listing` is printed as it is, `ghosts` are devices that are listed and do not
exist, and `broken` makes every probe fail.
"""

import argparse
import csv
import os
import pathlib
import signal
import sys
import time
import zlib

FAKE = pathlib.Path(os.environ["FAKE"])
COLUMNS = pathlib.Path(__file__).parents[4] / "docs/columns.md"
KNOWN = {"git_commit": "fake", "shader_compiler": "none", "glsl_hash": os.environ.get("FAKE_GLSL", "0")}
PHASES = (("xhat", "isolated"), ("total", "pipelined"))
SAMPLES = 3


def columns(heading: str) -> list[str]:
    section = COLUMNS.read_text(encoding="utf-8").split(f"## `<config>.{heading}`\n")[1].split("\n## ")[0]
    return [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]


def experiments(path: str) -> tuple[str, bool, dict[str, list[str]]]:
    head, *lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    name, defaults = head.split()
    return name, defaults == "tuned", {line.split()[0]: line.split()[1:] for line in lines}


def choice(is_tuned: bool, device: str | None) -> str:
    """What an experiment is tuned from on a device of a name."""
    return "" if not is_tuned else f"choice of {device}" if device else "limits"


def listed(config: str, name: str, tuned_from: str) -> dict[str, str]:
    digest = f"{zlib.crc32(f'{config} {name} {tuned_from}'.encode()):08x}"
    of_plan = {"phase": "total", "mode": "pipelined", "status": "failed", "seed": "0", "tuned_from": tuned_from}
    return KNOWN | of_plan | {"config": config, "experiment": name, "config_hash": digest}


def devices() -> list[dict[str, str]]:
    return list(csv.DictReader((FAKE / "devices").read_text(encoding="utf-8").splitlines()))


def journal(*words: str) -> None:
    with open(FAKE / "journal", "a", encoding="utf-8") as file:
        file.write(" ".join(words) + "\n")


def fail(code: int, sentence: str) -> None:
    print(f"error: {sentence}.", file=sys.stderr)
    sys.exit(code)


def list_(path: str, device: str | None) -> None:
    cached = FAKE / "listing"
    if cached.exists():
        print(cached.read_text(encoding="utf-8"), end="")
        return
    config, is_tuned, found = experiments(path)
    names = columns("csv")
    writer = csv.DictWriter(sys.stdout, ["comparison", *names], restval="", lineterminator="\n")
    writer.writeheader()
    for name, (comparison, *_) in found.items():
        writer.writerow(listed(config, name, choice(is_tuned, device)) | {"comparison": comparison})


class Files:
    """The results of one process."""

    def __init__(self, folder: pathlib.Path, config: str, is_tuned: bool, device: dict[str, str], seed: str):
        self.timestamp = f"{time.time_ns()}"
        self.known = {key: device[key] for key in ("device", "device_uuid", "driver")} | {
            "seed": seed,
            "timestamp_utc": self.timestamp,
        }
        self.config = config
        self.tuned_from = choice(is_tuned, device["device"])
        self.writers = {}
        for heading in ("csv", "samples.csv", "kernels.csv"):
            file = open(folder / f"{config}.{heading}", "w", encoding="utf-8", newline="", buffering=1)
            self.writers[heading] = csv.DictWriter(file, columns(heading), restval="", lineterminator="\n")
            self.writers[heading].writeheader()

    def samples(self, name: str) -> None:
        for phase, mode in PHASES:
            row = {"config": self.config, "experiment": name, "phase": phase, "timestamp_utc": self.timestamp}
            for sample in range(SAMPLES):
                self.writers["samples.csv"].writerow(row | {"mode": mode, "sample": sample, "nanoseconds": 1})
            self.writers["kernels.csv"].writerow(row | {"dispatch": phase})

    def row(self, name: str, phase: str, mode: str, **more: str) -> None:
        row = listed(self.config, name, self.tuned_from) | self.known | {"phase": phase, "mode": mode}
        self.writers["csv"].writerow(row | more)

    def rows(self, name: str, **more: str) -> None:
        median = str(1000 + zlib.crc32(name.encode()) % 1000)
        for phase, mode in PHASES:
            self.row(name, phase, mode, **({"status": "ok", "median_ns": median} | more))


def run(options: argparse.Namespace) -> None:
    device = next((one for one in devices() if one["device_uuid"] == options.device), None)
    if device is None:
        fail(21, f"no device matches {options.device}")
    if pathlib.Path(options.config).name == "probe.toml":
        journal("probe", options.device)
        sys.exit(24 if (FAKE / "broken").exists() else 0)
    config, is_tuned, found = experiments(options.config)
    files = Files(pathlib.Path(options.results), config, is_tuned, device, options.seed)
    journal("start", options.device, str(os.getpid()), *options.only)
    for name in options.only:
        _, does, *seconds = found[name]
        time.sleep(float(seconds[0]) if seconds else 0)
        DOES[does](files, name, options.device)
    journal("end", options.device, str(os.getpid()))


def ok(files: Files, name: str, device: str) -> None:
    files.samples(name)
    files.rows(name)


def wrong(files: Files, name: str, device: str) -> None:
    files.rows(name, status="wrong", median_ns="", reason="xhat differs")


def lost(files: Files, name: str, device: str) -> None:
    files.row(name, "total", "pipelined", reason="the device was lost")
    fail(24, "the device was lost")


def torn(files: Files, name: str, device: str) -> None:
    """Ends in the midst of its files."""
    files.samples(name)
    files.row(name, *PHASES[0], status="ok")
    os.kill(os.getpid(), signal.SIGKILL)


def vanish(files: Files, name: str, device: str) -> None:
    lines = (FAKE / "devices").read_text(encoding="utf-8").splitlines(keepends=True)
    (FAKE / "devices").write_text("".join(line for line in lines if device not in line), encoding="utf-8")
    os.kill(os.getpid(), signal.SIGBUS)


DOES = {
    "ok": ok,
    "wrong": wrong,
    "lost": lost,
    "torn": torn,
    "vanish": vanish,
    "crash": lambda *_: os.kill(os.getpid(), signal.SIGSEGV),
    "memory": lambda *_: os.kill(os.getpid(), signal.SIGKILL),
    "hang": lambda *_: time.sleep(3600),
    "silent": lambda *_: sys.exit(0),
    "unsupported": lambda files, name, _: files.row(
        name, "total", "pipelined", status="unsupported", reason="too large"
    ),
    "kernel": lambda *_: fail(30, "xhat.comp does not compile"),
    "full": lambda *_: fail(41, "cannot write: no space left on device"),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command")
    lists, runs = commands.add_parser("list"), commands.add_parser("run")
    commands.add_parser("devices").add_argument("--csv", action="store_true")
    for command in (lists, runs):
        command.add_argument("config")
        command.add_argument("--glsl")
    lists.add_argument("--tuned-for")
    runs.add_argument("--only", action="append")
    for option in ("device", "results", "seed", "cache", "ceilings"):
        runs.add_argument(f"--{option}")
    options = parser.parse_args()
    if options.command == "list":
        list_(options.config, options.tuned_for)
    elif options.command == "run":
        run(options)
    else:
        ghosts = FAKE / "ghosts"
        print(
            (FAKE / "devices").read_text(encoding="utf-8")
            + (ghosts.read_text(encoding="utf-8") if ghosts.exists() else "")
        )


main()
