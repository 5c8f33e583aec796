//! The buffers of a convolution: their shapes, sizes, tolerances, and where an element lies in each layout.

use crate::config::{AlgorithmKind, Experiment, Layout, Points};
use crate::plan::{BufferSpec, Role, Tolerance};
use crate::winograd::{
    FILTER, Matrix, Problem, Surd, Tiling, Transforms, balanced_points, integer_points, sqrt2_points,
};

use super::Unplannable;
use super::blocking::Product;

/// A buffer of the convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tensor {
    /// The input.
    X,
    /// The filters.
    W,
    /// The transformed input.
    Xhat,
    /// The transformed filters.
    Ghat,
    /// The products summed over channels.
    Mhat,
    /// What a consumer writes from all of XHAT.
    FullXhat,
    /// What a consumer writes from all of MHAT.
    FullMhat,
    /// What a consumer writes from m×m of each tile of XHAT.
    PartialXhat,
    /// What a consumer writes from m×m of each tile of MHAT.
    PartialMhat,
    /// The output.
    Y,
}

/// The sizes that shapes, layouts and kernels are made of.
#[derive(Clone, Debug)]
pub struct Geometry {
    /// The problem.
    pub problem: Problem,
    /// H'.
    pub out_height: u32,
    /// W'.
    pub out_width: u32,
    /// The tiles; the direct baseline has no use for them.
    pub tiling: Tiling,
    /// The exact transform matrices of the tile.
    pub transforms: Transforms,
    layouts: [Layout; 3],
    algorithm: AlgorithmKind,
    /// Sums of a part of the channels each that MHAT is stored as.
    splits: u64,
    /// Passes of the filter transform that a stored GHAT has behind it: 2, or 1, and then it is G g.
    pub filter_passes: u32,
}

impl Geometry {
    /// The geometry of an experiment.
    ///
    /// # Errors
    /// If the problem has no output.
    pub fn new(experiment: &Experiment) -> Result<Self, Unplannable> {
        let problem = experiment.problem;
        let m = experiment.tile.m();
        let tiling = Tiling::new(&problem, m);
        let (Some(out_height), Some(out_width), Some(tiling)) =
            (problem.out_height(), problem.out_width(), tiling)
        else {
            return Err(Unplannable(format!(
                "a {}×{} image with padding {} is smaller than the 3×3 filter and has no output",
                problem.height, problem.width, problem.padding
            )));
        };
        let transforms = Transforms::cook_toom(m as usize, &finite_points(experiment));
        let layouts = [experiment.xhat.layout, experiment.ghat.layout, experiment.mhat.layout];
        let algorithm = experiment.algorithm;
        Ok(Self {
            problem,
            out_height,
            out_width,
            tiling,
            transforms,
            layouts,
            algorithm,
            splits: 1,
            filter_passes: 2,
        })
    }

    /// The same with a GHAT that so many passes of the filter transform have made.
    pub fn passed(self, filter_passes: u32) -> Self {
        Self { filter_passes, ..self }
    }

    /// The same with MHAT stored as so many sums, of a part of the channels each, which whoever reads it adds.
    pub fn split(self, splits: u64) -> Self {
        Self { splits, ..self }
    }

    /// In how many parts a tensor is stored, whose sum it is.
    pub fn parts(&self, tensor: Tensor) -> u64 {
        if tensor == Tensor::Mhat { self.splits } else { 1 }
    }

    /// α².
    pub fn positions(&self) -> u64 {
        u64::from(self.tiling.alpha()).pow(2)
    }

    /// Whether a stored GHAT is G g, of which the multiply makes U.
    pub fn has_second_pass(&self) -> bool {
        self.filter_passes == 1
    }

    /// What the multiply multiplies.
    pub fn product(&self) -> Product {
        Product {
            positions: self.positions(),
            channels: self.problem.in_channels.into(),
            filters: self.problem.out_channels.into(),
            tiles: self.tiling.count,
            has_second_pass: self.has_second_pass(),
        }
    }

    /// Floats from one row of tiles to the next where tiles are contiguous.
    pub fn tile_pitch(&self) -> u64 {
        pitch(self.tiling.count)
    }

    /// Floats from one row of filters to the next where filters are contiguous.
    pub fn filter_pitch(&self) -> u64 {
        pitch(self.problem.out_channels.into())
    }

    /// Elements of a transformed tensor for each tile or filter: α², but after one pass three columns of α.
    fn places(&self, tensor: Tensor) -> u64 {
        let is_passed_once = tensor == Tensor::Ghat && self.has_second_pass();
        if is_passed_once { u64::from(self.tiling.alpha() * FILTER) } else { self.positions() }
    }

    /// The two axes of a transformed tensor besides those elements, and the padding of rows: (C or K, P or K).
    fn transformed(&self, tensor: Tensor) -> Option<(Layout, u64, u64, u64)> {
        let (channels, filters) = (u64::from(self.problem.in_channels), u64::from(self.problem.out_channels));
        let [xhat, ghat, mhat] = self.layouts;
        match tensor {
            Tensor::Xhat | Tensor::FullXhat => Some((xhat, channels, self.tiling.count, self.tile_pitch())),
            Tensor::Ghat => Some((ghat, channels, filters, self.filter_pitch())),
            Tensor::Mhat | Tensor::FullMhat => Some((mhat, filters, self.tiling.count, self.tile_pitch())),
            _ => None,
        }
    }

    /// The axes of a tensor that is stored plainly, outermost first.
    fn plain(&self, tensor: Tensor) -> [u64; 4] {
        let p = &self.problem;
        let image = |channels: u32, height: u32, width: u32| {
            [u64::from(p.batch), u64::from(channels), u64::from(height), u64::from(width)]
        };
        match tensor {
            Tensor::W => [u64::from(p.out_channels), u64::from(p.in_channels), 3, 3],
            Tensor::X => image(p.in_channels, p.height, p.width),
            Tensor::PartialXhat => image(p.in_channels, self.out_height, self.out_width),
            _ => image(p.out_channels, self.out_height, self.out_width),
        }
    }

    /// Elements of a tensor, without padding.
    pub fn elements(&self, tensor: Tensor) -> u64 {
        match self.transformed(tensor) {
            Some((_, rows, columns, _)) => self.parts(tensor) * self.places(tensor) * rows * columns,
            None => self.plain(tensor).iter().product(),
        }
    }

    /// Where element (position, row, column) of a transformed tensor lies, in floats: the twin of the kernels'
    /// `layout.glsl`. The positions of a tensor that is stored in parts go on from part to part.
    pub fn index(&self, tensor: Tensor, position: u64, row: u64, column: u64) -> u64 {
        let positions = self.places(tensor);
        match self.transformed(tensor) {
            Some((Layout::TransformMajor, rows, _, pitch)) => (position * rows + row) * pitch + column,
            Some((Layout::TileMajor, rows, columns, _)) => {
                let (part, position) = (position / positions, position % positions);
                ((part * rows + row) * columns + column) * positions + position
            }
            None => column,
        }
    }

    /// The buffer of a tensor.
    pub fn buffer(&self, tensor: Tensor) -> BufferSpec {
        let axes = |axes: &[u64]| axes.iter().map(|axis| format!("[{axis}]")).collect::<String>();
        let positions = self.places(tensor);
        let whole = match self.transformed(tensor) {
            Some((Layout::TransformMajor, rows, _, pitch)) => vec![positions, rows, pitch],
            Some((Layout::TileMajor, rows, columns, _)) => vec![rows, columns, positions],
            None => self.plain(tensor).into(),
        };
        let parts = self.parts(tensor);
        let extents = if parts > 1 { [&[parts], &whole[..]].concat() } else { whole };
        let (elements, shape) = (extents.iter().product(), axes(&extents));
        let (name, role) = match tensor {
            Tensor::X => ("x", Role::Input),
            Tensor::W => ("w", Role::Input),
            Tensor::Xhat => ("xhat", Role::Intermediate),
            Tensor::Ghat => ("ghat", Role::Intermediate),
            Tensor::Mhat => ("mhat", Role::Intermediate),
            Tensor::FullXhat | Tensor::FullMhat | Tensor::PartialXhat | Tensor::PartialMhat => {
                ("tensor", Role::Output)
            }
            Tensor::Y => ("y", Role::Output),
        };
        BufferSpec { name: name.into(), shape, elements, role, tolerance: self.tolerance(tensor) }
    }

    /// How far a correct kernel may be from f64. The relative part leaves y about ten times the errors that
    /// docs/accuracy.md shows, which follow the matrices' amplification; the absolute part is the same share of the root
    /// mean square that each tensor has for inputs drawn uniformly from [−1, 1).
    fn tolerance(&self, tensor: Tensor) -> Tolerance {
        let uniform = (1.0f64 / 3.0).sqrt();
        // The root mean square of T·D·Tᵀ over that of D.
        let gain = |matrix: &Matrix<Surd>| {
            let squares = |row| matrix.row(row).iter().map(|c| c.to_f64().powi(2)).sum::<f64>();
            (0..matrix.rows()).map(squares).sum::<f64>() / matrix.rows() as f64
        };
        let channels = f64::from(self.problem.in_channels).sqrt();
        let xhat = uniform * gain(&self.transforms.bt);
        let ghat = uniform * gain(&self.transforms.g);
        let stored_ghat =
            if self.has_second_pass() { uniform * gain(&self.transforms.g).sqrt() } else { ghat };
        let output = match self.algorithm {
            AlgorithmKind::Direct => 1e-5,
            AlgorithmKind::Winograd => 3e-6 * self.transforms.amplification(),
        };
        let (relative, scale) = match tensor {
            Tensor::X | Tensor::W => (0.0, 0.0),
            Tensor::Xhat | Tensor::FullXhat | Tensor::PartialXhat => (1e-5, xhat),
            Tensor::Ghat => (1e-5, stored_ghat),
            Tensor::Mhat | Tensor::FullMhat | Tensor::PartialMhat => (1e-5, channels * xhat * ghat),
            Tensor::Y => (output, channels),
        };
        Tolerance { relative, absolute: relative * scale }
    }
}

/// Floats from one row of `length` to the next: it begins with a cache line of 128 bytes, so that what a subgroup of 32 stores
/// at once is one, or if that would make the rows much longer with a sector of 32 bytes.
fn pitch(length: u64) -> u64 {
    let line = length.next_multiple_of(32);
    if 4 * (line - length) <= length { line } else { length.next_multiple_of(8) }
}

/// The m + 1 finite interpolation points of an experiment.
pub fn finite_points(experiment: &Experiment) -> Vec<Surd> {
    let count = experiment.tile.m() as usize + 1;
    match experiment.points {
        Points::Integer => integer_points(count),
        Points::Sqrt2 => sqrt2_points(count),
        Points::Balanced => balanced_points(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Configuration;

    #[test]
    fn rows_begin_with_a_line_or_where_that_is_far_with_a_sector() {
        assert_eq!([1, 8, 33, 100].map(pitch), [8, 8, 40, 104]);
        assert_eq!([196, 476, 1260, 3136].map(pitch), [224, 480, 1280, 3136]);
    }

    /// After one pass GHAT has three elements for each α, in both layouts.
    #[test]
    fn ghat_after_one_pass_is_a_column_for_each_of_the_filters() {
        for (layout, shape) in [("transform_major", "[18][4][8]"), ("tile_major", "[4][3][18]")] {
            let text = format!(
                "[problem]\nin_channels = 4\nout_channels = 3\nheight = 5\nwidth = 9\n[buffers]\nghat.layout = \"{layout}\"\n"
            );
            let configuration = Configuration::parse(&text, "x.toml", &[]).unwrap();
            let geometry = Geometry::new(&configuration.experiments[0]).unwrap().passed(1);
            let ghat = geometry.buffer(Tensor::Ghat);
            assert_eq!((ghat.shape.as_str(), geometry.elements(Tensor::Ghat)), (shape, 18 * 4 * 3));
            let last = geometry.index(Tensor::Ghat, 17, 3, 2);
            assert!(
                last < ghat.elements && last + 8 > ghat.elements,
                "{layout}: {last} of {}",
                ghat.elements
            );
        }
    }

    /// Positions go on from part to part, in both layouts, and no two elements meet.
    #[test]
    fn parts_of_mhat_lie_one_after_the_other() {
        for layout in ["transform_major", "tile_major"] {
            let text = format!(
                "[problem]\nin_channels = 4\nout_channels = 3\nheight = 5\nwidth = 9\n[buffers]\nmhat.layout = \"{layout}\"\n"
            );
            let configuration = Configuration::parse(&text, "x.toml", &[]).unwrap();
            let whole = Geometry::new(&configuration.experiments[0]).unwrap();
            let (positions, tiles, elements) =
                (whole.positions(), whole.tiling.count, whole.buffer(Tensor::Mhat).elements);
            let parts = whole.clone().split(2);
            assert_eq!(parts.buffer(Tensor::Mhat).elements, 2 * elements);
            assert_eq!(parts.elements(Tensor::Mhat), 2 * whole.elements(Tensor::Mhat));
            assert_eq!(parts.buffer(Tensor::FullMhat).elements, elements, "its sum is whole");
            let mut places = std::collections::BTreeSet::new();
            for (position, row) in
                (0..2 * positions).flat_map(|position| (0..3).map(move |row| (position, row)))
            {
                for column in 0..tiles {
                    let place = parts.index(Tensor::Mhat, position, row, column);
                    assert_eq!(place / elements, position / positions, "{layout}");
                    places.insert(place);
                }
            }
            assert_eq!(places.len() as u64, parts.elements(Tensor::Mhat), "{layout}");
        }
    }
}
