#!/usr/bin/env python3
"""Measures configurations, each experiment in a process of its own: scripts/sweep.py CONFIG… (--help says how)."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))

if sys.version_info < (3, 10):
    sys.exit(f"error: scripts/sweep.py needs Python 3.10 or newer, and this is {sys.version.split()[0]}.")

from sweeps.main import main

main()
