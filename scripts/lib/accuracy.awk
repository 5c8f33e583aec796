# Prints the rows of configs/accuracy.toml as a Markdown table: awk -f scripts/lib/csv.awk -f scripts/lib/accuracy.awk results/accuracy.csv

BEGIN { sets = split("integer sqrt2 balanced", points, " ") }

cell("mode") == "isolated" && cell("status") == "ok" {
    set = cell("points")
    if (cell("partial_sums") != "" && cell("partial_sums") + 0 < cell("in_channels") + 0) {
        set = set ", sums of " cell("partial_sums")
        if (!(set in partial)) points[++sets] = set
        partial[set] = 1
    }
    key = cell("algorithm") == "direct" ? "direct" : cell("tile") " " set
    phase = cell("phase") == "direct" ? "output" : cell("phase")
    error[key, phase] = cell("rel_error")
    largest[key, phase] = cell("max_abs_error")
}

# 3.2e-6, and 0 where nothing was rounded.
function figure(value, text) {
    if (value == "") return "–"
    if (value == 0) return "0"
    text = sprintf("%.1e", value)
    sub(/e-0/, "e-", text)
    return text
}

function row(name, points, key, ratio) {
    printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", name, points, figure(error[key, "output"]), ratio, \
        figure(largest[key, "output"]), figure(error[key, "xhat"]), figure(error[key, "ghat"]), figure(error[key, "mhat"])
}

END {
    print "| Algorithm | Points | y | y, of integer's | y, largest | XHAT | GHAT | MHAT |"
    print "|-----------|--------|--:|----------------:|-----------:|-----:|-----:|-----:|"
    if (("direct", "output") in error) row("direct", "–", "direct", "–")
    for (m = 2; m <= 7; m++) {
        for (set = 1; set <= sets; set++) {
            key = m " " points[set]
            if (!((key, "output") in error)) continue
            of_integer = set > 1 && error[m " integer", "output"] > 0 \
                ? sprintf("%.2f×", error[key, "output"] / error[m " integer", "output"]) : "–"
            row("F(" m "×" m ")", points[set], key, of_integer)
        }
    }
}
