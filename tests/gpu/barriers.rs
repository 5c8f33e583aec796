//! What the validation layer sees when a plan hides a write: the barrier that the hazard would have asked for is gone.

use winoscope::measure::Engine;
use winoscope::plan::{Access, Plan, hazards};

use crate::harness::{UNTIMED, experiments, prepare, problem, with_device};

/// Turns the write of the buffer `name` into a read, in the plan alone: the kernel still writes.
fn hide_write(plan: &mut Plan, name: &str) {
    let buffer = plan.buffers.iter().position(|buffer| buffer.name == name).expect("the buffer");
    for dispatch in plan.phases.iter_mut().flat_map(|phase| &mut phase.dispatches) {
        for used in dispatch.uses.iter_mut().filter(|used| used.buffer == buffer) {
            used.access = Access::Read;
        }
    }
}

fn messages_of(edit: impl FnOnce(&mut Plan)) -> Vec<String> {
    with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, &UNTIMED);
        let experiment = &experiments(&problem([1, 4, 4, 8, 8, 1]))[0];
        // Whether the race shows in the result is luck; what the layer says is not.
        drop(prepare(&mut engine, experiment, edit));
    })
}

#[test]
fn a_dropped_barrier_is_reported() {
    assert_eq!(messages_of(|_| {}), [""; 0], "with its barriers the plan is silent");
    let messages = messages_of(|plan| {
        let before = hazards(plan).concat().len();
        hide_write(plan, "mhat");
        assert_eq!(hazards(plan).concat().len(), before - 1, "one barrier less");
    });
    assert!(messages.iter().any(|message| message.contains("SYNC-HAZARD-READ-AFTER-WRITE")), "{messages:?}");
}
