# The totals of a results file with their intervals, in gnuplot 5.4 or newer:
# gnuplot -c scripts/examples/totals.gp results/h200/layer.csv totals.svg

set datafile separator comma
set datafile columnheaders
is_total(row) = strcol("phase") eq "total" && strcol("mode") eq "pipelined" && strcol("status") eq "ok"
microseconds(name) = column(name) / 1000

set table $totals separator comma
plot ARG1 using (strcol("experiment")):(microseconds("median_ns")):(microseconds("ci_low_ns")):(microseconds("ci_high_ns")) \
     with table if (is_total(0))
unset table

unset datafile columnheaders
stats $totals using 2 nooutput
print sprintf("%d totals, the fastest %.3f µs", STATS_records, STATS_min)

set terminal svg size 720,360
set output ARG2
set title "Totals with their 95 % intervals"
set ylabel "µs"
set yrange [0:*]
set xtics rotate by -40 noenhanced
set style fill solid 0.5
set boxwidth 0.6
set key off
plot $totals using 0:2:xticlabels(1) with boxes, "" using 0:2:3:4 with yerrorbars lc black
