//! A device under validation, and experiments run on it.

use std::path::Path;

use winoscope::config::{Configuration, Experiment, MeasureSettings};
use winoscope::gpu::{self, Device, Instance, Messages};
use winoscope::kernels::{Compiler, Sources};
use winoscope::measure::{Engine, Job, Prepared};
use winoscope::plan::Plan;
use winoscope::plan::convolution::{self, References};

/// Images that leave tiles overhanging, channels that fill no vec4 and no block, one pixel, no padding, a batch:
/// batch, in_channels, out_channels, height, width, padding.
pub const AWKWARD: [[u32; 6]; 7] = [
    [1, 1, 1, 1, 1, 1],
    [1, 1, 1, 3, 3, 0],
    [1, 5, 3, 7, 7, 1],
    [3, 3, 5, 13, 29, 0],
    [2, 7, 33, 5, 66, 1],
    [1, 17, 1, 29, 13, 1],
    [1, 4, 4, 8, 8, 1],
];

/// No time is taken here, so nothing is waited for.
pub const UNTIMED: MeasureSettings = MeasureSettings {
    target_rel_ci: 1.0,
    max_seconds: 0.0,
    min_samples: 1,
    warmup_seconds: 0.0,
    min_region_us: 0.0,
};

/// Runs `test` with a device under validation, then lets everything go and returns what the layer said.
pub fn with_device(test: impl FnOnce(&Device, &Compiler)) -> Vec<String> {
    let messages = {
        let instance =
            Instance::new(gpu::Options { validation: true }).expect("a Vulkan loader and the Khronos layer");
        let adapters = instance.adapters().expect("devices");
        let device = Device::open(gpu::select(&adapters, None).expect("a device")).expect("an open device");
        let sources = Sources::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("glsl"));
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spirv");
        let compiler = Compiler::new(sources, Some(&cache)).expect("shaderc");
        test(&device, &compiler);
        instance.messages()
    };
    Messages::take(&messages)
}

/// The experiments of a configuration text.
pub fn experiments(text: &str) -> Vec<Experiment> {
    Configuration::parse(text, "test.toml", &[]).unwrap_or_else(|error| panic!("{error}")).experiments
}

/// A `[problem]` table.
pub fn problem([batch, in_channels, out_channels, height, width, padding]: [u32; 6]) -> String {
    format!(
        "[problem]\nbatch = {batch}\nin_channels = {in_channels}\nout_channels = {out_channels}\n\
         height = {height}\nwidth = {width}\npadding = {padding}\n"
    )
}

/// Verifies an experiment's plan, changed by `edit`, on fresh random input.
pub fn prepare(engine: &mut Engine<'_>, experiment: &Experiment, edit: impl FnOnce(&mut Plan)) -> Prepared {
    let mut plan = convolution::lower(experiment, &engine.workgroup_limits())
        .unwrap_or_else(|error| panic!("{}: {error}", experiment.name));
    edit(&mut plan);
    let twin = References::new(rand::random()).twin(experiment, &plan).expect("a twin");
    engine
        .prepare(Job { name: experiment.name.clone(), plan, twin: Box::new(twin), clock: experiment.clock })
        .unwrap_or_else(|error| panic!("{}: {error}", experiment.name))
}

/// Verifies every experiment of `texts`; all must be right and the layer silent.
pub fn assert_right(texts: impl IntoIterator<Item = String>) {
    let mut verified = 0;
    let messages = with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, &UNTIMED);
        for text in texts {
            for experiment in experiments(&text) {
                let prepared = prepare(&mut engine, &experiment, |_| {});
                assert_eq!(prepared.wrong(), None, "{} of\n{text}", experiment.name);
                verified += 1;
            }
        }
    });
    assert_eq!(messages, [""; 0], "the validation layer must be silent");
    assert!(verified > 0, "nothing was verified");
    eprintln!("{verified} experiments verified");
}
