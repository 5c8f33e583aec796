"""Sweeps that survive: each experiment in a process of its own, on as many devices as there are."""
