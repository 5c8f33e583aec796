"""Tests of the sweep: python3 -m unittest discover -s scripts/lib/sweep/tests -t scripts/lib"""
