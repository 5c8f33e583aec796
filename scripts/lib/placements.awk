# Prints the totals of a sweep over placements as a Markdown table, times in µs and in units of all-global's:
#     awk -f scripts/lib/placements.awk results/h200/placements_element.csv
# Several files are one table.

BEGIN {
    FS = ","
    count = split("global shared register inline", placement, " ")
}

# Commas between quotes separate nothing.
/"/ {
    pieces = split($0, piece, "\"")
    line = ""
    for (i = 1; i <= pieces; i++) {
        if (i % 2 == 0) gsub(/,/, ";", piece[i])
        line = line piece[i]
    }
    $0 = line
}

$1 == "config" {
    for (i = 1; i <= NF; i++) column[$i] = i
    next
}

$(column["phase"]) == "total" && $(column["status"]) == "ok" {
    time[$(column["xhat_placement"]), $(column["ghat_placement"]), $(column["mhat_placement"])] = $(column["median_ns"])
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
