# Reads CSV: commas between quotes separate nothing, and column[name] is where the header has a column. Comes before
# the script that uses it: awk -f scripts/lib/csv.awk -f scripts/lib/accuracy.awk FILE…

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
