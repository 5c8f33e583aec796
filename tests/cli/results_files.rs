//! What is written, and what happens where it cannot be.

use std::os::unix::fs::symlink;
use std::process::Command;

use predicates::str::contains;

use crate::support::process::bounded;
use crate::support::scratch::{WINOSCOPE, rows_file, samples_file};
use crate::support::table::assert_rows_follow_from_samples;
use crate::support::{Scratch, config, exit, in_order};

/// The columns of the results, which other programs rely on.
const COLUMNS: &str = "config,experiment,variant,algorithm,tile,points,stop_after,consume,xhat_placement,\
    ghat_placement,mhat_placement,xhat_layout,ghat_layout,mhat_layout,evaluation,coefficients,mapping,arithmetic,\
    grid,barriers,filter_reuse,batch,in_channels,out_channels,height,width,padding,dtype,phase,mode,samples,\
    median_ns,ci_low_ns,ci_high_ns,min_ns,p95_ns,noise_floor_ns,flops,bytes,floor_ns,compile_ns,pipeline_ns,\
    rel_error,status,reason,device,driver,shader_compiler,spirv_hash,config_hash,git_commit,timestamp_utc,seed,\
    max_abs_error,cache,repeats,stopped,order_seed,discarded,warnings,pipeline_cached_ns,record_ns,submit_to_start_ns,\
    device_ns,readback_ns,tuned_from,device_uuid,glsl_hash,workgroup,block_filters,block_tiles,direct_method,block_rows,block_columns,block_channels,thread_filters,\
    thread_tiles,thread_columns,teams,thread_positions,vector,padding_floats,turns,partial_sums,splits,output_vector,first_transform,input_tiles,filter_passes,xhat_evaluations,ghat_evaluations,\
    mhat_evaluations,sm_clock_mhz,sm_clock_after_mhz,memory_clock_mhz,memory_clock_after_mhz,temperature_c,\
    temperature_after_c,power_w,power_after_w,throttle_reasons,throttled_samples";

const SAMPLE_COLUMNS: &str = "config,experiment,phase,mode,sample,nanoseconds,timestamp_utc";

#[test]
fn rows_have_the_documented_columns_and_follow_from_the_samples() {
    let scratch = Scratch::with("tiny.toml", config::tiny());
    scratch.run_to(0, &["tiny.toml", "--seed", "7"]).stderr(contains("results: results/tiny.csv\n"));
    let (rows, samples) = (scratch.rows("tiny"), scratch.samples("tiny"));
    assert_eq!(rows.header.join(","), COLUMNS);
    assert_eq!(samples.header.join(","), SAMPLE_COLUMNS);
    assert_eq!(rows.phases("direct"), ["direct", "total"]);
    assert_eq!(rows.phases("stored"), ["xhat", "ghat", "mhat", "output", "total"]);
    assert_eq!(rows.phases("inline"), ["mhat", "output", "total"], "a phase fused into another has no row");
    assert_rows_follow_from_samples(&rows, &samples);
    let timestamp = &rows.rows[0]["timestamp_utc"];
    for row in &rows.rows {
        assert!(row.number("samples") as usize >= config::QUICK_SAMPLES, "{row:?}");
        let expected_mode = if &row["phase"] == "total" { "pipelined" } else { "isolated" };
        assert_eq!(&row["mode"], expected_mode);
        assert_eq!((&row["config"], &row["status"], &row["seed"]), ("tiny", "ok", "7"));
        assert_eq!((&row["cache"], &row["repeats"], &row["discarded"]), ("warm", "1", "0"));
        assert!(["target", "time"].contains(&&row["stopped"]) && !row["order_seed"].is_empty(), "{row:?}");
        assert_eq!(&row["timestamp_utc"], timestamp, "all rows of a run share its timestamp");
        assert!(row.number("rel_error") < 1e-5, "{row:?}");
        for column in ["noise_floor_ns", "flops", "bytes", "pipeline_ns"] {
            assert!(row.number(column) > 0.0, "{column} of {row:?}");
        }
        for column in [
            "reason",
            "device",
            "driver",
            "shader_compiler",
            "spirv_hash",
            "config_hash",
            "git_commit",
            "device_uuid",
            "glsl_hash",
        ] {
            assert!(!row[column].is_empty(), "{column} of {row:?}");
        }
    }
    // A factor without meaning for the baseline is empty in its rows, and stated in the others.
    for column in ["tile", "points", "xhat_placement", "mapping", "evaluation"] {
        assert_eq!(&rows.total("direct")[column], "", "{column}");
        assert_ne!(&rows.total("stored")[column], "", "{column}");
    }
}

#[test]
fn a_seed_repeats_the_inputs() {
    let scratch = Scratch::with("direct.toml", config::direct());
    let error = |seed| {
        scratch.run_to(0, &["direct.toml", "--fresh", "--seed", seed]);
        scratch.rows("direct").total("direct").number("rel_error")
    };
    let first = error("1");
    assert_ne!(error("2"), first);
    assert_eq!(error("1"), first);
}

#[test]
fn times_follow_the_settings() {
    // Fewer samples than an interval needs are asked for: more are taken, or the setting is refused.
    let scratch =
        Scratch::with("direct.toml", config::direct().replace("min_samples = 6", "min_samples = 1"));
    let ended = scratch.winoscope(&["run", "direct.toml"]).assert();
    if ended.get_output().status.success() {
        assert_eq!(&scratch.rows("direct").total("direct")["status"], "ok");
    } else {
        ended.code(exit::BAD_CONFIG).stderr(in_order(&["direct.toml:8: `measure.min_samples`", "6"]));
    }
}

#[test]
fn a_file_in_place_of_the_folder_is_named() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.write("taken", "notes\n");
    let sentence = ["error: cannot write taken: ", "Choose another folder with --results\n"];
    scratch.run_to(exit::NOT_WRITABLE, &["direct.toml", "--results", "taken"]).stderr(in_order(&sentence));
    assert_eq!(scratch.read("taken"), "notes\n");
    let below = ["error: cannot write taken/below: ", "Choose another folder"];
    scratch.run_to(exit::NOT_WRITABLE, &["direct.toml", "--results", "taken/below"]).stderr(in_order(&below));
}

#[test]
fn a_folder_in_place_of_a_file_is_named() {
    for file in [rows_file("direct"), samples_file("direct")] {
        let scratch = Scratch::with("direct.toml", config::direct());
        scratch.write(&format!("{file}/x"), "");
        let sentence = [&*format!("error: cannot write {file}: "), "Choose another folder with --results\n"];
        scratch.run_to(exit::NOT_WRITABLE, &["direct.toml"]).stderr(in_order(&sentence));
    }
}

#[test]
fn a_full_disk_is_told_before_anything_is_measured() {
    for file in [rows_file("direct"), samples_file("direct")] {
        let scratch = Scratch::with("direct.toml", config::direct());
        scratch.write("results/other.csv", "");
        symlink("/dev/full", scratch.path(&file)).unwrap();
        let assert = scratch.run_to(exit::DISK_FULL, &["direct.toml"]).stdout("");
        assert.stderr(in_order(&[
            &format!("error: cannot write {file}: No space left on device"),
            "What was written before is kept; free some space and run again, and it resumes\n",
        ]));
    }
}

#[test]
fn a_disk_that_fills_up_keeps_what_is_finished_and_the_next_run_goes_on() {
    let experiments = 4;
    let many = [config::PROBLEM, config::QUICK, config::INLINE, &config::batches(experiments)].concat();
    let scratch = Scratch::with("many.toml", many);
    // No file may grow over 4 KiB: that is three rows, which are one experiment, or the samples of more. Without the
    // signal there is an error.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" run many.toml --cache cache", WINOSCOPE]);
    scratch.prepare(&mut limited);
    let assert = bounded(limited).assert().code(exit::DISK_FULL);
    let sentence =
        ["error: cannot write results/many.csv: ", "What was written before is kept; free some space"];
    assert.stderr(in_order(&[&["[1/4] inline/batch=1"], &sentence[..]].concat()));
    let (rows, samples) = (scratch.rows("many"), scratch.samples("many"));
    assert_eq!(rows.phases("inline/batch=1"), ["mhat", "output", "total"]);
    assert_eq!(rows.rows.len(), 3);
    assert_eq!(samples.experiments(), rows.experiments(), "samples without rows are taken back");
    assert_rows_follow_from_samples(&rows, &samples);
    let before = scratch.read(&rows_file("many"));
    scratch.run("many.toml").stderr(contains("[1/4] inline/batch=1  already measured\n"));
    assert!(scratch.read(&rows_file("many")).starts_with(&before));
    let rows = scratch.rows("many");
    assert_eq!((rows.rows.len(), rows.experiments().len()), (3 * experiments, experiments));
    assert_rows_follow_from_samples(&rows, &scratch.samples("many"));
}

#[test]
fn a_file_with_other_columns_is_refused_and_kept() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.run("direct.toml");
    let other_version = scratch.read(&rows_file("direct")).replacen(",seed", ",salt", 1);
    for (text, difference) in [
        (&*other_version, "its columns are not this version's (missing: seed; unknown: salt)"),
        ("a,b\n1,2\n", "its columns are not this version's"),
        ("notes", "it is not a results file"),
    ] {
        scratch.write(&rows_file("direct"), text);
        scratch.run_to(exit::BAD_RESULTS, &["direct.toml"]).stderr(in_order(&[
            &format!("error: results/direct.csv: {difference}"),
            ". Use --fresh, which sets it aside as .csv.old, or another folder with --results\n",
        ]));
        assert_eq!(scratch.read(&rows_file("direct")), text);
    }
    scratch.run_to(0, &["direct.toml", "--fresh"]);
    assert_eq!(scratch.read("results/direct.csv.old"), "notes");
    let rows = scratch.read(&rows_file("direct"));
    scratch.write(&samples_file("direct"), "a,b\n1,2\n");
    let sentence = "error: results/direct.samples.csv: its columns are not this version's";
    scratch.run_to(exit::BAD_RESULTS, &["direct.toml"]).stderr(contains(sentence));
    assert_eq!(
        (scratch.read(&rows_file("direct")), &*scratch.read(&samples_file("direct"))),
        (rows, "a,b\n1,2\n")
    );
}

#[test]
fn a_malformed_row_is_shown_with_line_and_column_and_kept() {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.run("direct.toml");
    let text = scratch.read(&rows_file("direct")).replace(",isolated,", ",alone,");
    scratch.write(&rows_file("direct"), &text);
    let sentence = "error: results/direct.csv line 2, column `mode`: expected one of `isolated`";
    scratch.run_to(exit::BAD_RESULTS, &["direct.toml"]).stderr(contains(sentence));
    assert_eq!(scratch.read(&rows_file("direct")), text);
}

#[test]
fn each_configuration_has_its_own_files() {
    let scratch = Scratch::with("a.toml", config::direct());
    scratch.write("b.toml", format!("name = \"other\"\n{}", config::direct()));
    scratch.run_to(0, &["a.toml", "b.toml", "--results", "deep/folder"]);
    for file in ["a.csv", "a.samples.csv", "other.csv", "other.samples.csv"] {
        assert!(scratch.has(&format!("deep/folder/{file}")), "{file}");
    }
    assert!(!scratch.has("results"));
}

#[test]
fn the_first_failure_names_the_exit_code_and_the_others_are_told() {
    let scratch = Scratch::with("large.toml", config::with_a_problem_too_large());
    scratch.write("direct.toml", config::direct());
    scratch.write(&rows_file("direct"), "notes");
    let assert = scratch.run_to(exit::SIZE, &["large.toml", "direct.toml"]);
    let assert = assert.stderr(contains("error: direct/height=4000000: buffer x "));
    assert.stderr(contains("error: results/direct.csv: it is not a results file"));
    assert_eq!(&scratch.rows("large").total("direct/height=7")["status"], "ok");
}
