//! The one table that names, types and describes every column of the results.
//!
//! The structs, the CSV header, reading, writing and the reference text all come from it.

use super::cell::{Cell, CellError};
use super::values::{Mode, Phase, Status, Stopped};

/// A column's description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the CSV header.
    pub name: &'static str,
    /// The unit of its numbers, empty where it has none.
    pub unit: &'static str,
    /// What it says, in one sentence.
    pub meaning: &'static str,
    /// Whether it came later than the others: files of earlier versions lack it, and it reads as empty.
    pub is_later: bool,
}

/// One CSV line, whose columns are known.
pub trait Record: Sized {
    /// Every column, in the order of the file.
    const COLUMNS: &'static [Column];

    /// The cells, in the order of [`COLUMNS`](Self::COLUMNS).
    fn to_record(&self) -> Vec<String>;

    /// The record of a line whose header is `order`.
    ///
    /// # Errors
    /// The first cell that does not hold what its column does.
    fn from_record(order: &ColumnOrder, fields: &csv::StringRecord) -> Result<Self, CellError>;
}

/// Where each known column stands in a file, whose header may have them in any order, and others besides; `None` for
/// a later column that the file lacks.
#[derive(Clone, Debug)]
pub struct ColumnOrder(Vec<Option<usize>>);

impl ColumnOrder {
    /// Finds the columns of `R` in a header.
    ///
    /// # Errors
    /// The names that the header lacks.
    pub fn of<R: Record>(header: &csv::StringRecord) -> Result<Self, Vec<&'static str>> {
        let place = |column: &Column| header.iter().position(|name| name == column.name);
        let places: Vec<Option<usize>> = R::COLUMNS.iter().map(place).collect();
        let missing: Vec<&'static str> = R::COLUMNS
            .iter()
            .zip(&places)
            .filter(|(column, place)| place.is_none() && !column.is_later)
            .map(|(column, _)| column.name)
            .collect();
        if missing.is_empty() { Ok(Self(places)) } else { Err(missing) }
    }

    pub(super) fn read<T: Cell>(
        &self,
        columns: &[Column],
        index: usize,
        fields: &csv::StringRecord,
    ) -> Result<T, CellError> {
        let place = self.0.get(index).copied().flatten();
        cell(columns[index].name, place.and_then(|place| fields.get(place)).unwrap_or_default())
    }
}

/// A column's value, of its text.
fn cell<T: Cell>(column: &'static str, text: &str) -> Result<T, CellError> {
    T::read(text).ok_or_else(|| CellError { column, expected: T::EXPECTED, found: text.to_owned() })
}

/// Declares a record: `name: type [unit] = "meaning";` for each column, in the order of the file, with `later` before
/// the meaning of a column that came later than the others. Groups of later columns may follow, each as a field of its own.
macro_rules! columns {
    (
        $(#[$doc:meta])* $record:ident {
            $($name:ident: $type:ty $([$unit:literal])? = $($later_mark:ident)? $meaning:literal;)+
        }
        $(
            $(#[$group_doc:meta])* $field:ident: $group:ident {
                $($later:ident: $later_type:ty $([$later_unit:literal])? = $later_meaning:literal;)+
            }
        )*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $record {
            $(#[doc = concat!($meaning $(, " In ", $unit, ".")?)] pub $name: $type,)+
            $($(#[$group_doc])* pub $field: $group,)*
        }

        $(
            $(#[$group_doc])*
            #[derive(Clone, Debug, Default, PartialEq)]
            pub struct $group {
                $(#[doc = concat!($later_meaning $(, " In ", $later_unit, ".")?)] pub $later: $later_type,)+
            }

            impl $group {
                /// The values of those columns that `named` has, by name; the others are empty.
                ///
                /// # Errors
                /// The first value that its column does not hold.
                pub fn of(named: &[(String, String)]) -> Result<Self, CellError> {
                    let text = |column| named.iter().find(|(name, _)| name == column).map_or("", |(_, text)| text);
                    Ok(Self { $($later: cell(stringify!($later), text(stringify!($later)))?,)+ })
                }
            }
        )*

        impl Record for $record {
            const COLUMNS: &'static [Column] = &[
                $(Column {
                    is_later: !concat!("" $(, stringify!($later_mark))?).is_empty(),
                    ..column(stringify!($name), concat!("" $(, $unit)?), $meaning)
                },)+
                $($(later(stringify!($later), concat!("" $(, $later_unit)?), $later_meaning),)+)*
            ];

            fn to_record(&self) -> Vec<String> {
                vec![$(self.$name.write(),)+ $($(self.$field.$later.write(),)+)*]
            }

            fn from_record(order: &ColumnOrder, fields: &csv::StringRecord) -> Result<Self, CellError> {
                let mut indices = 0..;
                let mut next = || indices.next().unwrap_or_default();
                Ok(Self {
                    $($name: order.read(Self::COLUMNS, next(), fields)?,)+
                    $($field: $group { $($later: order.read(Self::COLUMNS, next(), fields)?,)+ },)*
                })
            }
        }
    };
}

pub(super) const fn column(name: &'static str, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, unit, meaning, is_later: false }
}

const fn later(name: &'static str, unit: &'static str, meaning: &'static str) -> Column {
    Column { is_later: true, ..column(name, unit, meaning) }
}

pub(super) use columns;

columns! {
    /// One row of `results/<config>.csv`: one phase of one experiment, in one mode.
    Row {
        config: String = "The configuration's name.";
        experiment: String = "The experiment's name, unique in its configuration.";
        variant: String = "The variant's name.";
        algorithm: String = "What computes the convolution: winograd or direct. \
                             A factor without meaning for it is empty.";
        tile: Option<u32> = "m of F(m×m, 3×3).";
        points: String = "The interpolation points of the transforms.";
        stop_after: String = "The last phase of the prefix: xhat, ghat, mhat or output.";
        consume: String = "What reads the prefix's last buffer: none, partial or full.";
        xhat_placement: String = "Where XHAT lives: global, shared, register or inline.";
        ghat_placement: String = "Where GHAT lives: global, shared, register or inline.";
        mhat_placement: String = "Where MHAT lives: global, shared, register or inline.";
        xhat_layout: String = "The order of XHAT's axes: transform_major or tile_major.";
        ghat_layout: String = "The order of GHAT's axes: transform_major or tile_major.";
        mhat_layout: String = "The order of MHAT's axes: transform_major or tile_major.";
        evaluation: String = "How the transforms are evaluated: separable or kron.";
        coefficients: String = "How the transforms find their matrix elements: literal or select.";
        mapping: String = "How the multiply-reduce is mapped to invocations: blocked or element.";
        arithmetic: String = "The arithmetic of the multiply-reduce.";
        grid: String = "Which axis varies fastest over workgroups: spatial_first or channel_first.";
        barriers: String = "How dependent dispatches are ordered: minimal or full.";
        filter_reuse: String = "Whether the filter transform is inside the timed region (per_run) or not (cached).";
        batch: u32 = "B, images.";
        in_channels: u32 = "C, channels of the input.";
        out_channels: u32 = "K, channels of the output.";
        height: u32 = "H, rows of the input.";
        width: u32 = "W, columns of the input.";
        padding: u32 = "Zero rows and columns added on every side.";
        dtype: String = "The type of input, filter and output.";
        phase: Phase = "What the row is about: direct, xhat, ghat, mhat, output, consume or total. \
                        A phase fused into another has no row.";
        mode: Mode = "How its time was taken: isolated (device, own command buffer), pipelined (device, all phases in \
                      one) or host_lazy (host clock, the seed's protocol).";
        samples: Option<u64> = "How many samples the times are of.";
        median_ns: Option<f64> ["ns"] = "The median of the samples.";
        ci_low_ns: Option<f64> ["ns"] = "The lower end of the median's confidence interval.";
        ci_high_ns: Option<f64> ["ns"] = "The upper end of the median's confidence interval.";
        min_ns: Option<f64> ["ns"] = "The shortest sample.";
        p95_ns: Option<f64> ["ns"] = "The 95th percentile of the samples.";
        noise_floor_ns: Option<f64> ["ns"] = "The time of the same region with nothing in it, divided by the same repetitions.";
        flops: Option<u64> ["operations"] = "Floating-point operations that the phase executes, counted from its plan.";
        bytes: Option<u64> ["bytes"] = "Device-memory bytes that the phase moves at least, counted from its plan.";
        floor_ns: Option<f64> ["ns"] = "The least time on this device's measured ceilings: of a phase, the longest of its \
                                   flops at the rate of multiply-adds, its bytes at the bandwidth of so large a \
                                   working set, and an empty dispatch; of the total, of its phases in sequence.";
        compile_ns: Option<f64> ["ns"] = "Compiling GLSL to SPIR-V, on the host, once for all experiments of a run that share a \
                                     kernel, while the host's other cores compile others; empty where it came \
                                     from the cache on disk.";
        pipeline_ns: Option<f64> ["ns"] = "Creating the pipelines, on the host, past every cache, of modules that no driver has seen, \
                                     once for all experiments of a run that share a kernel; in mode host_lazy, the median over the samples of creating those of all phases after the \
                                     first, which is what hides the device's work from that clock.";
        rel_error: Option<f64> = "‖b − b₆₄‖₂ / ‖b₆₄‖₂ of the buffer that the phase produced, against its f64 twin.";
        status: Status = "ok, wrong (a buffer differs from its twin: no times), unsupported or failed.";
        reason: String = "Why the status is not ok, as a sentence.";
        device: String = "The device's name.";
        driver: String = "The driver's name and version.";
        shader_compiler: String = "The shader compiler's version.";
        spirv_hash: String = "Hash of the SPIR-V of the row's phase; for total, of all its phases.";
        config_hash: String = "Hash of everything configured that decides the row.";
        git_commit: String = "The commit that winoscope was built from.";
        timestamp_utc: String = "When the experiment's run began, UTC, RFC 3339: the same in all rows of one run.";
        seed: u64 = "The seed of the random input, with which a wrong result is reproduced.";
        max_abs_error: Option<f64> = later "The largest |b − b₆₄| of an element of the buffer that rel_error is of.";
        cache: String = later "What the data caches held when the region started: warm (what its own repetitions left) or \
                               cold (evicted before each sample); empty in mode host_lazy.";
        repeats: Option<u64> = later "Repetitions within each sample, by whose number its time is divided.";
        stopped: Option<Stopped> = later "What ended sampling: target (target_rel_ci), time (max_seconds) or gave_up (give_up_at).";
        order_seed: Option<u64> = later "The seed of the order in which experiments were interleaved.";
        discarded: Option<u64> = later "Samples of which the clock told no time above zero; they are in no figure.";
        warnings: String = later "What may be wrong with the times, as sentences: drift, two modes, a short region, \
                                  discarded samples, a device that was still warming.";
        pipeline_cached_ns: Option<f64> ["ns"] = later "Creating the same pipelines again, on the host, through the cache of pipelines.";
        record_ns: Option<f64> ["ns"] = later "Recording all phases, run once, into a command buffer, on the host; the median of a few, \
                                         of total alone, as are the three after it.";
        submit_to_start_ns: Option<f64> ["ns"] = later "From the host's call that submits that command buffer to the device's first \
                                                  timestamp, by calibrated timestamps; empty where the driver has none.";
        device_ns: Option<f64> ["ns"] = later "Between the timestamps of that command buffer, by the device's clock: not \
                                         repeated, the caches as they are.";
        readback_ns: Option<f64> ["ns"] = later "Copying the total's product to the host after its end, by the host's clock.";
        tuned_from: String = later "The tuned choice that the factors come from which the configuration leaves open: its \
                                    problem, or limits where the device has none that fits; empty where it does not ask \
                                    for tuned ones.";
        device_uuid: String = later "Which of several devices of one name it is.";
        glsl_hash: String = later "Hash of the GLSL of all kernels, whichever the row ran.";
    }
    /// What the plan settled besides the factors. A parameter without meaning for the experiment is empty.
    settled: Settled {
        workgroup: Option<u32> = "Invocations per workgroup of the kernels whose invocations do not cooperate.";
        block_filters: Option<u32> = "Filters per workgroup.";
        block_tiles: Option<u32> = "Tiles per workgroup.";
        direct_method: String = "Which outputs a workgroup of the direct convolution owns.";
        block_rows: Option<u32> = "Output rows per workgroup of the direct convolution, where it owns a patch.";
        block_columns: Option<u32> = "Output columns, or outputs in reading order, per workgroup of the direct convolution.";
        block_channels: Option<u32> = "Channels that a workgroup stages at a time.";
        thread_filters: Option<u32> = "Filters per invocation.";
        thread_tiles: Option<u32> = "Tiles per invocation.";
        thread_columns: Option<u32> = "Neighbouring outputs per invocation of the direct convolution.";
        teams: Option<u32> = "Teams of a workgroup's invocations among which the channels of the direct convolution are divided; their sums are \
                              added in shared memory.";
        thread_positions: Option<u32> = "Positions of the transformed tile per invocation.";
        vector: Option<u32> ["floats"] = "The length of a load or a store.";
        padding_floats: Option<u32> ["floats"] = "What is left free after each row of a slice in shared memory, against bank \
                                     conflicts.";
        turns: Option<u32> = "Blocks of tiles that a workgroup of the multiply makes one after the other.";
        partial_sums: Option<u32> = "Channels whose products are summed apart before their sum is added to the others'; as many as \
                                     there are where one sum has all.";
        splits: Option<u32> = "Workgroups of the multiply among which the channels of a block are divided; the reader of MHAT adds their \
                               sums.";
        output_vector: Option<u32> ["floats"] = "The length of a store of y by the output transform; empty where y goes through shared memory.";
        first_transform: String = "Which transform is recorded first, where both are dispatches of the timed run.";
        input_tiles: Option<u32> = "Tiles that a workgroup of the input transform shares among its invocations, a column each; 1 where each \
                                    invocation has whole tiles of its own.";
        filter_passes: Option<u32> = "Passes of the filter transform before GHAT is stored: 2, or 1 where the multiply makes the other one as it \
                                      loads.";
        xhat_evaluations: Option<f64> = "How many times each element of XHAT is evaluated, on average; 1 is once.";
        ghat_evaluations: Option<f64> = "How many times each element of GHAT is evaluated, on average; 1 is once. After one pass it is how often the \
                                         multiply makes the other.";
        mhat_evaluations: Option<f64> = "How many times each element of MHAT is evaluated, on average; 1 is once.";
    }
    /// How the device was while the experiment was sampled, in turn with others. Empty where nothing tells, as NVML does
    /// of NVIDIA's GPUs.
    conditions: Conditions {
        sm_clock_mhz: Option<u32> ["MHz"] = "The clock of the device's processors before the first sample.";
        sm_clock_after_mhz: Option<u32> ["MHz"] = "The same after the last sample.";
        memory_clock_mhz: Option<u32> ["MHz"] = "The clock of the device's memory before the first sample.";
        memory_clock_after_mhz: Option<u32> ["MHz"] = "The same after the last sample.";
        temperature_c: Option<u32> ["°C"] = "The temperature of the device's chip before the first sample.";
        temperature_after_c: Option<u32> ["°C"] = "The same after the last sample.";
        power_w: Option<f64> ["W"] = "The power that the device's board draws before the first sample.";
        power_after_w: Option<f64> ["W"] = "The same after the last sample.";
        throttle_reasons: String = "What holds the device's clocks down after the last sample: idle, application_clocks, \
                                    power_cap, hardware_slowdown, sync_boost, software_thermal, hardware_thermal, \
                                    power_brake or display_clocks, with `+` between several.";
        throttled_samples: Option<u64> = "Samples discarded because a slowdown by the hardware, by heat or by a power \
                                          brake was seen while they were taken; an idle device, set clocks and the power \
                                          limit discard nothing.";
    }
}

columns! {
    /// One row of `results/<config>.samples.csv`: one raw sample.
    Sample {
        config: String = "The configuration's name.";
        experiment: String = "The experiment's name.";
        phase: Phase = "What was timed.";
        mode: Mode = "How it was timed.";
        sample: u64 = "The sample's number, from 0, in the order taken.";
        nanoseconds: f64 ["ns"] = "The time of one repetition.";
        timestamp_utc: String = "The run that it belongs to: that run's timestamp_utc in the results.";
    }
}

/// The columns of `results/<config>.csv`.
pub const COLUMNS: &[Column] = Row::COLUMNS;

/// The columns of `results/<config>.samples.csv`.
pub const SAMPLE_COLUMNS: &[Column] = Sample::COLUMNS;

#[cfg(test)]
mod tests {
    use super::super::synthetic::row;
    use super::*;

    fn header(columns: &[Column]) -> csv::StringRecord {
        columns.iter().map(|column| column.name).collect::<Vec<_>>().into()
    }

    #[test]
    fn header_is_the_designs() {
        let names: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(
            names.join(", "),
            "config, experiment, variant, algorithm, tile, points, stop_after, consume, xhat_placement, \
             ghat_placement, mhat_placement, xhat_layout, ghat_layout, mhat_layout, evaluation, coefficients, \
             mapping, arithmetic, grid, barriers, filter_reuse, batch, in_channels, out_channels, height, width, \
             padding, dtype, phase, mode, samples, median_ns, ci_low_ns, ci_high_ns, min_ns, p95_ns, \
             noise_floor_ns, flops, bytes, floor_ns, compile_ns, pipeline_ns, rel_error, status, reason, device, \
             driver, shader_compiler, spirv_hash, config_hash, git_commit, timestamp_utc, seed, max_abs_error, cache, \
             repeats, stopped, order_seed, discarded, warnings, pipeline_cached_ns, record_ns, submit_to_start_ns, \
             device_ns, readback_ns, tuned_from, device_uuid, glsl_hash, workgroup, block_filters, block_tiles, direct_method, block_rows, block_columns, block_channels, \
             thread_filters, thread_tiles, thread_columns, teams, thread_positions, vector, padding_floats, turns, partial_sums, splits, output_vector, first_transform, input_tiles, filter_passes, \
             xhat_evaluations, ghat_evaluations, mhat_evaluations, sm_clock_mhz, sm_clock_after_mhz, memory_clock_mhz, \
             memory_clock_after_mhz, temperature_c, temperature_after_c, power_w, power_after_w, throttle_reasons, \
             throttled_samples"
        );
    }

    #[test]
    fn a_unit_in_a_name_is_the_columns_unit() {
        for column in COLUMNS.iter().chain(SAMPLE_COLUMNS) {
            assert_eq!(column.name.ends_with("_ns"), column.unit == "ns" && column.name != "nanoseconds");
            assert!(column.meaning.ends_with('.'), "{}", column.name);
        }
    }

    #[test]
    fn a_row_reads_back_the_same() {
        let mut row = row();
        row.median_ns = Some(1.0 / 3.0);
        row.reason = "a comma, a \"quote\" and a `code`".to_owned();
        row.settled.block_tiles = Some(64);
        row.settled.ghat_evaluations = Some(2.5);
        row.conditions.power_w = Some(123.456);
        row.conditions.throttle_reasons = "idle+power_cap".to_owned();
        let fields = csv::StringRecord::from(row.to_record());
        let order = ColumnOrder::of::<Row>(&header(COLUMNS)).unwrap();
        assert_eq!(Row::from_record(&order, &fields), Ok(row));
    }

    #[test]
    fn columns_are_found_by_name() {
        let row = row();
        let mut names: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
        let mut cells = row.to_record();
        names.reverse();
        cells.reverse();
        names.insert(3, "annotation");
        cells.insert(3, "by hand".to_owned());
        let order = ColumnOrder::of::<Row>(&names.into()).unwrap();
        assert_eq!(Row::from_record(&order, &cells.into()), Ok(row));
    }

    #[test]
    fn missing_columns_are_named() {
        let names: Vec<_> = COLUMNS.iter().map(|column| column.name).filter(|name| *name != "mode").collect();
        assert_eq!(ColumnOrder::of::<Row>(&names.into()).unwrap_err(), ["mode"]);
    }

    #[test]
    fn later_columns_may_be_missing_and_are_then_empty() {
        let names: Vec<_> =
            COLUMNS.iter().filter(|column| !column.is_later).map(|column| column.name).collect();
        assert_eq!(names.last(), Some(&"seed"));
        let mut settled = row();
        settled.settled.vector = Some(4);
        let cells = settled.to_record()[..names.len()].to_vec();
        let order = ColumnOrder::of::<Row>(&names.into()).unwrap();
        assert_eq!(Row::from_record(&order, &cells.into()), Ok(row()));
    }

    #[test]
    fn settled_parameters_are_found_by_name() {
        let named = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let parameters = [named("xhat_evaluations", "16"), named("vector", "4")];
        let expected = Settled { vector: Some(4), xhat_evaluations: Some(16.0), ..Settled::default() };
        assert_eq!(Settled::of(&parameters), Ok(expected));
        assert_eq!(Settled::of(&[]), Ok(Settled::default()));
        assert_eq!(Settled::of(&[named("vector", "x")]).unwrap_err().column, "vector");
    }

    #[test]
    fn a_bad_cell_names_its_column() {
        let mut cells = row().to_record();
        cells[COLUMNS.iter().position(|column| column.name == "median_ns").unwrap()] = "12,5".to_owned();
        let order = ColumnOrder::of::<Row>(&header(COLUMNS)).unwrap();
        let error = Row::from_record(&order, &cells.into()).unwrap_err();
        assert_eq!(error.column, "median_ns");
        assert_eq!(error.to_string(), "expected a number, found `12,5`");
    }
}
