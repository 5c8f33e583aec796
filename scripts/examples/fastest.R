# The fastest experiments of a results file, in R: Rscript scripts/examples/fastest.R results/h200/layer.csv

rows <- read.csv(commandArgs(trailingOnly = TRUE)[1], na.strings = "", encoding = "UTF-8",
                 colClasses = c(spirv_hash = "character", config_hash = "character", git_commit = "character"))
totals <- subset(rows, phase == "total" & mode == "pipelined" & status == "ok")
fastest <- head(totals[order(totals$median_ns), ], 5)
fastest$microseconds <- sprintf("%.3f", fastest$median_ns / 1000)
write.csv(fastest[c("experiment", "microseconds")], quote = FALSE, row.names = FALSE)
