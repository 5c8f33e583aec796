# Prints the rows of configs/accuracy.toml as a Markdown table: awk -f scripts/lib/csv.awk -f scripts/lib/accuracy.awk results/accuracy.csv

cell("mode") == "isolated" && cell("status") == "ok" {
    key = cell("algorithm") == "direct" ? "direct" : cell("tile") " " cell("points")
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
    row("direct", "–", "direct", "–")
    for (m = 2; m <= 6; m += 2) {
        integer = m " integer"
        sqrt2 = m " sqrt2"
        of_integer = error[integer, "output"] > 0 && error[sqrt2, "output"] > 0 \
            ? sprintf("%.2f×", error[sqrt2, "output"] / error[integer, "output"]) : "–"
        row("F(" m "×" m ")", "integer", integer, "–")
        row("F(" m "×" m ")", "sqrt2", sqrt2, of_integer)
    }
}
