//! Whether kernels reach past the end of a buffer, as GPU-assisted validation sees it: they do not, and where one is
//! made to, the layer says so, which proves that its silence means something.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use winoscope::measure::Engine;
use winoscope::plan::{Limits, convolution};

use crate::harness::{UNTIMED, assert_right, experiments, is_gpu_assisted, prepare, problem, with_device};
use crate::placements;

/// Whether accesses are checked, or the tests here have nothing to see.
fn are_bounds_checked() -> bool {
    if !is_gpu_assisted() {
        eprintln!("not under GPU-assisted validation: scripts/gpu_assisted.sh runs it");
    }
    is_gpu_assisted()
}

#[test]
fn an_access_past_the_end_is_reported() {
    if !are_bounds_checked() {
        return;
    }
    let messages = with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, &UNTIMED);
        let experiment = &experiments(&problem([1, 4, 4, 8, 8, 1]))[0];
        // What becomes of it, and so whether the result is right, is the driver's choice.
        drop(prepare(&mut engine, experiment, |plan| {
            let mhat = plan.buffers.iter_mut().find(|buffer| buffer.name == "mhat").expect("the buffer");
            mhat.elements /= 2;
            // The accesses are to end there, not in what lies behind it.
            let dispatches = plan.phases.iter_mut().flat_map(|phase| &mut phase.dispatches);
            dispatches.for_each(|dispatch| dispatch.kernel.bounds_checks = true);
        }));
    });
    assert!(messages.iter().any(|message| message.contains("out of bounds")), "{messages:?}");
}

/// Each kernel with each placement, layout, vector width, consumer and form of the transforms, where nothing fills a
/// tile, a vector or a block.
fn every_kernel() -> Vec<String> {
    let shape = [2, 5, 7, 9, 6, 1];
    let tile = "[algorithm]\ntile = 2\n";
    let head = problem(shape) + tile;
    let layouts = ["xhat", "ghat", "mhat"]
        .map(|buffer| format!("\"buffers.{buffer}.layout\" = [\"transform_major\", \"tile_major\"]\n"))
        .concat();
    vec![
        placements::mapped(shape, "blocked", tile),
        placements::mapped(shape, "element", tile),
        format!("{head}[sweep]\n{layouts}\"multiply.vector\" = [1, 2, 4]\n"),
        format!("{head}[sweep]\n{layouts}\"multiply.splits\" = [2, 3]\n\"multiply.turns\" = [1, 2]\n"),
        // Slices that are fetched two ahead, to an even and to an odd last one.
        format!(
            "{head}[multiply]\nblock.channels = 1\nsplits = 1\n[sweep]\n\"problem.in_channels\" = [7, 8]\n\
             \"multiply.vector\" = [1, 4]\n"
        ),
        format!("{head}[multiply]\nmapping = \"element\"\n[sweep]\n{layouts}"),
        // Tiles that overhang and workgroups that end past the last.
        format!(
            "{}[sweep]\n\"algorithm.tile\" = [4, 7]\n\"transforms.input_tiles\" = [1, 5, 32]\n\
             \"buffers.xhat.layout\" = [\"transform_major\", \"tile_major\"]\n",
            problem(shape)
        ),
        format!("{head}[transforms]\nfilter_passes = 1\n[sweep]\n{layouts}\"multiply.vector\" = [1, 4]\n"),
        // Taps that workgroups bring in together: one, two and four at a time, to the last filters of a block.
        problem([1, 65, 64, 4, 4, 1]) + tile,
        problem([1, 64, 65, 4, 4, 1]) + tile,
        problem([1, 512, 258, 2, 2, 1]) + tile,
        format!(
            "{head}[sweep]\n\"transforms.evaluation\" = [\"separable\", \"kron\"]\n\
             \"transforms.coefficients\" = [\"literal\", \"select\"]\n"
        ),
        format!(
            "{head}[sweep]\n\"schedule.stop_after\" = [\"xhat\", \"mhat\"]\n\
             \"schedule.consume\" = [\"partial\", \"full\"]\n\
             \"buffers.xhat.placement\" = [\"global\", \"shared\", \"register\"]\n\
             \"buffers.mhat.placement\" = [\"global\", \"shared\", \"register\"]\n"
        ),
        format!(
            "{}[algorithm]\nkind = \"direct\"\n[sweep]\n\"direct.method\" = [\"patch\", \"implicit_gemm\"]\n",
            problem(shape)
        ),
        format!(
            "{}[algorithm]\nkind = \"direct\"\n[direct]\nmethod = \"implicit_gemm\"\nblock.filters = 16\n\
             thread = {{ filters = 4, columns = 4 }}\n[sweep]\n\"direct.teams\" = [1, 3]\n\
             \"direct.block.channels\" = [1, 2]\n",
            problem(shape)
        ),
    ]
}

/// The kernels that `texts` run.
fn sources(texts: &[String]) -> BTreeSet<String> {
    let experiments = texts.iter().flat_map(|text| experiments(text));
    let plans =
        experiments.map(|experiment| convolution::lower(&experiment, &Limits::default()).expect("a plan"));
    plans
        .flat_map(|plan| {
            plan.dispatches().map(|(_, dispatch)| dispatch.kernel.source.to_string()).collect::<Vec<_>>()
        })
        .collect()
}

/// The kernels of the convolution; those of the proofs and the ceilings have tests of their own in the same job.
fn all_sources() -> BTreeSet<String> {
    let folder = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("glsl")).expect("the kernels");
    let names =
        folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name in UTF-8"));
    names.filter(|name| name.ends_with(".comp")).collect()
}

#[test]
fn every_kernel_stays_within_its_buffers() {
    let texts = every_kernel();
    assert_eq!(sources(&texts), all_sources(), "each kernel is run");
    if are_bounds_checked() {
        assert_right(texts);
    }
}
