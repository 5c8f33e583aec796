# Prints the shares of attributions as Markdown tables, one for each pair of experiments:
#     awk -f scripts/lib/csv.awk -f scripts/lib/shares.awk results/h200/investigation.shares.csv

{
    pair = cell("from") SUBSEP cell("to")
    if (pair != last_pair) {
        if (last_pair != "") print ""
        last_pair = pair
        printf "`%s` → `%s`, %s→%s channels, %s×%s:\n\n", cell("from"), cell("to"), cell("in_channels"), \
            cell("out_channels"), cell("height"), cell("width")
        print "| Factor | From → to | Share | Interval | Changed first | Changed last |"
        print "|--------|-----------|------:|----------|--------------:|-------------:|"
    }
    factor = cell("factor")
    interval = sprintf("[%.3f, %.3f]", cell("ci_low"), cell("ci_high"))
    if (factor == "whole") {
        printf "| **whole** | the product of all shares | %.2f× | %s | | |\n", cell("share"), interval
    } else {
        printf "| %s | %s → %s | %.2f×%s | %s | %.2f× | %.2f× |\n", factor, cell("from_value"), cell("to_value"), \
            cell("share"), cell("is_noise") == 1 ? " (noise)" : "", interval, cell("first"), cell("last")
    }
}
