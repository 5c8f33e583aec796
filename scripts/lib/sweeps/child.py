"""Becomes a program that is killed when the sweep ends, however that ends: child.py PARENT PROGRAM ARGUMENT…

A sweep that is killed with -9 can end nothing itself, and what it started would go on using the device beside the sweep
that resumes. A program of its own, since code between fork and exec is not safe in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
# The sweep may have ended before it was asked for.
if os.getppid() != int(sys.argv[1]):
    sys.exit("error: the sweep that started this has ended")
os.execvp(sys.argv[2], sys.argv[2:])
