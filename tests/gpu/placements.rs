//! Every placement of the three intermediates, in both mappings, against its twins.

use winoscope::config::{FilterReuse, Placement};
use winoscope::plan::{Limits, convolution};

use crate::harness::{AWKWARD, assert_right, experiments, problem};

/// Each of a mapping's placements of xhat, ghat and mhat.
fn placements(mapping: &str) -> String {
    let all: Vec<String> = Placement::ALL
        .iter()
        .filter(|placement| mapping == "element" || **placement != Placement::Inline)
        .map(|placement| format!("\"{placement}\""))
        .collect();
    let axis = |buffer: &str| format!("\"buffers.{buffer}.placement\" = [{}]\n", all.join(", "));
    format!("[sweep]\n{}", ["xhat", "ghat", "mhat"].map(axis).concat())
}

pub fn mapped(shape: [u32; 6], mapping: &str, rest: &str) -> String {
    format!("{}[multiply]\nmapping = \"{mapping}\"\n{rest}{}", problem(shape), placements(mapping))
}

/// F(2×2), whose kernels compile quickly, on every awkward shape.
#[test]
fn blocked_on_awkward_shapes() {
    assert_right(AWKWARD.map(|shape| mapped(shape, "blocked", "[algorithm]\ntile = 2\n")));
}

#[test]
fn element_on_awkward_shapes() {
    assert_right(AWKWARD.map(|shape| mapped(shape, "element", "[algorithm]\ntile = 2\n")));
}

/// Workgroups of several kinds, each with ragged edges: enough filters, tiles and channels for the larger blocks.
#[test]
fn blocked_with_large_blocks() {
    assert_right([mapped([1, 10, 70, 67, 93, 1], "blocked", "[algorithm]\ntile = 2\n")]);
}

#[test]
fn blocked_in_each_tile() {
    let shape = [3, 5, 7, 13, 10, 0];
    assert_right([4, 6].map(|tile| mapped(shape, "blocked", &format!("[algorithm]\ntile = {tile}\n"))));
}

/// F(4×4) at every placement, and F(6×6) where an inline XHAT beside a buffer in registers goes through rows of positions
/// at run time.
#[test]
fn element_of_larger_tiles() {
    let axis = |buffer: &str, placements: &str| format!("\"buffers.{buffer}.placement\" = [{placements}]\n");
    let stored = "\"global\", \"shared\", \"inline\"";
    let inline_beside = |buffer: &str| {
        format!(
            "{}[multiply]\nmapping = \"element\"\n[algorithm]\ntile = 6\n[buffers]\nxhat.placement = \"inline\"\n\
             {buffer}.placement = \"register\"\n[sweep]\n",
            problem([2, 3, 4, 9, 7, 1])
        )
    };
    assert_right([
        mapped([3, 3, 7, 13, 10, 0], "element", "[algorithm]\ntile = 4\n"),
        format!("{}{}", inline_beside("mhat"), axis("ghat", &format!("{stored}, \"register\""))),
        format!("{}{}", inline_beside("ghat"), axis("mhat", stored)),
    ]);
}

/// What the seed's unbufferised schedule degenerates to, in every evaluation.
#[test]
fn inline_in_each_evaluation() {
    let shape = problem([1, 3, 2, 9, 7, 1]);
    let inline = "[multiply]\nmapping = \"element\"\n[algorithm]\ntile = 2\n\
         [buffers]\nxhat.placement = \"inline\"\nghat.placement = \"inline\"\n[sweep]\n\
         \"buffers.mhat.placement\" = [\"global\", \"shared\", \"register\", \"inline\"]\n\
         \"transforms.evaluation\" = [\"separable\", \"kron\"]\n\
         \"transforms.coefficients\" = [\"literal\", \"select\"]\n";
    assert_right([format!("{shape}{inline}")]);
}

/// Each consumer after each prefix, with the last buffer at each placement.
#[test]
fn consumers_of_what_is_not_stored() {
    let shape = problem([2, 3, 5, 9, 6, 1]);
    let quick = "[algorithm]\ntile = 2\n[multiply]\nmapping = \"element\"\n";
    let consumers = "\"schedule.consume\" = [\"partial\", \"full\"]\n";
    let all = "[\"shared\", \"register\", \"inline\"]\n";
    assert_right([
        format!(
            "{shape}{quick}[sweep]\n\"schedule.stop_after\" = [\"xhat\", \"ghat\"]\n{consumers}\
             \"buffers.xhat.placement\" = {all}\"transforms.evaluation\" = [\"separable\", \"kron\"]\n"
        ),
        format!(
            "{shape}{quick}[schedule]\nstop_after = \"mhat\"\n[sweep]\n{consumers}\
             \"buffers.mhat.placement\" = {all}\"buffers.mhat.layout\" = [\"transform_major\", \"tile_major\"]\n"
        ),
        format!(
            "{shape}[algorithm]\ntile = 2\n[schedule]\nstop_after = \"mhat\"\n[sweep]\n{consumers}\
             \"buffers.mhat.placement\" = [\"shared\", \"register\"]\n"
        ),
    ]);
}

/// The layouts and grids of what is stored beside what is not, and both coefficient forms.
#[test]
fn layouts_grids_and_coefficients_of_whole_tiles() {
    let shape = problem([2, 5, 9, 9, 7, 1]);
    let layouts = ["xhat", "ghat"]
        .map(|buffer| format!("\"buffers.{buffer}.layout\" = [\"transform_major\", \"tile_major\"]\n"));
    let grids = "\"schedule.grid\" = [\"spatial_first\", \"channel_first\"]\n";
    let forms = "\"transforms.evaluation\" = [\"separable\", \"kron\"]\n\
                 \"transforms.coefficients\" = [\"literal\", \"select\"]\n";
    let tile = "[algorithm]\ntile = 2\n";
    assert_right([
        format!("{shape}{tile}[buffers]\nmhat.placement = \"shared\"\n[sweep]\n{}{grids}", layouts.concat()),
        format!(
            "{shape}{tile}[buffers]\nxhat.placement = \"shared\"\nghat.placement = \"register\"\n\
             mhat.placement = \"register\"\n[sweep]\n{forms}"
        ),
    ]);
}

/// The input transform with tiles that a workgroup shares, more and fewer than there are, and with an invocation's own.
#[test]
fn shared_tiles_of_the_input() {
    let shape = problem([2, 3, 5, 13, 9, 1]);
    assert_right([
        format!(
            "{shape}[sweep]\n\"algorithm.tile\" = [2, 5, 6, 7]\n\"transforms.input_tiles\" = [1, 3, 32]\n"
        ),
        format!(
            "{shape}[sweep]\n\"transforms.input_tiles\" = [1, 16]\n\"transforms.coefficients\" = [\"literal\", \
             \"select\"]\n\"schedule.grid\" = [\"spatial_first\", \"channel_first\"]\n\
             \"buffers.xhat.layout\" = [\"transform_major\", \"tile_major\"]\n"
        ),
        format!("{}[sweep]\n\"algorithm.tile\" = [4, 7]\n", problem([1, 1, 1, 1, 1, 1])),
    ]);
}

/// GHAT after one pass of the filter transform, of which the multiply makes the other: every tile, layout and form, packs and floats,
/// blocks whose slots lie below one another and others, one and two slices ahead, splits, turns and partial sums.
#[test]
fn half_a_filter_transform() {
    let once = "[transforms]\nfilter_passes = 1\n";
    let shape = problem([2, 5, 9, 13, 9, 1]) + once;
    let layouts = "\"buffers.ghat.layout\" = [\"transform_major\", \"tile_major\"]\n";
    assert_right([
        format!("{shape}[sweep]\n\"algorithm.tile\" = [2, 4, 5, 6, 7]\n{layouts}"),
        format!(
            "{shape}[sweep]\n{layouts}\"transforms.coefficients\" = [\"literal\", \"select\"]\n\
             \"multiply.vector\" = [1, 2, 4]\n"
        ),
        format!(
            "{}{once}[multiply]\nblock.channels = 1\n[sweep]\n\"multiply.splits\" = [1, 3]\n\"multiply.turns\" = [1, 2]\n\
             \"multiply.partial_sums\" = [2, 9]\n",
            problem([1, 9, 3, 9, 9, 1])
        ),
        format!("{}{once}[sweep]\n\"algorithm.tile\" = [4, 7]\n", problem([1, 1, 1, 1, 1, 1])),
        // The default there.
        format!("{}[algorithm]\ntile = 6\n", problem([1, 256, 256, 14, 13, 1])),
        format!(
            "{shape}[schedule]\nconsume = \"full\"\n[sweep]\n\"schedule.stop_after\" = [\"ghat\", \"mhat\"]\n\
             \"filter.reuse\" = [\"per_run\", \"cached\"]\n"
        ),
    ]);
}

/// GHAT is recorded before XHAT where it is large enough, and where that is set; beforehand it has no place in that order.
#[test]
fn filters_that_are_transformed_first() {
    let large = problem([1, 256, 256, 6, 5, 1])
        + "[sweep]\n\"filter.reuse\" = [\"per_run\", \"cached\"]\n\"schedule.barriers\" = [\"minimal\", \"full\"]\n";
    let set = problem([2, 3, 5, 13, 9, 1])
        + "[schedule]\nfirst = \"ghat\"\n[sweep]\n\"schedule.barriers\" = [\"minimal\", \"full\"]\n";
    for experiment in [&large, &set].into_iter().flat_map(|text| experiments(text)) {
        let plan = convolution::lower(&experiment, &Limits::default()).expect("a plan");
        let first_timed = plan.phases.iter().find(|phase| !phase.untimed).map(|phase| phase.name.as_str());
        let expected = if experiment.filter_reuse == FilterReuse::Cached { "xhat" } else { "ghat" };
        assert_eq!(first_timed, Some(expected), "{}", experiment.name);
    }
    assert_right([large, set]);
}

/// Vectors of y, where rows of y end within a tile but not within a vector: stored, and fused with the multiply.
#[test]
fn vectors_of_outputs() {
    let axis = |vectors: &str| format!("[sweep]\n\"transforms.vector\" = {vectors}\n");
    let shape = |width: u32| problem([2, 3, 5, 6, width, 1]);
    let tile = |m: u32| format!("[algorithm]\ntile = {m}\n");
    let fused = "[buffers]\nmhat.placement = \"register\"\n";
    assert_right([
        // Through shared memory, with tiles that overhang y on every side and a workgroup that ends within a row.
        format!("{}{}[sweep]\n\"schedule.workgroup\" = [1, 3, 64]\n", shape(9), tile(4)),
        format!("{}{}[sweep]\n\"schedule.workgroup\" = [2, 64]\n", shape(8), tile(6)),
        format!("{}{}", shape(7), tile(2)),
        format!("{}{}{}", shape(12), tile(4), axis("[1, 2, 4]")),
        format!("{}{}{}", shape(10), tile(4), axis("[1, 2]")),
        format!("{}{}{}", shape(8), tile(6), axis("[1, 2]")),
        format!("{}{}{fused}{}", shape(10), tile(2), axis("[1, 2]")),
        format!("{}{}{fused}[multiply]\nmapping = \"element\"\n{}", shape(12), tile(4), axis("[1, 4]")),
    ]);
}

/// One position per invocation, whose filters and tiles are all of the workgroup's or half of its tiles: stored filters
/// then go past shared memory, and inputs are fetched a slice ahead where there are no more of them than invocations.
#[test]
fn operands_of_one_position() {
    let shape = problem([2, 7, 22, 9, 21, 1]);
    let kept = "[buffers]\nmhat.placement = \"shared\"\n[sweep]\n\"buffers.xhat.placement\" = [\"global\", \"shared\"]\n\
                \"buffers.ghat.layout\" = [\"transform_major\", \"tile_major\"]\n\
                \"multiply.block.channels\" = [2, 3, 7]\n\"multiply.thread.tiles\" = [4, 8]\n";
    let block = "[multiply]\nblock = { filters = 16, tiles = 8 }\nthread = { filters = 4, positions = 1 }\n";
    let tile = "[algorithm]\ntile = 2\n";
    assert_right([format!("{shape}{tile}{block}{kept}")]);
}

/// The whole convolution in one dispatch, with its own blocks, none of whose last ones is filled: a workgroup per
/// multiprocessor of a large GPU, and more.
#[test]
fn the_whole_convolution_in_one_dispatch() {
    let shared = ["xhat", "ghat", "mhat"].map(|buffer| format!("{buffer}.placement = \"shared\"\n")).concat();
    let tile = "[algorithm]\ntile = 2\n";
    let shapes = [[1, 5, 37, 53, 51, 1], [3, 9, 19, 75, 74, 0]];
    assert_right(shapes.map(|shape| format!("{}{tile}[buffers]\n{shared}", problem(shape))));
}

/// Enough filters for their taps to go through shared memory, in blocks of which the last overhangs: two at once, one, and four; in
/// either layout, order of the grid and form of the coefficients.
#[test]
fn staged_filters() {
    let axes = "[sweep]\n\"transforms.filter_passes\" = [1, 2]\n";
    let staged = |[channels, filters]: [u32; 2], m: u32, axes: &str| {
        format!("{}[algorithm]\ntile = {m}\n{axes}", problem([1, channels, filters, 3, 4, 1]))
    };
    let forms = "[transforms]\ncoefficients = \"select\"\n[sweep]\n\"buffers.ghat.layout\" = [\"transform_major\", \"tile_major\"]\n\
                 \"schedule.grid\" = [\"spatial_first\", \"channel_first\"]\n";
    let texts = [2, 4, 5, 6, 7].map(|m| (staged([130, 129], m, axes), "2")).into_iter().chain([
        (staged([64, 65], 4, forms), "2"),
        (staged([65, 66], 7, axes), "1"),
        (staged([512, 257], 2, axes), "4"),
    ]);
    assert_right(texts.map(|(text, vector)| {
        for experiment in experiments(&text) {
            let plan = convolution::lower(&experiment, &Limits::default()).unwrap();
            let filters = plan.phases.iter().find(|phase| phase.name == "ghat").unwrap();
            let macros = &filters.dispatches[0].kernel.macros;
            let of = |name: &str| macros.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str());
            assert_eq!(
                (of("W_STAGED"), of("VECTOR")),
                (Some(""), Some(vector)),
                "let this test have other sizes"
            );
        }
        text
    }));
}

/// So many slices of channels that their loads are held where they are written, an even and an odd number of them.
#[test]
fn many_slices_of_channels() {
    let text = problem([2, 9, 37, 9, 21, 1])
        + "[algorithm]\ntile = 2\n[multiply]\nthread = { filters = 4, tiles = 4 }\nblock = { tiles = 64, channels = 1 }\n\
           splits = 1\n[sweep]\n\"problem.in_channels\" = [32, 33]\n\"multiply.vector\" = [1, 4]\n\
           \"transforms.filter_passes\" = [1, 2]\n";
    for experiment in experiments(&text) {
        let plan = convolution::lower(&experiment, &Limits::default()).unwrap();
        let macros = plan.dispatches().flat_map(|(_, dispatch)| &dispatch.kernel.macros);
        assert_eq!(
            macros.filter(|(name, _)| name == "HOLD_LOADS").count(),
            1,
            "let this test set other blocks"
        );
    }
    assert_right([text]);
}

/// Block sizes, vector widths and padding as axes, for both kernels of the blocked multiply and for the baseline.
#[test]
fn blocks_vectors_and_padding() {
    let shape = problem([2, 9, 37, 9, 21, 1]);
    let vectors = "[sweep]\n\"multiply.vector\" = [1, 2, 4]\n\"multiply.padding\" = [0, 4]\n\
                   \"multiply.block.tiles\" = [16, 32]\n\"multiply.block.channels\" = [2, 3]\n";
    let tile = "[algorithm]\ntile = 2\n";
    assert_right([
        format!(
            "{shape}{tile}[multiply]\nthread = {{ filters = 4, tiles = 4 }}\n{vectors}\"multiply.turns\" = [1, 3]\n"
        ),
        format!(
            "{shape}{tile}[multiply]\nthread = {{ filters = 4, tiles = 4 }}\nblock = {{ tiles = 16, channels = 3 }}\n\
             [sweep]\n\"multiply.turns\" = [2, 16]\n"
        ),
        format!(
            "{shape}{tile}[multiply]\nthread = {{ filters = 4, tiles = 4 }}\n[sweep]\n\"multiply.partial_sums\" = [3, 6]\n\
             \"multiply.block.channels\" = [1, 3]\n\"multiply.turns\" = [1, 2]\n"
        ),
        // Slices of every number, fetched one and two ahead, of which the last is full and is not.
        format!(
            "{shape}{tile}[multiply]\nthread = {{ filters = 4, tiles = 4 }}\nblock.channels = 2\n[sweep]\n\
             \"problem.in_channels\" = [2, 3, 8, 11, 12, 13]\n\"multiply.partial_sums\" = [2, 4, 32]\n"
        ),
        format!(
            "{shape}{tile}[multiply]\nthread = {{ filters = 4, tiles = 4 }}\nblock.channels = 1\n[sweep]\n\
             \"problem.in_channels\" = [18, 20, 22, 23]\n\"multiply.splits\" = [3]\n"
        ),
        // The last of seven parts is one slice, of slots that lie one below the other and that do not.
        format!(
            "{}{tile}[multiply]\nthread = {{ filters = 4, tiles = 4 }}\nblock.channels = 1\nsplits = 7\n[sweep]\n\
             \"multiply.vector\" = [1, 4]\n",
            problem([1, 43, 20, 9, 21, 1])
        ),
        // Parts of the channels that are as long and that are not, that slices fill and that they do not.
        format!(
            "{shape}{tile}[multiply]\nthread = {{ filters = 4, tiles = 4 }}\n[sweep]\n\"multiply.splits\" = [2, 3]\n\
             \"multiply.block.channels\" = [1, 3]\n\"multiply.turns\" = [1, 2]\n\
             \"buffers.mhat.layout\" = [\"transform_major\", \"tile_major\"]\n"
        ),
        // The same, read by every consumer; outputs in vectors and through shared memory.
        format!(
            "{shape}{tile}[multiply]\nsplits = 3\n[sweep]\n\"schedule.stop_after\" = [\"mhat\"]\n\
             \"schedule.consume\" = [\"none\", \"partial\", \"full\"]\n"
        ),
        format!(
            "{}[multiply]\nsplits = 4\n[sweep]\n\"algorithm.tile\" = [4, 7]\n\
             \"transforms.evaluation\" = [\"separable\", \"kron\"]\n",
            problem([1, 16, 5, 12, 8, 1])
        ),
        // Slots of one invocation that do not lie one below the other.
        format!(
            "{shape}{tile}[multiply]\nthread = {{ filters = 8, tiles = 8 }}\nblock = {{ filters = 64, tiles = 24 }}\n\
             [sweep]\n\"multiply.block.channels\" = [2, 3]\n\"multiply.turns\" = [1, 2]\n"
        ),
        format!(
            "{shape}{tile}[multiply]\nthread = {{ filters = 4, tiles = 4 }}\nblock = {{ filters = 16 }}\n\
             [buffers]\nmhat.placement = \"shared\"\n{vectors}"
        ),
        format!("{shape}[schedule]\nworkgroup = 96\n{tile}"),
        format!(
            "{shape}[algorithm]\nkind = \"direct\"\n[sweep]\n\"direct.block.rows\" = [2, 5]\n\
             \"direct.block.channels\" = [1, 3]\n\"direct.thread.columns\" = [1, 4]\n"
        ),
        // As for few filters, and fewer than those.
        format!(
            "{shape}[algorithm]\nkind = \"direct\"\n[direct]\nmethod = \"patch\"\n\
             block = {{ filters = 4, rows = 8, columns = 32, channels = 8 }}\nthread = {{ filters = 4, columns = 4 }}\n\
             [sweep]\n\"problem.out_channels\" = [1, 4, 7]\n"
        ),
        // Fewer and more invocations than outputs; with outputs of one image in fours, and of several.
        format!(
            "{shape}[algorithm]\nkind = \"direct\"\n[direct]\nmethod = \"implicit_gemm\"\nblock.filters = 16\n\
             thread = {{ filters = 4, columns = 4 }}\nteams = 1\n[sweep]\n\"direct.block.columns\" = [16, 64]\n\
             \"direct.block.channels\" = [1, 2]\n\"problem.width\" = [8, 9]\n"
        ),
        // The same by teams, of which the last round leaves some without a channel. Lanes in patches of a subgroup, and in rows.
        format!(
            "{shape}[algorithm]\nkind = \"direct\"\n[direct]\nmethod = \"implicit_gemm\"\n\
             block = {{ filters = 16, columns = 32 }}\n[sweep]\n\"direct.teams\" = [2, 3]\n\"direct.block.channels\" = [1, 2]\n\
             \"direct.thread.columns\" = [4, 8]\n\"direct.thread.filters\" = [4, 8]\n\"problem.width\" = [8, 9]\n"
        ),
        format!(
            "{shape}[algorithm]\nkind = \"direct\"\n[direct]\nmethod = \"implicit_gemm\"\nteams = 5\n\
             block = {{ filters = 16, columns = 32, channels = 1 }}\nthread = {{ filters = 4, columns = 4 }}\n"
        ),
        // The sums of one team take more room than the slices of two.
        format!(
            "{shape}[algorithm]\nkind = \"direct\"\n[direct]\nmethod = \"implicit_gemm\"\nteams = 2\n\
             block = {{ filters = 64, columns = 128, channels = 1 }}\nthread = {{ filters = 8, columns = 8 }}\n"
        ),
    ]);
}
