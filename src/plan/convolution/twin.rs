//! The f64 twin of a convolution's plan: random inputs, and what every buffer must then hold.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::Unplannable;
use super::tensor::{Geometry, Tensor};
use crate::config::{Consume, Experiment, Points, StopAfter, Tile};
use crate::plan::{BufferId, BufferSpec, Expected, Plan, Twin};
use crate::winograd::{Matrix, Problem, reference};

/// Random inputs of one problem and the phases' f64 results on them, each computed once, when first asked for.
pub struct Reference {
    geometry: Geometry,
    x: Vec<f32>,
    w: Vec<f32>,
    xhat: OnceLock<Vec<f64>>,
    ghat: OnceLock<Vec<f64>>,
    mhat: OnceLock<Vec<f64>>,
    y: OnceLock<Vec<f64>>,
}

impl Reference {
    /// Inputs drawn uniformly from [−1, 1) with `seed`.
    ///
    /// # Errors
    /// If the problem has no output.
    pub fn new(experiment: &Experiment, seed: u64) -> Result<Self, Unplannable> {
        let geometry = Geometry::new(experiment)?;
        let mut rng = StdRng::seed_from_u64(seed);
        let mut draw = |tensor| (0..geometry.elements(tensor)).map(|_| rng.random_range(-1.0..1.0)).collect();
        let (x, w) = (draw(Tensor::X), draw(Tensor::W));
        let [xhat, ghat, mhat, y] = [(); 4].map(|()| OnceLock::new());
        Ok(Self { geometry, x, w, xhat, ghat, mhat, y })
    }

    fn xhat(&self) -> &[f64] {
        let Geometry { problem, tiling, transforms, .. } = &self.geometry;
        self.xhat.get_or_init(|| {
            reference::input_transform(problem, tiling, &transforms.bt.map(|c| c.to_f64()), &self.x)
        })
    }

    fn ghat(&self) -> &[f64] {
        let Geometry { problem, transforms, .. } = &self.geometry;
        self.ghat.get_or_init(|| {
            let g = transforms.g.map(|c| c.to_f64());
            reference::filter_transform(problem, [&g, &g], &self.w)
        })
    }

    fn mhat(&self) -> &[f64] {
        self.mhat.get_or_init(|| self.mhat_in(1))
    }

    /// MHAT as that many sums one after the other, of as many channels each; the last has what is left.
    fn mhat_in(&self, splits: usize) -> Vec<f64> {
        let Geometry { problem, tiling, .. } = &self.geometry;
        let channels = problem.in_channels as usize;
        let each = channels.div_ceil(splits);
        let sum = |split| {
            let summed = split * each..channels.min((split + 1) * each);
            reference::multiply_reduce(problem, tiling, [self.xhat(), self.ghat()], summed)
        };
        (0..splits).flat_map(sum).collect()
    }

    /// By direct convolution, not by the transforms: an error in the algorithm itself shows here.
    fn y(&self) -> &[f64] {
        self.y.get_or_init(|| reference::direct(&self.geometry.problem, &self.x, &self.w))
    }
}

/// The references of a run, shared by the experiments that have the same problem, tile and points.
#[derive(Default)]
pub struct References {
    seed: u64,
    known: HashMap<(Problem, Tile, Points), Arc<Reference>>,
}

impl References {
    /// References whose inputs are drawn with `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, known: HashMap::new() }
    }

    /// The twin of an experiment's plan.
    ///
    /// # Errors
    /// If the problem has no output.
    pub fn twin(&mut self, experiment: &Experiment, plan: &Plan) -> Result<ConvolutionTwin, Unplannable> {
        let key = (experiment.problem, experiment.tile, experiment.points);
        let reference = match self.known.get(&key) {
            Some(reference) => Arc::clone(reference),
            None => {
                let reference = Arc::new(Reference::new(experiment, self.seed)?);
                self.known.insert(key, Arc::clone(&reference));
                reference
            }
        };
        ConvolutionTwin::new(experiment, plan, reference)
    }
}

/// The twin of one plan.
pub struct ConvolutionTwin {
    geometry: Geometry,
    tensors: Vec<Tensor>,
    reference: Arc<Reference>,
    /// MHAT in the sums that it is stored as, where they are several.
    split_mhat: OnceLock<Vec<f64>>,
    /// GHAT as one pass leaves it, where that is stored.
    passed_ghat: OnceLock<Vec<f64>>,
}

impl ConvolutionTwin {
    /// The twin of `plan`, which is the lowering of `experiment`.
    ///
    /// # Errors
    /// If the problem has no output.
    pub fn new(experiment: &Experiment, plan: &Plan, reference: Arc<Reference>) -> Result<Self, Unplannable> {
        let consumed = match (experiment.stop_after, experiment.consume) {
            (StopAfter::Mhat, Consume::Partial) => Tensor::PartialMhat,
            (StopAfter::Mhat, _) => Tensor::FullMhat,
            (_, Consume::Partial) => Tensor::PartialXhat,
            _ => Tensor::FullXhat,
        };
        let geometry = Geometry::new(experiment)?;
        let [ghat, mhat] = [Tensor::Ghat, Tensor::Mhat].map(|tensor| geometry.buffer(tensor));
        let stored = |whole: &BufferSpec| plan.buffers.iter().find(|buffer| buffer.name == whole.name);
        let splits = stored(&mhat).map_or(1, |stored| stored.elements / mhat.elements).max(1);
        let is_passed_once = stored(&ghat).is_some_and(|stored| stored.elements < ghat.elements);
        let geometry = geometry.passed(if is_passed_once { 1 } else { 2 });
        let tensors = plan
            .buffers
            .iter()
            .map(|buffer| match buffer.name.as_str() {
                "x" => Tensor::X,
                "w" => Tensor::W,
                "xhat" => Tensor::Xhat,
                "ghat" => Tensor::Ghat,
                "mhat" => Tensor::Mhat,
                "y" => Tensor::Y,
                _ => consumed,
            })
            .collect();
        let geometry = geometry.split(splits);
        let [split_mhat, passed_ghat] = [(); 2].map(|()| OnceLock::new());
        Ok(Self { geometry, tensors, reference, split_mhat, passed_ghat })
    }

    /// GHAT as it is stored.
    fn stored_ghat(&self) -> &[f64] {
        if !self.geometry.has_second_pass() {
            return self.reference.ghat();
        }
        self.passed_ghat.get_or_init(|| {
            let g = self.geometry.transforms.g.map(|c| c.to_f64());
            let identity = Matrix::from_fn(g.columns(), g.columns(), |row, column| f64::from(row == column));
            reference::filter_transform(&self.geometry.problem, [&g, &identity], &self.reference.w)
        })
    }

    /// MHAT as it is stored.
    fn stored_mhat(&self) -> &[f64] {
        match self.geometry.parts(Tensor::Mhat) as usize {
            1 => self.reference.mhat(),
            splits => self.split_mhat.get_or_init(|| self.reference.mhat_in(splits)),
        }
    }

    /// The elements of a transformed tensor of `rows`×`columns` at each position, whose f64 values come as
    /// `[position][row][column]`.
    fn transformed<'a>(
        &'a self,
        tensor: Tensor,
        values: &'a [f64],
        [rows, columns]: [u64; 2],
    ) -> Expected<'a> {
        Expected::new(values.len(), move |element| {
            let flat = element as u64;
            let (position, row, column) = (flat / columns / rows, flat / columns % rows, flat % columns);
            (self.geometry.index(tensor, position, row, column) as usize, values[element])
        })
    }

    /// The elements of a tensor of y's shape taken from the upper left m×m of each tile of `values`.
    fn partial<'a>(&'a self, channels: u32, values: &'a [f64]) -> Expected<'a> {
        let Geometry { problem, out_height, out_width, tiling, .. } = &self.geometry;
        let (height, width, channels) = (*out_height as usize, *out_width as usize, channels as usize);
        let (m, alpha) = (tiling.m as usize, tiling.alpha() as usize);
        let count = problem.batch as usize * channels * height * width;
        Expected::new(count, move |index| {
            let (row, column) = (index / width % height, index % width);
            let (image, channel) = (index / (height * width * channels), index / (height * width) % channels);
            let tile = (image * tiling.rows as usize + row / m) * tiling.columns as usize + column / m;
            let position = row % m * alpha + column % m;
            (index, values[(position * channels + channel) * tiling.count as usize + tile])
        })
    }
}

impl Twin for ConvolutionTwin {
    fn input(&self, buffer: BufferId) -> Option<&[f32]> {
        match self.tensors[buffer] {
            Tensor::X => Some(&self.reference.x),
            Tensor::W => Some(&self.reference.w),
            _ => None,
        }
    }

    fn expected(&self, buffer: BufferId) -> Option<Expected<'_>> {
        let reference = &self.reference;
        let Problem { in_channels, out_channels, .. } = self.geometry.problem;
        let (channels, filters) = (u64::from(in_channels), u64::from(out_channels));
        let tiles = self.geometry.tiling.count;
        let tensor = self.tensors[buffer];
        Some(match tensor {
            Tensor::X | Tensor::W => return None,
            Tensor::Xhat | Tensor::FullXhat => self.transformed(tensor, reference.xhat(), [channels, tiles]),
            Tensor::Ghat => self.transformed(tensor, self.stored_ghat(), [channels, filters]),
            Tensor::Mhat => self.transformed(tensor, self.stored_mhat(), [filters, tiles]),
            Tensor::FullMhat => self.transformed(tensor, reference.mhat(), [filters, tiles]),
            Tensor::PartialXhat => self.partial(in_channels, reference.xhat()),
            Tensor::PartialMhat => self.partial(out_channels, reference.mhat()),
            Tensor::Y => Expected::of(reference.y()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Configuration;
    use crate::plan::Limits;
    use crate::plan::convolution::lower;

    /// Two point sets transform the same inputs differently, to the same output.
    #[test]
    fn a_reference_is_shared_by_equal_problems_tiles_and_points_alone() {
        let text = "[problem]\nbatch = 1\nin_channels = 2\nout_channels = 3\nheight = 5\nwidth = 4\n[sweep]\n\
                    \"algorithm.points\" = [\"integer\", \"sqrt2\"]\n\
                    \"schedule.grid\" = [\"spatial_first\", \"channel_first\"]\n";
        let configuration = Configuration::parse(text, "test.toml", &[]).unwrap();
        let mut references = References::new(7);
        let twins: Vec<ConvolutionTwin> = configuration
            .experiments
            .iter()
            .map(|experiment| {
                let plan = lower(experiment, &Limits::default()).unwrap();
                references.twin(experiment, &plan).unwrap()
            })
            .collect();
        assert_eq!(references.known.len(), 2);
        let [integer, _, sqrt2, _] = &twins[..] else { panic!("four experiments") };
        assert_eq!(integer.reference.x, sqrt2.reference.x);
        assert_ne!(integer.reference.xhat(), sqrt2.reference.xhat());
        assert_eq!(integer.reference.y(), sqrt2.reference.y());
    }
}
