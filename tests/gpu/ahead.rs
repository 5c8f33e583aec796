//! What is compiled and created ahead of jobs is what they find.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use winoscope::config::Experiment;
use winoscope::kernels::{Compiler, Sources};
use winoscope::measure::{Activity, Engine, Error, Ledger};
use winoscope::plan::{Plan, convolution};

use crate::harness::{Tally, UNTIMED, experiments, problem, with_device};

/// Experiments that share kernels, and one that shares none.
const VARIANTS: &str = "[[variant]]\nname = \"direct\"\nalgorithm.kind = \"direct\"\n\
    [[variant]]\nname = \"stored\"\n\
    [[variant]]\nname = \"mhat\"\nschedule = { stop_after = \"mhat\", consume = \"none\" }\n";

/// The plans of experiments that every device can run.
fn plans(experiments: &[Experiment], engine: &Engine<'_>) -> Vec<Plan> {
    let limits = engine.workgroup_limits();
    experiments.iter().map(|experiment| convolution::lower(experiment, &limits).unwrap()).collect()
}

#[test]
fn jobs_find_what_was_made_ahead_and_what_was_wrong_with_it() {
    let messages = with_device(|device, _| {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("glsl"), folder.path());
        fs::write(folder.path().join("direct_patch.comp"), "nonsense").unwrap();
        let compiler = Compiler::new(Sources::Folder(folder.path().to_owned()), None).unwrap();
        let ledger = Ledger::default();
        let mut engine = Engine::new(device, &compiler, &UNTIMED).booked_in(ledger.clone());
        let experiments = experiments(&(problem([1, 3, 5, 9, 9, 1]) + VARIANTS));
        let plans = plans(&experiments, &engine);
        let never = AtomicBool::new(false);
        engine.compile_ahead(&plans, &never);
        // What is asked for from here on has to be there.
        folder.close().unwrap();
        engine.pipelines_ahead(&plans, &never);
        let spent = |wanted: Activity| ledger.spent()[wanted as usize].1;
        let before = [Activity::Compiling, Activity::Pipelines].map(spent);
        assert!(before.iter().all(|&time| time > Duration::ZERO), "{before:?}");
        let broken = engine.compile(&plans[0]);
        assert!(
            matches!(&broken, Err(Error::Kernel(error)) if error.to_string().contains("does not compile"))
        );
        let mut tally = Tally::new(device);
        for experiment in &experiments[1..] {
            tally.verify(&mut engine, experiment).unwrap();
        }
        tally.report();
        assert_eq!([Activity::Compiling, Activity::Pipelines].map(spent), before, "nothing was left to make");
    });
    assert_eq!(messages, [""; 0], "the validation layer must be silent");
}

#[test]
fn what_was_stopped_is_made_when_it_is_asked_for() {
    let messages = with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, &UNTIMED);
        let experiments = experiments(&(problem([1, 3, 5, 9, 9, 1]) + VARIANTS));
        let plans = plans(&experiments, &engine);
        let stopped = AtomicBool::new(true);
        engine.compile_ahead(&plans, &stopped);
        engine.pipelines_ahead(&plans, &stopped);
        let mut tally = Tally::new(device);
        for experiment in &experiments {
            tally.verify(&mut engine, experiment).unwrap();
        }
        tally.report();
    });
    assert_eq!(messages, [""; 0], "the validation layer must be silent");
}

/// Copies a folder of files and folders.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
