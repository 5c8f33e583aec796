"""What the configurations of a sweep hold on the devices that it uses."""

import argparse

from .devices import choose
from .exits import USAGE, Failure
from .experiments import Listing, list_experiments
from .program import Device, Winoscope


def list_for(devices: list[Device] | None, options: argparse.Namespace, winoscope: Winoscope) -> list[Listing]:
    """Expands the configurations for the devices of the sweep, `None` where they are not known.

    Tuned values are of devices of one name: others would measure what was not listed, and a row of what failed would
    say of one what was listed for another. Raises `Failure` where they are asked for and there is no such name.
    """
    names = list(dict.fromkeys(device.device for device in devices or []))
    name = names[0] if len(names) == 1 else None
    listings = [list_experiments(winoscope, path, options.set, name) for path in options.configs]
    tuned = [path for path, listing in zip(options.configs, listings, strict=True) if listing.is_tuned]
    if name or not tuned:
        return listings
    asks = f'{tuned[0]} asks for tuned values (algorithm.defaults = "tuned"), which are of devices of one name'
    if options.ray:
        raise Failure(
            USAGE,
            f"{asks}, and those of a cluster are not known beforehand: give each machine a shard of its own instead, "
            "with --shard.",
        )
    if devices is None:
        # A dry run, which needs a device for nothing else.
        return list_for(choose(winoscope.devices(), options.devices), options, winoscope)
    raise Failure(
        USAGE, f"{asks}, and there are {', '.join(names)}: name those of one with --devices, in a sweep for each."
    )
