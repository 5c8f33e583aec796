"""One process on a device at a time, whichever sweeps of this machine want it."""

import contextlib
import fcntl
import os
import pathlib
import tempfile
import time
from collections.abc import Callable, Iterator

# Seconds between two looks.
PAUSE = 0.05


@contextlib.contextmanager
def held(device_uuid: str, is_stopped: Callable[[], bool]) -> Iterator[None]:
    """Holds a device; waits while another sweep does, until it `is_stopped`.

    Where there can be no lock, as in another user's file, nothing is waited for.
    """
    path = pathlib.Path(tempfile.gettempdir()) / f"winoscope-device-{device_uuid}.lock"
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        yield
        return
    try:
        while not is_stopped():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(PAUSE)
            except OSError:
                break
        yield
    finally:
        os.close(file)
