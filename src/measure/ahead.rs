//! What jobs that are prepared together need of compiler and driver, made before them on all of the host's cores.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use super::engine::{Engine, pipeline_description, request};
use super::ledger::Activity;
use crate::parallel;
use crate::plan::{Dispatch, Plan};

impl Engine<'_> {
    /// Compiles the kernels of several plans, so that [`compile`](Self::compile) finds their modules, or why there are
    /// none. Left out are plans that the device cannot run, and what is not begun when the user asks to stop.
    pub fn compile_ahead<'p>(&mut self, plans: impl IntoIterator<Item = &'p Plan>, interrupted: &AtomicBool) {
        let _compiling = self.ledger.during(Activity::Compiling);
        let mut kernels: Vec<_> = self.dispatches(plans).map(|dispatch| &dispatch.kernel).collect();
        let mut seen = HashSet::new();
        kernels.retain(|&kernel| !self.modules.contains_key(kernel) && seen.insert(kernel));
        let requests: Vec<_> = kernels.iter().map(|kernel| request(kernel)).collect();
        let modules = self.compiler.compile_all(&requests, || !interrupted.load(Ordering::Relaxed));
        let compiled = kernels.into_iter().cloned().zip(modules);
        self.modules.extend(compiled.filter_map(|(kernel, module)| Some((kernel, module?))));
    }

    /// Creates the pipelines of several plans, of kernels that compile, likewise: [`prepare`](Self::prepare) finds them.
    ///
    /// Nothing is read off how long they take here: `pipeline_ns` is of others, which are created one by one.
    pub fn pipelines_ahead<'p>(
        &mut self,
        plans: impl IntoIterator<Item = &'p Plan>,
        interrupted: &AtomicBool,
    ) {
        let dispatches: Vec<&Dispatch> = self.dispatches(plans).collect();
        let mut wanted = Vec::new();
        let mut seen = HashSet::new();
        for dispatch in dispatches {
            let Ok((module, key)) = self.identify(dispatch) else { continue };
            if !self.pipelines.contains_key(&key) && seen.insert(key.clone()) {
                wanted.push((dispatch, module, key));
            }
        }
        let _creating = self.ledger.during(Activity::Pipelines);
        let device = self.device;
        let pipelines = parallel::map(&wanted, |(dispatch, module, _)| {
            let go_on = !interrupted.load(Ordering::Relaxed);
            go_on.then(|| device.pipeline(&pipeline_description(dispatch, &module.words)))
        });
        let created = wanted.into_iter().zip(pipelines);
        self.pipelines.extend(created.filter_map(|((_, _, key), pipeline)| Some((key, pipeline?))));
    }

    /// The dispatches of those plans that the device can run.
    fn dispatches<'p>(
        &self,
        plans: impl IntoIterator<Item = &'p Plan>,
    ) -> impl Iterator<Item = &'p Dispatch> {
        let possible = plans.into_iter().filter(|plan| self.check(plan).is_ok());
        possible.flat_map(Plan::dispatches).map(|(_, dispatch)| dispatch)
    }
}
