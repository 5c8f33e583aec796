# Prints the multiply-reduce of the suite beside cuBLAS as a Markdown table: of each shape and each tile our quickest product of
# matrices that lie in memory, cuBLAS's batched f32 product of as many and as large ones, and the ratio of both times, then the
# geometric mean of the ratios and where we are slower. Of several rows of an experiment the latest counts.
#     awk -f scripts/lib/csv.awk -f scripts/lib/products.awk results/suite_*.csv results/suite.cublas.csv

BEGIN { PEER = "cublas_fp32" }

# Winoscope's rows alone name the commit that they are from.
cell("phase") == "mhat" && cell("mode") == "isolated" && (cell("variant") == PEER || (cell("git_commit") != "" && is_product())) {
    shape = cell("config")
    if (!sub(/^suite_/, "", shape)) next
    if (!(shape in known)) order[++shapes] = shape
    known[shape] = 1
    tile = cell("tile") + 0
    if (tile > largest) largest = tile
    key = shape SUBSEP tile SUBSEP cell("variant")
    if (!(key in taken)) keys[++experiments] = key
    else if (cell("timestamp_utc") < taken[key]) next
    taken[key] = cell("timestamp_utc")
    status[key] = cell("status")
    reason[key] = cell("reason")
    device[key] = cell("device")
    median[key] = cell("median_ns") + 0
    if (status[key] == "ok") {
        text[key] = row_time()
        rate[key] = teraflops(cell("flops") / median[key] / 1000)
    }
}

# Whether all three matrices are stored: else the phase computes more than their product, or moves less.
function is_product() {
    return cell("xhat_placement") == "global" && cell("ghat_placement") == "global" && cell("mhat_placement") == "global"
}

function teraflops(value) { return sprintf(value < 0.9995 ? "%.3f" : (value < 9.995 ? "%.2f" : "%.1f"), value) }

# Finds our quickest variant and cuBLAS's row of each shape and tile, every device, and what has no time.
function look_through(    i, key, part, pair) {
    for (i = 1; i <= experiments; i++) {
        key = keys[i]
        split(key, part, SUBSEP)
        pair = part[1] SUBSEP part[2]
        found[pair] = 1
        if (status[key] != "ok") {
            untimed[++untimed_count] = part[1] ", " name_of(part[2]) ", " part[3] ": " status[key] ", " reason[key]
            continue
        }
        if (!(device[key] in seen)) devices = listed(devices, device[key])
        device_count += !(device[key] in seen)
        seen[device[key]] = 1
        if (part[3] == PEER) {
            peer[pair] = key
        } else if (!(pair in best) || median[key] < median[best[pair]]) {
            best[pair] = key
            best_name[pair] = part[3]
        }
    }
}

function name_of(m) { return "F(" m "×" m ")" }

END {
    look_through()
    print "| Shape | Tile | Winoscope | Time | TFLOP/s | cuBLAS f32 | TFLOP/s | cuBLAS over Winoscope |"
    print "|-------|------|-----------|-----:|--------:|-----------:|--------:|----------------------:|"
    for (i = 1; i <= shapes; i++) {
        for (m = 1; m <= largest; m++) {
            pair = order[i] SUBSEP m
            if (!(pair in found)) continue
            rows++
            name = our_time = our_rate = peer_time = peer_rate = ratio = "–"
            if (pair in best) {
                name = best_name[pair]
                our_time = text[best[pair]]
                our_rate = rate[best[pair]]
            }
            if (pair in peer) {
                peer_time = text[peer[pair]]
                peer_rate = rate[peer[pair]]
            }
            if (pair in best && pair in peer) {
                value = median[peer[pair]] / median[best[pair]]
                ratio = sprintf("%.2f×", value)
                compared++
                logarithms += log(value)
                if (value < 1) slower = listed(slower, order[i] " " name_of(m))
            }
            print "| " order[i] " | " name_of(m) " | " name " | " our_time " | " our_rate " | " peer_time " | " peer_rate " | " ratio " |"
        }
    }
    print ""
    if (compared) {
        printf "Geometric mean of cuBLAS's f32 time over Winoscope's: %.2f×, of %d of %d products.\n", \
            exp(logarithms / compared), compared, rows
        print "Slower than cuBLAS: " (slower == "" ? "none" : slower) "."
    } else {
        print "No product has both times."
    }
    if (device_count == 1) print "Device: " devices "."
    if (device_count > 1) print "Devices: " devices ". Ratios of times of different devices say nothing of either's kernels."
    for (i = 1; i <= untimed_count; i++) print "Without a time: " untimed[i] "."
}
