//! What the command line accepts, and the help that teaches it.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use super::exit::EXIT_CODES;
use crate::config::{Group, StopAfter};
use crate::results::Phase;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "winoscope", version, about, long_about = LONG_ABOUT, after_help = after_help())]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const LONG_ABOUT: &str = "\
Winoscope answers one question with evidence: where and why does a phased GPU computation lose its time?

A TOML file states which intermediate buffers of a 3×3 convolution are stored in device memory and which are not, \
in which layout, by which kernels. Winoscope records one command buffer per phase, verifies every buffer against \
an f64 twin, measures device time with its uncertainty, and writes CSV.

    winoscope explain configs/investigation.toml      what would run, without a device
    winoscope run configs/investigation.toml          verify, measure, write CSV
    winoscope tune configs/suite/res3.toml            the quickest way to compute a problem
    winoscope report results/investigation.csv        the tables, and what they answer
    winoscope attribute configs/investigation.toml --from old --to new
                                                      which factor is to blame
    winoscope ceilings                                what the device can do at best";

fn after_help() -> String {
    let codes = EXIT_CODES.iter().map(|(code, meaning)| format!("\n  {code:>3}  {meaning}"));
    format!("Exit codes:\n    0  done\n    2  wrong usage{}", codes.collect::<String>())
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the Vulkan devices, their limits, and what each lacks
    Devices(DeviceList),
    /// Print the plan of each experiment: dispatches, buffers, barriers; needs no device
    Explain(ExplainOptions),
    /// Print the experiments of configurations as CSV, a row each, without times; needs no device
    #[command(after_help = LIST_HELP)]
    List(ListOptions),
    /// Verify and measure the experiments of configurations, and write CSV
    #[command(after_help = RUN_HELP)]
    Run(RunOptions),
    /// Search for the quickest way to compute a problem, and write it as a configuration
    #[command(after_help = TUNE_HELP)]
    Tune(TuneOptions),
    /// Print the tables of saved results, and answer the investigation's questions from them; needs no device
    Report(ReportOptions),
    /// Measure every mixture of two variants, and print each factor's share of the difference in time
    #[command(after_help = ATTRIBUTE_HELP)]
    Attribute(AttributeOptions),
    /// Say what is faster or slower in one results file than in another, or which experiments of one tie with its
    /// fastest; needs no device
    #[command(after_help = COMPARE_HELP)]
    Compare(CompareOptions),
    /// Try the instrument itself on work of a known amount, and say whether it can be believed
    #[command(after_help = PROVE_HELP)]
    Prove(ProveOptions),
    /// Measure this device's ceilings, from which the floors of other results come
    #[command(after_help = CEILINGS_HELP)]
    Ceilings(CeilingsOptions),
    /// Print the JSON Schema of the configuration, for completion in an editor
    Schema,
    /// Print the reference of every column of every file that winoscope writes, in Markdown
    Columns,
}

const LIST_HELP: &str = "\
The columns are those of `run`, with all that a row says before anything is measured: what is known of no device is \
empty, and the status is `failed`. Before them stands `comparison`: experiments with the same number are measured in \
turn, by one process on one device, however a sweep is spread over devices ([sweep] together).

    winoscope list configs/placements_element.toml | cut -d, -f3      the names of the experiments";

const RUN_HELP: &str = "\
A run that was stopped goes on where it was: experiments that are in the results already, from the same \
configuration, kernels, device, driver and build, are not measured again. --fresh measures all of them.

Times are of the device's own clock. A row is written as each experiment ends; an experiment whose output is wrong \
gets a row without times, and the command goes on and exits with 50 at the end. The last line on stderr says where \
wall time went.";

const TUNE_HELP: &str = "\
What PROBLEM and --set set stays as it is. What they leave open is searched: direct convolution and Winograd, its tile \
and points, placements, mapping and block sizes. The variants of PROBLEM compete too, and so does what was tuned for the \
nearest problem.

    winoscope ceilings
    winoscope tune configs/suite/res3.toml --max-rel-error 3.5e-6
    winoscope run results/tune_suite_res3.toml

Candidates are measured in rounds, the best so far in each of them, and the quickest of a round are changed in one \
decision each for the next. Left out is what contradicts itself, what the device has no room for, what computes many \
times as much as the others, what takes longer by its floor than the best (with the ceilings of the device alone), and \
what is less accurate than --max-rel-error. The last round has the quickest few, with the quickest of direct convolution \
or of Winograd, whichever loses.

Every candidate is verified, and written to DIR/tune_<name>.csv as `run` writes experiments. A search that was stopped \
goes on where it was. In `measure`, max_seconds is 0.3 and give_up_at 1.5 where PROBLEM does not set them.";

const ATTRIBUTE_HELP: &str = "\
Two variants that differ in n factors have 2ⁿ mixtures, each with some of the factors changed. All are measured, in \
turn. A factor's share is the geometric mean of what changing it does to the time, over all orders of changing the \
factors one by one (its Shapley value, in logarithms), so that the shares multiply to the whole ratio.

    winoscope attribute configs/investigation.toml --from old --to new --phase mhat,output
    winoscope attribute configs/investigation.toml --from old --to new \\
        --group layouts=buffers.xhat.layout,buffers.ghat.layout,buffers.mhat.layout

Each pair of experiments of the two variants that stops after a --phase and has the same values of all sweep axes is \
an attribution of its own; --set fixes an axis. A mixture that has no meaning, or that the device cannot run, is \
listed with its reason, and shares are then over the orders that avoid it. --group leaves fewer mixtures: its keys \
change together.

Every mixture is written to DIR/<config>.attribution.csv as `run` writes experiments, its samples beside it, and the \
shares to DIR/<config>.shares.csv. An attribution that was stopped goes on where it was.";

const COMPARE_HELP: &str = "\
Experiments are matched by name, phase, mode, caches and problem; what has no partner is listed. Of an experiment that is in a \
file several times, the latest run counts.

A ratio is B's time over A's. Its interval is of the raw samples in <name>.samples.csv beside each <name>.csv, else of \
the intervals in the rows. All intervals shown hold together with 95 %, so fewer --phase make each narrower. `faster` and \
`slower` mean that the whole interval lies beyond --same-within, `same` that it lies within, `unclear` that it reaches \
over an end.

    winoscope compare before/investigation.csv after/investigation.csv --phase total --fail-if-slower 3%
    winoscope compare results/placements_element.csv      which experiments tie with the fastest";
const PROVE_HELP: &str = "\
The work is a kernel of so many fused multiply-adds, which goes the way of every experiment: verified, warmed up, \
interleaved, sampled.

    same              one job under two names, 200 times: at 95 %, at most 7 % are told apart
    own buffers       the same 50 times with buffers allocated anew, which nothing is expected of
    known effect      1.00, 1.02, 1.10 and 2.00 times the work are told as that
    smallest effect   the smallest effect that 5 s of sampling tell
    additivity        isolated phases add up to the pipelined total; nothing costs the noise floor
    clocks            timestamps, the host's clock and the kernels' own clock agree within 2 %

Every figure is written to DIR/proof.csv with its verdict, each comparison of equals to DIR/proof.comparisons.csv. On a \
software driver, whose times are those of a busy processor, and with --quick or --validate, nothing is judged.";

const CEILINGS_HELP: &str = "\
What this device cannot exceed: the bandwidth of copies and reads by working set, in which its caches show; the \
bandwidth of shared memory; the rates of multiply-adds, in f32, in f16 and on cooperative matrices; and what an empty \
dispatch and a barrier cost. Each kernel computes something that is compared with what it must be, and a wrong one yields no number. A GPU takes about ten \
seconds.

Every run is added to DIR/ceilings/<device>.csv. `run` and `attribute` read its latest ceilings of the same device and \
driver and write, in each row, floor_ns: the least time that the row's flops, bytes and dispatches can take. `report` \
fills floors into rows without them, and shows how near each row is.

    winoscope ceilings
    winoscope run configs/investigation.toml
    winoscope report results/investigation.csv

Do not disturb the device meanwhile, and measure again after a change of driver.";

/// Options of `ceilings`.
#[derive(Args, Debug)]
pub struct CeilingsOptions {
    /// The largest working set, such as 64MiB; less where the device has less memory
    #[arg(long, value_name = "BYTES", default_value = "1GiB", value_parser = size)]
    pub max_bytes: u64,
    /// How.
    #[command(flatten)]
    pub measuring: MeasuringOptions,
}

/// Reads a size in bytes, with a binary unit or without one.
fn size(text: &str) -> Result<u64, String> {
    let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let scale = match unit.trim_start() {
        "" | "B" => 1_u64,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err("expected a number of bytes, or of KiB, MiB or GiB, such as 64MiB".into()),
    };
    let number: u64 = number.parse().map_err(|_| "expected a whole number first, as in 64MiB".to_owned())?;
    number.checked_mul(scale).ok_or_else(|| "more bytes than can be counted".into())
}

/// Options of `devices`.
#[derive(Args, Debug)]
pub struct DeviceList {
    /// Load the Khronos validation layer, and fail if it reports anything
    #[arg(long)]
    pub validate: bool,
    /// Print the devices as CSV, for a program
    #[arg(long)]
    pub csv: bool,
}

/// Options of commands that read one or more configurations.
#[derive(Args, Debug)]
pub struct ConfigOptions {
    /// Configuration files (TOML)
    #[arg(required = true, value_name = "CONFIG")]
    pub configs: Vec<PathBuf>,
    /// Override a key in every experiment, as in --set problem.height=64; a sweep axis of that key is dropped
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
}

/// Options of `explain`.
#[derive(Args, Debug)]
pub struct ExplainOptions {
    /// What to explain.
    #[command(flatten)]
    pub config: ConfigOptions,
    /// The name of the device whose tuned values `algorithm.defaults = "tuned"` takes, as in --tuned-for "NVIDIA H200"
    #[arg(long, value_name = "DEVICE")]
    pub tuned_for: Option<String>,
}

/// Options of `list`.
#[derive(Args, Debug)]
pub struct ListOptions {
    /// What to list.
    #[command(flatten)]
    pub config: ConfigOptions,
    /// The name of the device whose tuned values `algorithm.defaults = "tuned"` takes, as in --tuned-for "NVIDIA H200"
    #[arg(long, value_name = "DEVICE")]
    pub tuned_for: Option<String>,
    /// Read the kernels from this folder [default: ./glsl in the repository's root, else those in the binary]
    #[arg(long, value_name = "DIR")]
    pub glsl: Option<PathBuf>,
}

/// Options of `run`.
#[derive(Args, Debug)]
pub struct RunOptions {
    /// What to run.
    #[command(flatten)]
    pub config: ConfigOptions,
    /// This experiment alone, by its name as `winoscope list` has it; may be given more than once
    #[arg(long, value_name = "EXPERIMENT")]
    pub only: Vec<String>,
    /// How.
    #[command(flatten)]
    pub measuring: MeasuringOptions,
    /// Against what.
    #[command(flatten)]
    pub floors: FloorOptions,
}

/// Where floors come from.
#[derive(Args, Debug)]
pub struct FloorOptions {
    /// The ceilings that floors come from [default: the device's own in the folder `ceilings` among the results]
    #[arg(long, value_name = "FILE")]
    pub ceilings: Option<PathBuf>,
}

/// Options of commands that measure.
#[derive(Args, Debug)]
pub struct MeasuringOptions {
    /// The device: its index, a part of its name, or its UUID (see `winoscope devices`)
    #[arg(long, env = "WINOSCOPE_DEVICE", value_name = "DEVICE")]
    pub device: Option<String>,
    /// The folder for results
    #[arg(long, default_value = "results", value_name = "DIR")]
    pub results: PathBuf,
    /// Measure everything again; earlier results of the same name are renamed to *.old
    #[arg(long)]
    pub fresh: bool,
    /// Read the kernels from this folder [default: ./glsl in the repository's root, else those in the binary]
    #[arg(long, value_name = "DIR")]
    pub glsl: Option<PathBuf>,
    /// The folder for compiled kernels and pipelines [default: winoscope in the user's cache folder]
    #[arg(long, env = "WINOSCOPE_CACHE", value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Seed of the random inputs and of the order of measuring, to repeat a run [default: a new one each time]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Load the Khronos validation layer, and fail if it reports anything; times then say nothing. Older layers see
    /// hazards across submissions only with the environment variable VK_LAYER_ENABLES set to
    /// VALIDATION_CHECK_ENABLE_SYNCHRONIZATION_VALIDATION_QUEUE_SUBMIT, newer ones those of kernels only with
    /// VK_LAYER_SYNCVAL_SHADER_ACCESSES_HEURISTIC set to true
    #[arg(long)]
    pub validate: bool,
}

/// Options of `prove`.
#[derive(Args, Debug)]
pub struct ProveOptions {
    /// Measure so little that nothing is proven, to try the command
    #[arg(long)]
    pub quick: bool,
    /// How.
    #[command(flatten)]
    pub measuring: MeasuringOptions,
}

/// Options of `tune`.
#[derive(Args, Debug)]
pub struct TuneOptions {
    /// The configuration file (TOML) that has the problem
    #[arg(value_name = "PROBLEM")]
    pub problem: PathBuf,
    /// Fix a key in every candidate, as in --set algorithm.tile=4
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// The largest relative error of the output, ‖y − y₆₄‖ / ‖y₆₄‖ [default: whatever verification allows]
    #[arg(long, value_name = "ERROR", value_parser = positive)]
    pub max_rel_error: Option<f64>,
    /// Begin no further round after so long, but the last [default: until nothing gets quicker]
    #[arg(long, value_name = "SECONDS", value_parser = positive)]
    pub seconds: Option<f64>,
    /// Where the winner is written, a configuration that `run` takes [default: DIR/tune_<name>.toml]
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// Put the winner into this table of tuned choices as well, in place of what it has for the problem
    #[arg(long, value_name = "FILE")]
    pub table: Option<PathBuf>,
    /// How.
    #[command(flatten)]
    pub measuring: MeasuringOptions,
    /// Against what.
    #[command(flatten)]
    pub floors: FloorOptions,
}

/// Reads a number above zero.
fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "expected a number above 0, such as 3.5e-6".to_owned())
}

/// Options of `attribute`.
#[derive(Args, Debug)]
pub struct AttributeOptions {
    /// What has the variants.
    #[command(flatten)]
    pub config: ConfigOptions,
    /// The variant with no factor changed
    #[arg(long, value_name = "VARIANT")]
    pub from: String,
    /// The variant with all factors changed
    #[arg(long, value_name = "VARIANT")]
    pub to: String,
    /// Experiments that stop after this phase, or one of these
    #[arg(
        long = "phase",
        value_name = "PHASE",
        value_delimiter = ',',
        default_value = StopAfter::Output.as_str(),
        value_parser = named(&StopAfter::ALL, |phase| phase.as_str()),
    )]
    pub phases: Vec<StopAfter>,
    /// Keys that change together, as one factor
    #[arg(long = "group", value_name = "NAME=KEY,KEY")]
    pub groups: Vec<Group>,
    /// How.
    #[command(flatten)]
    pub measuring: MeasuringOptions,
    /// Against what.
    #[command(flatten)]
    pub floors: FloorOptions,
}

/// Options of `compare`.
#[derive(Args, Debug)]
pub struct CompareOptions {
    /// A results file (CSV), to compare with
    #[arg(value_name = "A.csv")]
    pub a: PathBuf,
    /// The results file to judge; without it, the experiments of A are compared with each other
    #[arg(value_name = "B.csv")]
    pub b: Option<PathBuf>,
    /// These phases alone [default: all; total where there is one file]
    #[arg(
        long = "phase",
        value_name = "PHASE",
        value_delimiter = ',',
        value_parser = named(Phase::ALL, Phase::as_str),
    )]
    pub phases: Vec<Phase>,
    /// Times that differ by no more than this are the same
    #[arg(long, value_name = "SHARE", default_value = "1%", value_parser = percentage)]
    pub same_within: f64,
    /// Exit with 60 if anything is certainly slower in B by more than this, as in 3%; what is unclear is told, and does
    /// not fail
    #[arg(long, value_name = "SHARE", value_parser = percentage, requires = "b")]
    pub fail_if_slower: Option<f64>,
    /// Compare times of different devices
    #[arg(long, requires = "b")]
    pub across_devices: bool,
}

/// Reads a share that is given in percent: `3%`, `0.5 %`.
fn percentage(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    let share = number.filter(|number| (0.0..1000.0).contains(number));
    share.map(|share| share / 100.0).ok_or_else(|| "expected a percentage from 0%, such as 3%".to_owned())
}

/// Reads one of `values` by its name.
fn named<T: Copy + Send + Sync + 'static>(
    values: &'static [T],
    name: impl Fn(T) -> &'static str + Copy + Send + Sync + 'static,
) -> impl TypedValueParser<Value = T> {
    let find = move |text: String| values.iter().copied().find(|&value| name(value) == text);
    PossibleValuesParser::new(values.iter().map(|&value| name(value)))
        .try_map(move |text| find(text).ok_or("not one of the values"))
}

/// Options of `report`.
#[derive(Args, Debug)]
pub struct ReportOptions {
    /// Results files (CSV)
    #[arg(required = true, value_name = "CSV")]
    pub files: Vec<PathBuf>,
    /// Write the tables, and figures of what they tell, to one page for a browser; nothing is printed then
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Against what.
    #[command(flatten)]
    pub floors: FloorOptions,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn sizes_have_binary_units() {
        let sizes = ["0", "17", "64KiB", "3 MiB", "1GiB"].map(|text| size(text).unwrap());
        assert_eq!(sizes, [0, 17, 65_536, 3 << 20, 1 << 30]);
        for wrong in ["", "MiB", "1MB", "-1", "1.5GiB", "99999999999GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn percentages_are_shares() {
        for (text, share) in [("3%", 0.03), ("0.5 %", 0.005), ("0%", 0.0)] {
            assert_eq!(percentage(text), Ok(share), "{text}");
        }
        for text in ["3", "%", "-1%", "nan%", "inf%", "0.03x"] {
            assert!(percentage(text).is_err(), "{text}");
        }
    }
}
