"""The fastest experiments of a results file, in pandas: python3 scripts/examples/fastest.py results/h200/layer.csv"""

import sys

import pandas

# Hashes are text even where all their digits are decimal.
HASHES = dict.fromkeys(("spirv_hash", "config_hash", "git_commit"), str)

rows = pandas.read_csv(sys.argv[1], dtype=HASHES)
totals = rows[(rows["phase"] == "total") & (rows["mode"] == "pipelined") & (rows["status"] == "ok")]
fastest = totals.assign(microseconds=totals["median_ns"] / 1000).sort_values("microseconds").head(5)
print(fastest[["experiment", "microseconds"]].to_csv(index=False, float_format="%.3f"), end="")
