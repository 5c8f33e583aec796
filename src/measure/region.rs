//! A timed region: dispatches repeated between two timestamps, in one recording.

use crate::gpu::{self, Access, Barrier, Buffer, CommandBuffer, Recorder, TimestampPool};
use crate::plan::{Hazard, Ordering, Plan};

use super::Mode;

/// What evicting the caches writes. Any value does.
const SCRATCH_PATTERN: u32 = 0x5c5c_5c5c;

/// The device objects of a plan. Clones are handles to the same objects.
#[derive(Clone)]
pub struct Resources {
    /// One per buffer of the plan.
    pub buffers: Vec<Buffer>,
    /// One per dispatch: its pipeline, its buffers bound, its push constants.
    pub dispatches: Vec<(gpu::Pipeline, gpu::BindGroup, Vec<u8>)>,
    /// The hazards before each dispatch.
    pub hazards: Vec<Vec<Hazard>>,
}

/// Which dispatches of a plan a region runs, and what it is called.
#[derive(Clone, Debug)]
pub struct Extent {
    /// The phase's name, or `total`.
    pub phase: String,
    /// How it is timed.
    pub mode: Mode,
    /// The dispatches, by their index over the whole plan, each with its phase's name.
    pub dispatches: Vec<(usize, String)>,
}

/// What runs before a region's first timestamp, and so what the caches hold then.
#[derive(Clone, Copy)]
pub enum Before<'a> {
    /// Nothing: they hold what was left there.
    Nothing,
    /// The region's dispatches, once: they hold what a repetition leaves, code as well as data.
    ///
    /// A kernel that runs after others is fetched into the instruction caches anew. That took an NVIDIA H100 9 µs for a multiply
    /// of 42 kB, of which a row that shares it among four repetitions would tell 2 µs and one with a single repetition all.
    Itself,
    /// Fills of these buffers, which are larger than the caches: they hold nothing of the region's data.
    Fills(&'a [Buffer]),
}

/// How a region is recorded.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// How often the dispatches run between the timestamps.
    pub repeats: u32,
    /// What runs before the first timestamp.
    pub before: Before<'a>,
    /// Whether the barriers alone are recorded: what they take is the region's noise floor.
    pub is_empty: bool,
}

/// Records a region: what is to run before, a timestamp between barriers, the dispatches as often as `form` says, a barrier, a
/// timestamp.
///
/// The timestamps are queries `first_query` and the next of `pool`.
pub fn record(
    device: &gpu::Device,
    job: &str,
    plan: &Plan,
    resources: &Resources,
    extent: &Extent,
    form: Form<'_>,
    (pool, first_query): (&TimestampPool, u32),
) -> gpu::Result<CommandBuffer> {
    let everything = Barrier::Global { from: Access::All, to: Access::All };
    let kernels = Barrier::Global { from: Access::ShaderReadWrite, to: Access::ShaderReadWrite };
    device.record(&format!("{job}, {}", extent.phase), |recorder| {
        recorder.reset_timestamps(pool, first_query, 2)?;
        // No barrier is needed first: whatever touched these buffers before ended with one.
        match form.before {
            Before::Nothing => {}
            Before::Itself => dispatches(recorder, plan, resources, extent, form.is_empty)?,
            Before::Fills(scratch) => {
                for buffer in scratch {
                    recorder.fill(buffer, SCRATCH_PATTERN)?;
                }
            }
        }
        recorder.barrier(&[everything])?;
        recorder.timestamp(pool, first_query)?;
        // A timestamp waits for what came before it, but nothing waits for a timestamp.
        recorder.barrier(&[everything])?;
        recorder.label(&extent.phase, |recorder| {
            for repeat in 0..form.repeats {
                if repeat > 0 {
                    recorder.barrier(&[kernels])?;
                }
                dispatches(recorder, plan, resources, extent, form.is_empty)?;
            }
            Ok(())
        })?;
        recorder.barrier(&[everything])?;
        recorder.timestamp(pool, first_query + 1)
    })
}

/// Records the dispatches of a region once, after everything that was submitted before, without timestamps.
pub fn record_untimed(
    device: &gpu::Device,
    job: &str,
    plan: &Plan,
    resources: &Resources,
    extent: &Extent,
) -> gpu::Result<CommandBuffer> {
    device.record(&format!("{job}, {}", extent.phase), |recorder| {
        recorder.barrier(&[Barrier::Global { from: Access::All, to: Access::All }])?;
        dispatches(recorder, plan, resources, extent, false)
    })
}

/// The dispatches of a region once, with the barriers that the plan's hazards ask for; with `empty`, the barriers alone.
fn dispatches(
    recorder: &mut Recorder,
    plan: &Plan,
    resources: &Resources,
    extent: &Extent,
    empty: bool,
) -> gpu::Result<()> {
    let inside = |dispatch: usize| extent.dispatches.iter().any(|&(index, _)| index == dispatch);
    for (position, (index, phase)) in extent.dispatches.iter().enumerate() {
        match plan.ordering {
            Ordering::PerHazard => {
                let barriers: Vec<Barrier<'_>> = resources.hazards[*index]
                    .iter()
                    .filter(|hazard| inside(hazard.earlier))
                    .map(|hazard| barrier(hazard, &resources.buffers))
                    .collect();
                if !barriers.is_empty() {
                    recorder.barrier(&barriers)?;
                }
            }
            Ordering::Global if position > 0 => recorder
                .barrier(&[Barrier::Global { from: Access::ShaderReadWrite, to: Access::ShaderReadWrite }])?,
            Ordering::Global => {}
        }
        if empty {
            continue;
        }
        let (pipeline, group, push) = &resources.dispatches[*index];
        let (_, dispatch) = plan.dispatches().nth(*index).expect("an extent names dispatches of its plan");
        recorder.label(phase, |recorder| recorder.dispatch(pipeline, group, push, dispatch.workgroups))?;
    }
    Ok(())
}

fn barrier<'a>(hazard: &Hazard, buffers: &'a [Buffer]) -> Barrier<'a> {
    use crate::plan::HazardKind;
    let (from, to) = match hazard.kind {
        HazardKind::ReadAfterWrite => (Access::ShaderWrite, Access::ShaderRead),
        HazardKind::WriteAfterRead => (Access::ShaderRead, Access::ShaderWrite),
        HazardKind::WriteAfterWrite => (Access::ShaderWrite, Access::ShaderWrite),
    };
    Barrier::Buffer { buffer: &buffers[hazard.buffer], from, to }
}
