//! Builds a plan's dispatches: buffers on first use, bindings and macros from what a kernel touches.

use glam::UVec3;

use super::tensor::{Geometry, Tensor};
use crate::config::{Experiment, Grid};
use crate::plan::{Access, BufferSpec, Dispatch, Evaluations, Kernel, Ordering, Phase, Plan, Use};

/// One kernel over a grid, before it has buffers and bindings.
pub struct Stage {
    /// The entry file.
    pub source: &'static str,
    /// Macros that choose its structure.
    pub macros: Vec<(&'static str, String)>,
    /// Generated includes.
    pub generated: Vec<(String, String)>,
    /// Push constants.
    pub push: Vec<u32>,
    /// What it reads, with the bytes it must read of each.
    pub reads: Vec<(Tensor, u64)>,
    /// What it writes, in full.
    pub write: Tensor,
    /// Workgroups along (tiles or pixels, channels or filters, positions or images).
    pub blocks: [u64; 3],
    /// Invocations per workgroup.
    pub invocations: u32,
    /// Shared memory per workgroup, bytes.
    pub shared_bytes: u32,
    /// Floating-point operations.
    pub flops: u64,
    /// 32-bit registers per invocation that its arrays need.
    pub registers: u32,
    /// See [`Kernel::bounds_checks`].
    pub bounds_checks: bool,
}

/// Invocations per workgroup of the kernels that need no cooperation.
pub const INDEPENDENT: u32 = 64;

/// Collects buffers and phases into a plan.
pub struct Builder<'a> {
    experiment: &'a Experiment,
    geometry: &'a Geometry,
    tensors: Vec<Tensor>,
    phases: Vec<(String, bool, Vec<Stage>)>,
    /// See [`Plan::parameters`].
    pub parameters: Vec<(String, String)>,
    /// See [`Plan::evaluations`].
    pub evaluations: Vec<Evaluations>,
    /// See [`Plan::notes`].
    pub notes: Vec<String>,
}

impl<'a> Builder<'a> {
    /// An empty plan for `experiment`.
    pub fn new(experiment: &'a Experiment, geometry: &'a Geometry) -> Self {
        Self {
            experiment,
            geometry,
            tensors: Vec::new(),
            phases: Vec::new(),
            parameters: Vec::new(),
            evaluations: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a phase of one stage; an `untimed` one runs once, before the timed region.
    pub fn phase(&mut self, name: &str, untimed: bool, stage: Stage) {
        self.tensors.extend(stage.reads.iter().map(|&(tensor, _)| tensor).chain([stage.write]));
        self.phases.push((name.into(), untimed, vec![stage]));
    }

    /// The plan.
    pub fn finish(mut self, title: String, ordering: Ordering) -> Plan {
        self.tensors.sort_unstable();
        self.tensors.dedup();
        let buffers: Vec<BufferSpec> =
            self.tensors.iter().map(|&tensor| self.geometry.buffer(tensor)).collect();
        let phases = std::mem::take(&mut self.phases)
            .into_iter()
            .map(|(name, untimed, stages)| Phase {
                name,
                untimed,
                dispatches: stages.into_iter().map(|stage| self.dispatch(stage, &buffers)).collect(),
            })
            .collect();
        let Self { parameters, evaluations, notes, .. } = self;
        Plan { title, buffers, phases, ordering, notes, parameters, evaluations }
    }

    fn dispatch(&self, stage: Stage, buffers: &[BufferSpec]) -> Dispatch {
        // A grid of one axis has no order, and x is the axis that may be longest.
        let is_linear = stage.blocks[1..] == [1, 1];
        let grid = if is_linear { Grid::SpatialFirst } else { self.experiment.grid };
        let touched = stage.reads.iter().map(|&(tensor, _)| (tensor, Access::Read));
        let uses: Vec<Use> = touched
            .chain([(stage.write, Access::Write)])
            .map(|(tensor, access)| Use {
                buffer: self.tensors.binary_search(&tensor).expect("every tensor of a stage was collected"),
                access,
            })
            .collect();
        let bindings = uses.iter().enumerate().map(|(binding, used)| {
            (format!("BINDING_{}", buffers[used.buffer].name.to_uppercase()), binding.to_string())
        });
        let grid_macro = (grid == Grid::ChannelFirst).then(|| ("GRID_CHANNEL_FIRST".into(), String::new()));
        let macros = stage
            .macros
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .chain(grid_macro)
            .chain(bindings)
            .collect();
        // A grid past 32 bits is refused against the device's limits, which are never larger.
        let [spatial, channels, outer] = stage.blocks.map(|blocks| u32::try_from(blocks).unwrap_or(u32::MAX));
        let workgroups = match grid {
            Grid::SpatialFirst => UVec3::new(spatial, channels, outer),
            Grid::ChannelFirst => UVec3::new(channels, spatial, outer),
        };
        let written = 4 * self.geometry.elements(stage.write);
        Dispatch {
            name: stage.source.trim_end_matches(".comp").into(),
            kernel: Kernel {
                source: stage.source.into(),
                macros,
                generated: stage.generated,
                constants: [self.sizes().as_slice(), &[stage.invocations]].concat(),
                bounds_checks: stage.bounds_checks,
            },
            uses,
            push: stage.push,
            workgroups,
            workgroup: UVec3::new(stage.invocations, 1, 1),
            shared_bytes: stage.shared_bytes,
            flops: stage.flops,
            registers: stage.registers,
            bytes: written + stage.reads.iter().map(|&(_, bytes)| bytes).sum::<u64>(),
        }
    }

    /// Specialization constants 0 to 12, in the order of `sizes.glsl`.
    fn sizes(&self) -> [u32; 13] {
        let Geometry { problem, out_height, out_width, tiling, .. } = self.geometry;
        let narrow = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        [
            problem.batch,
            problem.in_channels,
            problem.out_channels,
            problem.height,
            problem.width,
            problem.padding,
            *out_height,
            *out_width,
            tiling.rows,
            tiling.columns,
            narrow(tiling.count),
            narrow(self.geometry.tile_pitch()),
            narrow(self.geometry.filter_pitch()),
        ]
    }
}
