//! What the driver tells of the kernels of a plan.

use std::sync::Arc;

use super::engine::{Engine, Error, pipeline_description};
use crate::gpu::Executable;
use crate::plan::Plan;

/// What the driver tells of the kernel of one dispatch.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelFacts {
    /// The name of the dispatch's phase.
    pub phase: String,
    /// The dispatch's name.
    pub dispatch: String,
    /// Names its SPIR-V.
    pub spirv_hash: String,
    /// The machine code that the driver made of it.
    pub executables: Arc<[Executable]>,
}

impl Engine<'_> {
    /// What the driver tells of the kernel of each dispatch of a plan, in order; nothing where it does not tell.
    ///
    /// Each distinct kernel is compiled once more for it, in all the time of this engine. It is to be called while
    /// nothing is sampled: the device idles meanwhile.
    ///
    /// # Errors
    /// If a kernel does not compile, or the driver fails.
    pub fn kernel_facts(&mut self, plan: &Plan) -> Result<Vec<KernelFacts>, Error> {
        if !self.device.has_executable_properties() {
            return Ok(Vec::new());
        }
        let mut facts = Vec::new();
        for (phase, dispatch) in plan.dispatches() {
            let (module, key) = self.identify(dispatch)?;
            let executables = match self.executables.get(&key) {
                Some(known) => Arc::clone(known),
                None => {
                    let description = pipeline_description(dispatch, &module.words);
                    let told: Arc<[Executable]> = self.device.executables(&description)?.into();
                    self.executables.insert(key, Arc::clone(&told));
                    told
                }
            };
            facts.push(KernelFacts {
                phase: plan.phases[phase].name.clone(),
                dispatch: dispatch.name.clone(),
                spirv_hash: module.hash,
                executables,
            });
        }
        Ok(facts)
    }
}
