"""Every kind of plot, in the order in which they are made."""

from . import accuracy, distributions, peers, phases, placements, roofline, shares

KINDS = (phases, placements, shares, roofline, peers, accuracy, distributions)
