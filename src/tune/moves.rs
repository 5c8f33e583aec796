//! What differs from a candidate in one decision.

use super::candidate::Candidate;
use crate::config::{AlgorithmKind, Experiment, FirstTransform, Grid, Mapping, Points};
use crate::plan::Plan;

/// A size: the column in which a plan tells what it is, and the key that sets it.
type Size = (&'static str, &'static str);

/// Of the blocked multiply, what a workgroup owns and its invocation owns of the same axis.
const PRODUCT: [[Size; 2]; 2] = [
    [("block_filters", "multiply.block.filters"), ("thread_filters", "multiply.thread.filters")],
    [("block_tiles", "multiply.block.tiles"), ("thread_tiles", "multiply.thread.tiles")],
];

/// Of the direct convolution.
const DIRECT: [[Size; 2]; 2] = [
    [("block_filters", "direct.block.filters"), ("thread_filters", "direct.thread.filters")],
    [("block_columns", "direct.block.columns"), ("thread_columns", "direct.thread.columns")],
];

const CHANNELS: Size = ("block_channels", "multiply.block.channels");
const POSITIONS: Size = ("thread_positions", "multiply.thread.positions");
const DIRECT_CHANNELS: Size = ("block_channels", "direct.block.channels");
const ROWS: Size = ("block_rows", "direct.block.rows");
const TEAMS: Size = ("teams", "direct.teams");
const TURNS: Size = ("turns", "multiply.turns");
const SPLITS: Size = ("splits", "multiply.splits");
const WORKGROUP: Size = ("workgroup", "schedule.workgroup");

/// Widths of vectors that a kernel may have.
const VECTORS: [u32; 3] = [4, 2, 1];

/// Tiles that a workgroup of the input transform shares; 1 are not.
const INPUT_TILES: [u32; 3] = [1, 16, 32];

/// Passes of the filter transform before GHAT is stored.
const FILTER_PASSES: [u32; 2] = [1, 2];

/// Floats of padding between rows in shared memory. With 8, four channels of eight filters lie in as many banks as there are.
const PADDINGS: [u32; 3] = [0, 4, 8];

/// Channels per partial sum: with 32 the errors of sums over 256 channels are those of sums over 40.
const PARTIAL_SUMS: [u32; 1] = [32];

/// The neighbours of a candidate, whose experiment and plan these are. Sizes that the plan settled are kept as they are but
/// for what is changed; many a neighbour will be refused.
pub fn neighbours(candidate: &Candidate, experiment: &Experiment, plan: &Plan) -> Vec<Candidate> {
    let settled = Settled { candidate, plan };
    let mut found = match (experiment.algorithm, experiment.mapping) {
        (AlgorithmKind::Direct, _) => {
            // A size that is changed is not to change the method.
            let candidate = candidate.with(settled.text("direct_method").map(|own| ("direct.method", own)));
            Settled { candidate: &candidate, plan }.blocks(&DIRECT, &[DIRECT_CHANNELS, ROWS, TEAMS])
        }
        (AlgorithmKind::Winograd, Mapping::Blocked) => {
            let mut found = settled.blocks(&PRODUCT, &[CHANNELS]);
            found.extend(settled.positions(experiment.tile.alpha().pow(2)));
            found.extend(settled.others("vector", "multiply.vector", &VECTORS));
            found.extend(settled.others("padding_floats", "multiply.padding", &PADDINGS));
            found.extend(settled.scaled(&[TURNS]));
            found.extend(settled.scaled(&[SPLITS]));
            found.extend(settled.others("partial_sums", "multiply.partial_sums", &PARTIAL_SUMS));
            found
        }
        // What an invocation of it owns, nothing sets.
        (AlgorithmKind::Winograd, Mapping::Element) => {
            settled.blocks(&[], &[PRODUCT[0][0], PRODUCT[1][0], CHANNELS])
        }
    };
    if experiment.algorithm == AlgorithmKind::Winograd {
        found.extend(settled.scaled(&[WORKGROUP]));
        found.extend(settled.others("output_vector", "transforms.vector", &VECTORS));
        found.extend(settled.others("input_tiles", "transforms.input_tiles", &INPUT_TILES));
        found.extend(settled.others("filter_passes", "transforms.filter_passes", &FILTER_PASSES));
        found.extend(settled.others("first_transform", "schedule.first", FirstTransform::ALL));
        let points = Points::ALL.iter().filter(|points| **points != experiment.points);
        found.extend(points.map(|points| candidate.with([("algorithm.points", points)])));
    }
    let grids = Grid::ALL.iter().filter(|grid| **grid != experiment.grid);
    found.extend(grids.map(|grid| candidate.with([("schedule.grid", grid)])));
    found
}

/// A candidate with what its plan settled.
struct Settled<'a> {
    candidate: &'a Candidate,
    plan: &'a Plan,
}

impl Settled<'_> {
    /// What the plan says of a size.
    fn get(&self, column: &str) -> Option<u32> {
        self.text(column)?.parse().ok()
    }

    fn text(&self, column: &str) -> Option<&str> {
        let (_, value) = self.plan.parameters.iter().find(|(name, _)| name == column)?;
        Some(value)
    }

    /// The candidate with these sizes set, of which the plan has some, so that the rest of the block stays as it is where
    /// one is changed.
    fn whole(&self, sizes: &[Size]) -> Candidate {
        let all = sizes.iter().filter_map(|&(column, key)| Some((key, self.get(column)?)));
        self.candidate.with(all.collect::<Vec<_>>())
    }

    /// Twice and half of each size, and of each pair of `axes` together.
    fn blocks(&self, axes: &[[Size; 2]], others: &[Size]) -> Vec<Candidate> {
        let sizes: Vec<Size> = axes.iter().flatten().chain(others).copied().collect();
        let candidate = self.whole(&[&sizes[..], &[POSITIONS]].concat());
        let whole = Settled { candidate: &candidate, plan: self.plan };
        let alone = sizes.iter().flat_map(|&size| whole.scaled(&[size]));
        let together = axes.iter().flat_map(|axis| whole.scaled(axis));
        alone.chain(together).collect()
    }

    /// The candidate with twice and with half of these sizes, where the plan has all of them.
    fn scaled(&self, sizes: &[Size]) -> Vec<Candidate> {
        let scale = |by: fn(u32) -> Option<u32>| {
            let scaled = sizes.iter().map(|&(column, key)| Some((key, by(self.get(column)?)?)));
            Some(self.candidate.with(scaled.collect::<Option<Vec<_>>>()?))
        };
        let half = |size: u32| size.is_multiple_of(2).then_some(size / 2);
        [scale(|size| Some(2 * size)), scale(half)].into_iter().flatten().collect()
    }

    /// The next fewer and the next more positions per invocation that divide all of them, where it has some.
    fn positions(&self, all: u32) -> Vec<Candidate> {
        let Some(own) = self.get(POSITIONS.0) else { return Vec::new() };
        let divides = |count: &u32| all.is_multiple_of(*count);
        let next = [(1..own).rev().find(divides), (own + 1..=all).find(divides)];
        let candidate = self.whole(&[PRODUCT.as_flattened(), &[CHANNELS]].concat());
        let with = |count| candidate.with([(POSITIONS.1, count)]);
        next.into_iter().flatten().map(with).collect()
    }

    /// The candidate with each other one of `values`, where the plan has one.
    fn others<T: ToString>(&self, column: &str, key: &'static str, values: &[T]) -> Vec<Candidate> {
        let Some(own) = self.text(column) else { return Vec::new() };
        values
            .iter()
            .map(T::to_string)
            .filter(|value| value != own)
            .map(|value| self.candidate.with([(key, value)]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Base, Tuned};
    use crate::plan::{Limits, convolution};

    /// The labels of the neighbours of a candidate for a problem of a few tiles.
    fn labels(settings: &[(&str, &str)]) -> Vec<String> {
        let text = "[problem]\nin_channels = 64\nout_channels = 64\nheight = 32\nwidth = 32\n";
        let base = Base::parse(text, "x.toml", &[], &Tuned::default()).unwrap();
        let candidate = Candidate::new(settings.iter().copied());
        let experiment = base.with("", &candidate.settings()).unwrap();
        let plan = convolution::lower(&experiment, &Limits::default()).unwrap();
        neighbours(&candidate, &experiment, &plan).iter().map(Candidate::label).collect()
    }

    #[test]
    fn a_size_is_halved_and_doubled_alone_and_with_its_invocations() {
        let labels = labels(&[("multiply.block.filters", "64"), ("multiply.thread.filters", "8")]);
        let has = |label: &str| labels.iter().any(|known| known == label);
        // Tiles and channels are as the plan settled them.
        for label in
            ["k128_p32_c16_tk8_tp4", "k32_p32_c16_tk8_tp4", "k64_p32_c16_tk4_tp4", "k64_p32_c8_tk8_tp4"]
        {
            assert!(has(label), "{label} in {labels:?}");
        }
        for label in ["k128_p32_c16_tk16_tp4", "k32_p32_c16_tk4_tp4", "k64_p64_c16_tk8_tp8"] {
            assert!(has(label), "{label} in {labels:?}");
        }
        for label in [
            "k64_tk8_v2",
            "k64_tk8_v1",
            "k64_tk8_pad4",
            "k64_tk8_pad8",
            "k64_tk8_t2",
            "k64_tk8_z2",
            "sqrt2_k64_tk8",
            "k64_tk8_first_ghat",
            "k64_tk8_u1",
            "k64_tk8_channel_first",
        ] {
            assert!(has(label), "{label} in {labels:?}");
        }
        assert!(!labels.iter().any(|label| label.contains("tq") || label.contains("v4")), "{labels:?}");
    }

    #[test]
    fn positions_are_the_neighbouring_divisors() {
        let labels = labels(&[("buffers.xhat.placement", "shared"), ("multiply.thread.positions", "9")]);
        let others: Vec<&String> =
            labels.iter().filter(|label| label.contains("tq") && !label.contains("tq9")).collect();
        let positions = others.iter().map(|label| label.rsplit('_').next().unwrap_or_default());
        assert_eq!(positions.collect::<Vec<_>>(), ["tq6", "tq12"]);
        assert!(
            others.iter().all(|label| label.contains("_p") && label.contains("_c")),
            "the block stays: {others:?}"
        );
    }

    #[test]
    fn the_baseline_has_no_points_and_elements_no_invocations() {
        let direct = labels(&[("algorithm.kind", "direct")]);
        assert!(
            direct.iter().all(|label| label.starts_with("direct_") && !label.contains("sqrt2")),
            "{direct:?}"
        );
        assert!(direct.len() > 10, "{direct:?}");
        let element = labels(&[("multiply.mapping", "element"), ("buffers.xhat.placement", "shared")]);
        assert!(element.iter().all(|label| !label.contains("tk") && !label.contains("tp")), "{element:?}");
    }
}
