//! Whole configurations drawn at random: every buffer against its twin.

use std::cell::RefCell;

use proptest::prelude::*;
use winoscope::config::{Coefficients, Evaluation, Experiment};
use winoscope::measure::Engine;

use crate::draw;
use crate::harness::{Tally, UNTIMED, is_endless, with_device};

/// Each one is a few kernels for the driver to compile.
const CASES: u32 = 24;

/// Each one is a run on the device.
const SHRINKS: u32 = 8;

#[test]
fn any_configuration_agrees_with_its_twin() {
    // The layer is asked once, at the end; the names tell which case it means.
    let cases = RefCell::new(Vec::new());
    let messages = with_device(|device, compiler| {
        let engine = RefCell::new(Engine::new(device, compiler, &UNTIMED));
        let tally = RefCell::new(Tally::new(device));
        let drawn = draw::configuration().prop_filter("the driver's compiler takes long", |drawn| {
            let (experiments, _) = drawn.repair().expect("a way out");
            !experiments.iter().any(|experiment| takes_long(&device.info().name, experiment))
        });
        draw::check(CASES, SHRINKS, drawn, |drawn| {
            let (mut experiments, _) = drawn.repair()?;
            let case = cases.borrow().len();
            cases.borrow_mut().push(format!("case {case}:\n{drawn}"));
            for experiment in &mut experiments {
                experiment.name = format!("case {case}");
                tally.borrow_mut().verify(&mut engine.borrow_mut(), experiment)?;
            }
            Ok(())
        });
        tally.borrow().report();
    });
    assert!(messages.is_empty(), "{messages:#?}, of\n{}", cases.take().join("\n"));
}

/// Besides what takes minutes, literal kron of the larger tiles, which takes tens of seconds and is in the matrix.
fn takes_long(device: &str, experiment: &Experiment) -> bool {
    let sums = (experiment.evaluation, experiment.coefficients) == (Evaluation::Kron, Coefficients::Literal);
    (sums && experiment.tile.m() > 2) || is_endless(device, experiment)
}
