//! The factors' values and the awkward shapes, crossed: every buffer against its twin.

use crate::harness::{AWKWARD, assert_right, problem};

const EVALUATIONS: &str = "\"transforms.evaluation\" = [\"separable\", \"kron\"]\n\
                           \"transforms.coefficients\" = [\"literal\", \"select\"]\n";
const GRIDS: &str = "\"schedule.grid\" = [\"spatial_first\", \"channel_first\"]\n";
const PREFIXES: &str = "\"schedule.stop_after\" = [\"xhat\", \"ghat\", \"mhat\", \"output\"]\n";

/// The seed's variants, as written and as compiled, in the words of configs/investigation.toml.
fn investigation(shape: [u32; 6]) -> String {
    let text = include_str!("../../configs/investigation.toml");
    let start = text.find("[problem]").expect("a problem table");
    let end = start + text[start..].find("[algorithm]").expect("an algorithm table");
    format!("{}{}{}", &text[..start], problem(shape), &text[end..])
}

#[test]
fn the_investigations_variants_on_awkward_shapes() {
    assert_right(AWKWARD.map(investigation));
}

/// Layouts with both mappings and grids: each kernel of the multiply against every layout around it.
#[test]
fn layouts_and_mappings_crossed() {
    let shape = problem([2, 5, 6, 9, 7, 1]);
    let layouts = ["xhat", "ghat", "mhat"]
        .map(|buffer| format!("\"buffers.{buffer}.layout\" = [\"transform_major\", \"tile_major\"]\n"))
        .concat();
    assert_right([format!(
        "{shape}[sweep]\n{layouts}\"multiply.mapping\" = [\"blocked\", \"element\"]\n{GRIDS}"
    )]);
}

/// Evaluation, coefficients and grid: a transform's kernel depends on the layout of its own buffer alone, so the
/// three layouts change together.
#[test]
fn evaluations_and_coefficients_crossed() {
    let shape = problem([2, 5, 6, 9, 7, 1]);
    let variants = ["transform_major", "tile_major"].map(|layout| {
        let buffers =
            ["xhat", "ghat", "mhat"].map(|buffer| format!("buffers.{buffer}.layout = \"{layout}\"\n"));
        format!("[[variant]]\nname = \"{layout}\"\n{}", buffers.concat())
    });
    assert_right([format!("{shape}{}[sweep]\n{EVALUATIONS}{GRIDS}", variants.concat())]);
}

/// XHAT and GHAT inline, each alone and together, in every evaluation and coefficient form.
#[test]
fn inline_placements_crossed() {
    let shape = problem([2, 3, 6, 9, 7, 0]);
    assert_right([format!(
        "{shape}[multiply]\nmapping = \"element\"\n[sweep]\n\
         \"buffers.xhat.placement\" = [\"global\", \"inline\"]\n\
         \"buffers.ghat.placement\" = [\"global\", \"inline\"]\n{EVALUATIONS}"
    )]);
}

/// Each consumer after each prefix, of stored and of inline XHAT.
#[test]
fn consumers_crossed() {
    let shape = problem([2, 3, 5, 9, 6, 1]);
    assert_right([format!(
        "{shape}[multiply]\nmapping = \"element\"\n[sweep]\n\
         \"schedule.stop_after\" = [\"xhat\", \"ghat\", \"mhat\"]\n\
         \"schedule.consume\" = [\"partial\", \"full\"]\n\
         \"buffers.xhat.placement\" = [\"global\", \"inline\"]\n\
         \"buffers.xhat.layout\" = [\"transform_major\", \"tile_major\"]\n\
         \"buffers.mhat.layout\" = [\"transform_major\", \"tile_major\"]\n\
         \"schedule.grid\" = [\"spatial_first\", \"channel_first\"]\n"
    )]);
}

#[test]
fn prefixes_without_a_consumer_barriers_and_a_cached_filter() {
    let shape = problem([1, 5, 6, 10, 11, 1]);
    assert_right([
        format!("{shape}[schedule]\nconsume = \"none\"\n[sweep]\n{PREFIXES}"),
        format!("{shape}[schedule]\nbarriers = \"full\"\n[sweep]\n{PREFIXES}"),
        format!(
            "{shape}[filter]\nreuse = \"cached\"\n[sweep]\n\
             \"schedule.stop_after\" = [\"ghat\", \"mhat\", \"output\"]\n"
        ),
    ]);
}

#[test]
fn every_tile_on_awkward_shapes() {
    assert_right(
        AWKWARD.map(|shape| format!("{}[sweep]\n\"algorithm.tile\" = [2, 4, 5, 6, 7]\n", problem(shape))),
    );
    // Not F(6×6) by literal kron: its 64 sums of up to 64 terms keep the software driver's compiler busy for minutes.
    let shape = problem([1, 3, 2, 9, 11, 1]);
    let select = "[transforms]\nevaluation = \"kron\"\ncoefficients = \"select\"\n";
    assert_right([
        format!("{shape}[algorithm]\ntile = 2\n[sweep]\n{EVALUATIONS}"),
        format!("{shape}{select}[algorithm]\ntile = 6\n"),
        format!("{shape}[algorithm]\ntile = 6\n[transforms]\ncoefficients = \"select\"\n"),
    ]);
}

/// Problems large enough for each block of the blocked multiply and of the direct convolution, none of whose
/// sizes fills one.
#[test]
fn every_block_with_ragged_edges() {
    let direct =
        "[algorithm]\nkind = \"direct\"\n[sweep]\n\"direct.method\" = [\"patch\", \"implicit_gemm\"]\n";
    let winograd = "[sweep]\n";
    // The last two are for few outputs: with one team, and with several.
    let shapes = [
        [1, 9, 70, 38, 70, 1],
        [2, 10, 130, 41, 90, 1],
        [1, 3, 200, 150, 85, 0],
        [1, 6, 40, 24, 24, 1],
        [1, 9, 70, 61, 70, 1],
        [1, 17, 70, 24, 40, 1],
    ];
    assert_right(shapes.iter().flat_map(|&shape| {
        [direct, winograd].map(|algorithm| format!("{}{algorithm}{GRIDS}", problem(shape)))
    }));
}
