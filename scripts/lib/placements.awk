# Prints the totals of a sweep over placements as a Markdown table, times in µs and in units of all-global's:
#     awk -f scripts/lib/csv.awk -f scripts/lib/placements.awk results/h200/placements_element.csv
# Several files are one table.

BEGIN {
    count = split("global shared register inline", placement, " ")
}

cell("phase") == "total" && cell("status") == "ok" {
    time[cell("xhat_placement"), cell("ghat_placement"), cell("mhat_placement")] = cell("median_ns")
}

function figure(value) { return sprintf(value < 99950 ? "%.1f" : "%.0f", value / 1000) }

function ratio(value) { return sprintf(value < 9.95 ? "%.2f×" : (value < 99.5 ? "%.1f×" : "%.0f×"), value) }

END {
    reference = time["global", "global", "global"]
    print "| XHAT | GHAT | MHAT global | MHAT shared | MHAT register | MHAT inline |"
    print "|------|------|------------:|------------:|--------------:|------------:|"
    for (x = 1; x <= count; x++) {
        for (g = 1; g <= count; g++) {
            line = ""
            some = 0
            for (m = 1; m <= count; m++) {
                key = placement[x] SUBSEP placement[g] SUBSEP placement[m]
                if (key in time) {
                    some = 1
                    line = line " | " figure(time[key]) " µs" (reference ? " (" ratio(time[key] / reference) ")" : "")
                } else {
                    line = line " | –"
                }
            }
            if (some) print "| " placement[x] " | " placement[g] line " |"
        }
    }
}
