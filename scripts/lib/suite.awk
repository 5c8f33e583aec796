# Prints the suite as a Markdown table: of each shape our fastest variant, what share of its time its floor is, cuDNN in f32
# and the ratio of both times, with the relative errors against f64, then the geometric mean of the ratios and which shapes are slower. Of several rows of an experiment the latest counts. With
# -v max_rel_error=1e-5 none of ours counts that is less accurate, with -v variant=direct none that is called otherwise.
#     awk -f scripts/lib/csv.awk -f scripts/lib/suite.awk results/suite_*.csv results/suite.cudnn.csv

BEGIN { PEER = "cudnn_fp32" }

# Winoscope's rows alone name the commit that they are from.
cell("phase") == "total" && cell("mode") == "pipelined" && (cell("git_commit") != "" || cell("variant") == PEER) {
    shape = cell("config")
    if (!sub(/^suite_/, "", shape)) next
    if (!(shape in known)) order[++shapes] = shape
    known[shape] = 1
    key = shape SUBSEP cell("variant")
    if (!(key in taken)) keys[++experiments] = key
    else if (cell("timestamp_utc") < taken[key]) next
    taken[key] = cell("timestamp_utc")
    status[key] = cell("status")
    reason[key] = cell("reason")
    device[key] = cell("device")
    median[key] = cell("median_ns") + 0
    rel_error[key] = cell("rel_error")
    floor[key] = cell("floor_ns")
    if (status[key] == "ok") text[key] = row_time()
}

# `1.7e-6`
function error(key,    text) {
    if (rel_error[key] == "") return "–"
    text = sprintf("%.1e", rel_error[key])
    sub(/e-0/, "e-", text)
    return text
}

function is_accurate(key) { return max_rel_error == "" || (rel_error[key] != "" && rel_error[key] + 0 <= max_rel_error + 0) }

function is_ours(name) { return name != PEER && (variant == "" || name == variant) }

# Finds the fastest variant of each shape, every device, and what has no time.
function look_through(    i, key, part, shape) {
    for (i = 1; i <= experiments; i++) {
        key = keys[i]
        split(key, part, SUBSEP)
        shape = part[1]
        if (status[key] != "ok") {
            untimed[++untimed_count] = shape ", " part[2] ": " status[key] ", " reason[key]
            continue
        }
        if (!(device[key] in seen)) devices = listed(devices, device[key])
        device_count += !(device[key] in seen)
        seen[device[key]] = 1
        if (is_ours(part[2]) && is_accurate(key) && (!(shape in best) || median[key] < median[best[shape]])) {
            best[shape] = key
            best_name[shape] = part[2]
        }
    }
}

END {
    look_through()
    print "| Shape | Winoscope | Time | Floor | Error | cuDNN f32 | Error | cuDNN over Winoscope |"
    print "|-------|-----------|-----:|------:|------:|----------:|------:|---------------------:|"
    for (i = 1; i <= shapes; i++) {
        shape = order[i]
        peer = shape SUBSEP PEER
        name = our_time = our_floor = our_error = peer_time = peer_error = ratio = "–"
        if (shape in best) {
            name = best_name[shape]
            our_time = text[best[shape]]
            our_error = error(best[shape])
            if (floor[best[shape]] != "") our_floor = sprintf("%.0f %%", floor[best[shape]] / median[best[shape]] * 100)
        }
        if (peer in text && status[peer] == "ok") {
            peer_time = text[peer]
            peer_error = error(peer)
        }
        if (our_time != "–" && peer_time != "–") {
            value = median[peer] / median[best[shape]]
            ratio = sprintf("%.2f×", value)
            compared++
            logarithms += log(value)
            if (value < 1) slower = listed(slower, shape)
        }
        print "| " shape " | " name " | " our_time " | " our_floor " | " our_error " | " peer_time " | " peer_error " | " ratio " |"
    }
    print ""
    if (variant != "") print "Of ours " variant " alone."
    if (max_rel_error != "") print "Of ours those alone with a relative error of at most " max_rel_error "."
    if (compared) {
        printf "Geometric mean of cuDNN's f32 time over Winoscope's: %.2f×, of %d of %d shapes.\n", \
            exp(logarithms / compared), compared, shapes
        print "Slower than cuDNN: " (slower == "" ? "none" : slower) "."
    } else {
        print "No shape has both times."
    }
    if (device_count == 1) print "Device: " devices "."
    if (device_count > 1) print "Devices: " devices ". Ratios of times of different devices say nothing of either's kernels."
    for (i = 1; i <= untimed_count; i++) print "Without a time: " untimed[i] "."
}
