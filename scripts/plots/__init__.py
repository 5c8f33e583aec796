"""The plots that Winoscope's CSV can be drawn as, one module for each kind.

A kind has a NAME, which is part of its files' names, and `plots(tables)`, which yields what can be drawn of the tables
or raises `Absent` with the sentence that says what is missing.
"""
