//! A device under validation, and experiments run on it.

use std::path::Path;

use winoscope::config::{
    AlgorithmKind, Coefficients, Configuration, DirectMethod, Evaluation, Experiment, MeasureSettings,
    Placement, StopAfter,
};
use winoscope::gpu::{self, Device, Instance, Messages};
use winoscope::kernels::{Compiler, Sources};
use winoscope::measure::{Engine, Error, Job, Prepared};
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
    ..MeasureSettings::DEFAULT
};

/// How the layer marks what it says of itself under GPU-assisted validation, such as that it cannot follow buffer
/// addresses, which no kernel has. That it does check bounds is tested in `bounds`.
const OF_ITSELF: &str = "UNASSIGNED-GPU-Assisted Validation Warning";

/// Whether the layer checks every access to a buffer; `scripts/gpu_assisted.sh` alone asks it to.
pub fn is_gpu_assisted() -> bool {
    std::env::var("VK_LAYER_ENABLES").is_ok_and(|enables| enables.contains("GPU_ASSISTED"))
}

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
    let mut said = Messages::take(&messages);
    said.retain(|message| !message.starts_with(OF_ITSELF));
    said
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

/// Inputs that no test before had, and what must come of them.
fn fresh_references() -> References {
    References::new(rand::random())
}

/// Verifies an experiment's plan, changed by `edit`, against its twin among `references`.
///
/// # Errors
/// As [`Engine::prepare`].
fn attempt(
    engine: &mut Engine<'_>,
    references: &mut References,
    experiment: &Experiment,
    edit: impl FnOnce(&mut Plan),
) -> Result<Prepared, Error> {
    let mut plan = convolution::lower(experiment, &engine.workgroup_limits())
        .unwrap_or_else(|error| panic!("{}: {error}", experiment.name));
    edit(&mut plan);
    let twin = references.twin(experiment, &plan).expect("a twin");
    let Experiment { name, clock, cache, .. } = experiment.clone();
    engine.prepare(Job { name, plan, twin: Box::new(twin), clock, cache, work: "the test's".into() })
}

/// The same on fresh random input of an experiment that every device can run.
pub fn prepare(engine: &mut Engine<'_>, experiment: &Experiment, edit: impl FnOnce(&mut Plan)) -> Prepared {
    attempt(engine, &mut fresh_references(), experiment, edit)
        .unwrap_or_else(|error| panic!("{}: {error}", experiment.name))
}

/// What became of the experiments of a test on one device.
pub struct Tally {
    device: String,
    /// The f64 references are most of a large problem's time, so experiments share them.
    references: References,
    verified: usize,
    exceeding: usize,
    endless: usize,
}

impl Tally {
    /// Nothing yet.
    pub fn new(device: &Device) -> Self {
        Self {
            device: device.info().name.clone(),
            references: fresh_references(),
            verified: 0,
            exceeding: 0,
            endless: 0,
        }
    }

    /// Verifies an experiment and counts it. One that exceeds the device is told, with the numbers.
    ///
    /// # Errors
    /// A sentence, where a buffer is wrong or the device fails.
    pub fn verify(&mut self, engine: &mut Engine<'_>, experiment: &Experiment) -> Result<(), String> {
        let name = &experiment.name;
        if is_endless(&self.device, experiment) {
            self.endless += 1;
            return Ok(());
        }
        match attempt(engine, &mut self.references, experiment, |_| {}) {
            Ok(prepared) => match prepared.wrong() {
                None => self.verified += 1,
                Some(wrong) => return Err(format!("{name}: {wrong}")),
            },
            Err(Error::Exceeds(numbers)) => {
                eprintln!("unsupported: {name}: {numbers}");
                self.exceeding += 1;
            }
            Err(error) => return Err(format!("{name}: {error}")),
        }
        Ok(())
    }

    /// Says how many; none verified is a failure, for it would prove nothing.
    pub fn report(&self) {
        let Self { device, verified, exceeding, endless, .. } = self;
        eprintln!(
            "{device}: {verified} experiments verified, {exceeding} exceed it, {endless} are endless to its compiler"
        );
        assert!(*verified > 0, "nothing was verified");
    }
}

/// Whether an experiment's kernels keep a software driver's compiler busy for a minute and more.
///
/// Lavapipe takes minutes for the 64 sums of up to 64 terms of F(6×6) by literal kron. SwiftShader takes minutes and
/// gigabytes from F(4×4) on for an inline XHAT beside registers and for both operands inline by literal passes, and half a
/// minute for each transform of F(6×6) by selecting passes; where the multiply has those inside, and for those of F(7×7), it has
/// ended with a segmentation fault. An implicit GEMM whose invocations gather many inputs each takes it minutes too.
pub fn is_endless(device: &str, experiment: &Experiment) -> bool {
    let is_swiftshader = device.starts_with("SwiftShader");
    if experiment.algorithm == AlgorithmKind::Direct {
        let blocks = experiment.blocks.direct;
        let has_small_block = blocks.columns.is_some_and(|outputs| outputs < 64)
            || blocks.channels.is_some_and(|channels| channels > 1);
        return is_swiftshader && blocks.method == Some(DirectMethod::ImplicitGemm) && has_small_block;
    }
    let m = experiment.tile.m();
    let form = (experiment.evaluation, experiment.coefficients);
    if m > 4 && form == (Evaluation::Kron, Coefficients::Literal)
        || is_swiftshader && m > 6 && form == (Evaluation::Separable, Coefficients::Select)
    {
        return true;
    }
    if m == 2 || experiment.stop_after < StopAfter::Mhat {
        return false;
    }
    let Experiment { xhat, ghat, mhat, .. } = experiment;
    let [xhat, ghat, mhat] = [xhat, ghat, mhat].map(|buffer| buffer.placement);
    let is_inline = xhat == Placement::Inline;
    match form {
        _ if is_swiftshader && is_inline && [ghat, mhat].contains(&Placement::Register) => true,
        (Evaluation::Separable, Coefficients::Literal) => {
            is_swiftshader && is_inline && ghat == Placement::Inline
        }
        (Evaluation::Separable, Coefficients::Select) => {
            is_swiftshader && m > 4 && [xhat, ghat, mhat] != [Placement::Global; 3]
        }
        (Evaluation::Kron, _) => false,
    }
}

/// Verifies every experiment of `texts`; all that fit the device must be right, and the layer silent.
pub fn assert_right(texts: impl IntoIterator<Item = String>) {
    let messages = with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, &UNTIMED);
        let mut tally = Tally::new(device);
        for text in texts {
            for experiment in experiments(&text) {
                let verified = tally.verify(&mut engine, &experiment);
                verified.unwrap_or_else(|why| panic!("{why}, of\n{text}"));
            }
        }
        tally.report();
    });
    assert_eq!(messages, [""; 0], "the validation layer must be silent");
}
