//! What GPU-assisted validation sees when kernels reach past the end of a buffer: the proof that its silence over
//! the other tests means something.

use winoscope::measure::Engine;

use crate::harness::{UNTIMED, experiments, is_gpu_assisted, prepare, problem, with_device};

#[test]
fn an_access_past_the_end_is_reported() {
    if !is_gpu_assisted() {
        eprintln!("not under GPU-assisted validation: scripts/gpu_assisted.sh runs it");
        return;
    }
    let messages = with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, &UNTIMED);
        let experiment = &experiments(&problem([1, 4, 4, 8, 8, 1]))[0];
        // What becomes of it, and so whether the result is right, is the driver's choice.
        drop(prepare(&mut engine, experiment, |plan| {
            let mhat = plan.buffers.iter_mut().find(|buffer| buffer.name == "mhat").expect("the buffer");
            mhat.elements /= 2;
        }));
    });
    assert!(messages.iter().any(|message| message.contains("out of bounds")), "{messages:?}");
}
