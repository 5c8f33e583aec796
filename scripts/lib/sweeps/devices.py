"""Which devices a sweep uses, and whether one still answers."""

import itertools
import pathlib
import shutil
import time

from .exits import NO_DEVICE, Failure
from .program import Device, Winoscope

# Seconds that the probe may take, and between two of them.
PROBE_LIMIT = 120
PROBE_PAUSE = 2

# The least that makes a device allocate, compile, run, wait and copy back.
PROBE = """\
name = "probe"
[problem]
in_channels = 4
out_channels = 4
height = 8
width = 8
[measure]
max_seconds = 0.01
min_samples = 6
warmup_seconds = 0
min_region_us = 0
[[variant]]
name = "direct"
algorithm.kind = "direct"
"""


def choose(devices: list[Device], named: list[str]) -> list[Device]:
    """The devices that are `named` by index, UUID or a part of the name; by default the GPUs that can measure.

    Without any GPU, a processor will do.
    """
    if not named:
        able = [device for device in devices if not device.missing]
        chosen = [device for device in able if device.kind != "cpu"] or able
        if not chosen:
            raise Failure(NO_DEVICE, "no device can measure; `winoscope devices` says what each lacks.")
        return _each_once(chosen)
    return _each_once([_find(devices, name) for name in named])


def _find(devices: list[Device], name: str) -> Device:
    exact = [device for device in devices if name in (device.index, device.device_uuid)]
    found = exact or [device for device in devices if name and name.lower() in device.device.lower()]
    if len(found) != 1:
        there = ", ".join(f"{device.index} {device.device} {device.device_uuid}" for device in devices)
        many = "names several devices" if found else "names no device"
        raise Failure(NO_DEVICE, f"--devices {name} {many}; there are {there or 'none'}.")
    if found[0].missing:
        raise Failure(NO_DEVICE, f"{found[0].device} cannot measure: it lacks {found[0].missing}.")
    return found[0]


def _each_once(devices: list[Device]) -> list[Device]:
    return list({device.device_uuid: device for device in devices}.values())


class Probe:
    """Tries devices after something broke on them."""

    def __init__(self, winoscope: Winoscope, folder: pathlib.Path, patience: float):
        """`folder` is for what the probes write; a device has `patience` seconds to answer again."""
        self._winoscope = winoscope
        self._folder = folder
        self._patience = patience
        self._numbers = itertools.count()

    def answers(self, device: Device) -> bool:
        """Whether the device measures a small convolution."""
        end = time.monotonic() + self._patience
        while True:
            if self._succeeds(device):
                return True
            if time.monotonic() >= end or self._winoscope.is_stopped:
                return False
            time.sleep(PROBE_PAUSE)

    def _succeeds(self, device: Device) -> bool:
        folder = self._folder / f"probe-{next(self._numbers)}"
        try:
            folder.mkdir(parents=True)
            config = folder / "probe.toml"
            config.write_text(PROBE, encoding="utf-8")
            ended = self._winoscope.run(config, [], [], device.device_uuid, folder, 0, PROBE_LIMIT)
            return ended.code == 0
        finally:
            shutil.rmtree(folder, ignore_errors=True)
