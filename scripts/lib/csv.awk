# Reads CSV: commas between quotes separate nothing, and column[name] is where the header has a column. Below it, what
# several scripts print of rows. Comes before the script that uses it: awk -f scripts/lib/csv.awk -f scripts/lib/accuracy.awk FILE…

BEGIN { FS = "," }

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

function cell(name) { return name in column ? $(column[name]) : "" }

# `12.34 µs ± 0.5 %`, of the row's median and its interval.
function row_time(    us, digits, share) {
    us = cell("median_ns") / 1000
    digits = us < 9.9995 ? 3 : (us < 99.995 ? 2 : (us < 999.95 ? 1 : 0))
    share = (cell("ci_high_ns") - cell("ci_low_ns")) / 2 / cell("median_ns") * 100
    return sprintf("%." digits "f µs ± %s %%", us, share < 0.05 ? "< 0.1" : sprintf("%.1f", share))
}

function listed(list, item) { return list == "" ? item : list ", " item }
