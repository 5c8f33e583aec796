//! `[sweep] where` and `together`: what is left of the product, and what is compared.

use super::super::ErrorKind;
use super::{accept, names, refuse};

const AXES: &str = "\"algorithm.tile\" = [2, 4, 6]\n\"problem.height\" = [8, 16]\n";

/// The names that a restriction leaves, below the variants `direct` and `old`.
#[track_caller]
fn left(restriction: &str) -> Vec<String> {
    let variants = "[[variant]]\nname = \"direct\"\nalgorithm.kind = \"direct\"\naxes = [\"problem.height\"]\n\
                    [[variant]]\nname = \"old\"\n";
    let configuration = accept(&format!("{variants}[sweep]\nwhere = \"{restriction}\"\n{AXES}"), &[]);
    assert_eq!(configuration.left_out + configuration.experiments.len(), 8, "{restriction}");
    assert_eq!(configuration.comparisons, (0..configuration.experiments.len()).collect::<Vec<_>>());
    names(&configuration).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_restriction_leaves_the_points_of_which_it_holds() {
    let old = |tile: u32, height: u32| format!("old/tile={tile}/height={height}");
    assert_eq!(left("algorithm.tile == 4"), [old(4, 8), old(4, 16)]);
    assert_eq!(left("algorithm.tile in [2, 6] and problem.height > 8"), [old(2, 16), old(6, 16)]);
    assert_eq!(
        left("algorithm.tile > 2 and (problem.height <= 8 or algorithm.tile == 6)"),
        [old(4, 8), old(6, 8), old(6, 16)]
    );
    assert_eq!(
        left("variant == 'direct' or algorithm.tile < 4 and problem.height >= 16"),
        ["direct/height=8".to_owned(), "direct/height=16".to_owned(), old(2, 16)]
    );
    assert_eq!(left("not (variant == 'old' or problem.height == 8)"), ["direct/height=16"]);
    assert_eq!(
        left("problem.height not in [8] and algorithm.tile != 4 and variant in ['old']"),
        [old(2, 16), old(6, 16)]
    );
}

#[test]
fn a_factor_without_a_meaning_is_equal_to_nothing_and_in_no_order() {
    // The baseline has no tile; the plan chooses old's vector.
    assert_eq!(
        left("algorithm.tile != 2 and algorithm.tile != 4 and problem.height == 8"),
        ["direct/height=8", "old/tile=6/height=8"]
    );
    assert_eq!(left("algorithm.tile >= 0 and problem.height == 8").len(), 3);
    assert_eq!(
        left("multiply.vector == 4 or direct.block.rows > 0 or variant == 'direct'"),
        ["direct/height=8", "direct/height=16"]
    );
}

#[test]
fn factors_are_compared_with_one_another_after_overrides_and_defaults() {
    let configuration =
        accept(&format!("[sweep]\nwhere = 'problem.height == problem.width'\n{AXES}"), &["problem.width=8"]);
    assert_eq!(names(&configuration), ["x/tile=2/height=8", "x/tile=4/height=8", "x/tile=6/height=8"]);
    // What the file leaves to its default has a value too, and an axis that is fixed keeps it.
    let restriction = "[sweep]\nwhere = \"multiply.mapping == 'blocked' and algorithm.tile == 2\"\n";
    assert_eq!(names(&accept(&format!("{restriction}{AXES}"), &["algorithm.tile=2"])).len(), 2);
}

#[test]
fn what_is_left_out_need_not_be_valid() {
    let contradiction = "[sweep]\n\"multiply.mapping\" = [\"blocked\", \"element\"]\n\
                         \"buffers.xhat.placement\" = [\"global\", \"inline\"]\n\
                         \"buffers.ghat.placement\" = [\"global\", \"inline\"]\n";
    assert_eq!(refuse(contradiction, &[]).kind(), ErrorKind::Contradiction);
    let restriction = "where = \"multiply.mapping == 'element' or buffers.xhat.placement == buffers.ghat.placement \
                       and buffers.xhat.placement == 'global'\"\n";
    let configuration = accept(&format!("{contradiction}{restriction}"), &[]);
    assert_eq!((configuration.experiments.len(), configuration.left_out), (5, 3));
}

#[test]
fn a_fault_is_marked_where_it_stands() {
    let marked = |restriction: &str| {
        let error = refuse(&format!("[sweep]\n{AXES}where = {restriction}\n"), &[]);
        assert_eq!(error.kind(), ErrorKind::Value, "{error}");
        error.to_string()
    };
    assert_eq!(
        marked("\"problem.height > 8 and multiply.maping == 'element'\""),
        "configs/x.toml:9: `sweep.where`: `multiply.maping` is not the name of a factor; did you mean \
         `multiply.mapping`?\n  |\n9 | where = \"problem.height > 8 and multiply.maping == 'element'\"\n  |           \
                                \u{20}                     ^^^^^^^^^^^^^^^"
    );
    // Escapes make the places in the text others than those in the file: all of it is marked.
    let literal = r#""variant == \"x\" and 1""#;
    let all = "^".repeat(literal.len());
    assert!(marked(literal).ends_with(&format!("9 | where = {literal}\n  |         {all}")));
    for (restriction, why) in [
        ("''", "expected the name of a factor at the end"),
        ("'tile == 4'", "`tile` is not the name of a factor; did you mean `algorithm.tile`?"),
        ("'algorithm.tile == 3'", "tile 3 has no kernels, expected one of 2, 4, 5, 6, 7"),
        ("'algorithm.tile == four'", "a word that is a value stands in quotes"),
        ("'algorithm.tile = 4'", "equality is `==`"),
        ("'algorithm.tile'", "expected `==`, `!=`"),
        ("'algorithm.tile == 4 == 4'", "expected `and`, `or` or the end"),
        ("'algorithm.tile in 4'", "expected `[`"),
        ("'algorithm.tile in [4'", "expected `,` or `]` at the end"),
        ("'algorithm.tile in []'", "expected a number, or a word in quotes"),
        ("'(algorithm.tile == 4'", "expected `)` at the end"),
        ("'algorithm.tile == 4)'", "expected `and`, `or` or the end"),
        ("'and'", "expected the name of a factor"),
        ("'algorithm.tile < \"4\"'", "only numbers have an order"),
        ("'multiply.mapping < 4'", "only numbers have an order"),
        ("'problem.height < variant'", "only numbers have an order"),
        ("'variant == \"old\"'", "there is no variant `old`; there are x"),
        ("'problem.height == 1.5'", "`1.5` is not a whole number"),
        ("'problem.height == 99999999999999999999'", "is not a whole number"),
        ("'variant == \"x'", "the string has no closing \""),
        ("'problem.height § 3'", "`§` has no meaning here"),
        ("'problem.height > 16'", "leaves none of 6 experiments"),
        ("4", "needs a string"),
    ] {
        let message = marked(restriction);
        assert!(message.contains(why), "{restriction}: {message}");
    }
    let deep = format!("'{}algorithm.tile == 4{}'", "(".repeat(10_000), ")".repeat(10_000));
    assert!(marked(&deep).contains("more than 64 levels"));
}

/// The comparisons of the experiments of two variants, one of which has no tile.
#[track_caller]
fn comparisons(below: &str) -> Vec<usize> {
    let variants = "[[variant]]\nname = \"a\"\n[[variant]]\nname = \"b\"\n";
    accept(&format!("{variants}[sweep]\n{AXES}{below}"), &[]).comparisons
}

#[test]
fn experiments_stand_alone_or_share_a_process_along_axes() {
    assert_eq!(comparisons(""), (0..12).collect::<Vec<_>>());
    assert_eq!(comparisons("together = ['variant']"), [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
    assert_eq!(comparisons("together = ['algorithm.tile']"), [0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3]);
    assert_eq!(comparisons("together = ['algorithm.tile', 'variant']"), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    // Giving up is about the best of those that are measured in turn.
    assert_eq!(comparisons("[measure]\ngive_up_at = 2\n"), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    for (below, why) in [
        ("together = 'variant'", "needs an array"),
        ("together = ['tile']", "is of algorithm.tile, problem.height, variant, and this is none of them"),
        ("together = [1]", "is none of them"),
    ] {
        let error = refuse(&format!("[sweep]\n{AXES}{below}"), &[]);
        assert!(error.kind() == ErrorKind::Value && error.to_string().contains(why), "{error}");
    }
}

#[test]
fn experiments_that_are_kept_keep_their_comparison() {
    let mut configuration = accept(&format!("[sweep]\n{AXES}together = ['algorithm.tile']"), &[]);
    configuration.keep(|experiment| experiment.tile.m() == 6);
    assert_eq!(names(&configuration), ["x/tile=6/height=8", "x/tile=6/height=16"]);
    assert_eq!(configuration.comparisons, [0, 1]);
}
