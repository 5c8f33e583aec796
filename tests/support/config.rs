//! Configurations that run in milliseconds, in pieces.

/// A problem with odd sizes everywhere: y has 2×7×9 elements.
pub const PROBLEM: &str = "\
[problem]
in_channels = 3
out_channels = 2
height = 7
width = 9
";

/// As few samples as have an interval, and no time besides.
pub const QUICK: &str = "\
[measure]
max_seconds = 0.001
min_samples = 6
warmup_seconds = 0
min_region_us = 0
";

/// The samples of each region under [`QUICK`].
pub const QUICK_SAMPLES: usize = 6;

/// Direct convolution: phases direct and total.
pub const DIRECT: &str = "\
[[variant]]
name = \"direct\"
algorithm.kind = \"direct\"
";

/// Every intermediate stored: phases xhat, ghat, mhat, output and total.
pub const STORED: &str = "\
[[variant]]
name = \"stored\"
";

/// XHAT and GHAT never stored: phases mhat, output and total.
pub const INLINE: &str = "\
[[variant]]
name = \"inline\"
buffers.xhat.placement = \"inline\"
buffers.ghat.placement = \"inline\"
multiply.mapping = \"element\"
";

/// Three experiments with the kernels of both ends: stored and inline, besides the baseline.
pub fn tiny() -> String {
    [PROBLEM, QUICK, DIRECT, STORED, INLINE].concat()
}

/// One experiment of one kernel, called `direct`.
pub fn direct() -> String {
    [PROBLEM, QUICK, DIRECT].concat()
}

/// Crosses every variant with this many problems, `<variant>/batch=1` and so on, which are recorded one after the
/// other: problems are not compared.
pub fn batches(count: usize) -> String {
    let batches: Vec<String> = (1..=count).map(|batch| batch.to_string()).collect();
    format!("[sweep]\n\"problem.batch\" = [{}]\n", batches.join(", "))
}

/// `direct/batch=1` and so on, each of which takes as long on every machine: no interval is ever as narrow as wanted,
/// so the time is used up.
pub fn slow(experiments: usize) -> String {
    let measure = format!(
        "[measure]\ntarget_rel_ci = 1e-9\nmax_seconds = {SECONDS_EACH}\nmin_samples = 6\nwarmup_seconds = 0\n\
         min_region_us = 0\n"
    );
    [PROBLEM, &measure, DIRECT, &batches(experiments)].concat()
}

const SECONDS_EACH: f64 = 0.7;

/// `direct/height=7` and `direct/height=4000000`, which is too large for lavapipe: its kernels see 2²⁷ bytes of a
/// buffer, and x alone has 432 million.
pub fn with_a_problem_too_large() -> String {
    [PROBLEM, QUICK, DIRECT, "[sweep]\n\"problem.height\" = [7, 4000000]\n"].concat()
}
