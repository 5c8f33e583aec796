"""Tests of the sweep: python3 -m unittest discover -s scripts/lib/sweeps/tests -t scripts/lib"""
