//! The tiles that F(m×m, 3×3) cuts the output into.

use super::{FILTER, Problem};

/// m×m output tiles over every image of a batch: P = B·⌈H'/m⌉·⌈W'/m⌉ of them, numbered image by image, row by
/// row. Tiles at the right and lower edges may overhang the output; what overhangs is computed and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiling {
    /// m, outputs per tile and axis.
    pub m: u32,
    /// ⌈H'/m⌉
    pub rows: u32,
    /// ⌈W'/m⌉
    pub columns: u32,
    /// P, tiles of the whole batch.
    pub count: u64,
}

impl Tiling {
    /// The tiling of `problem` by m×m outputs, or `None` where the problem has no output.
    pub fn new(problem: &Problem, m: u32) -> Option<Self> {
        let rows = problem.out_height()?.div_ceil(m);
        let columns = problem.out_width()?.div_ceil(m);
        let count = u64::from(rows).checked_mul(u64::from(columns))?.checked_mul(u64::from(problem.batch))?;
        Some(Self { m, rows, columns, count })
    }

    /// α = m + 2, inputs per tile and axis.
    pub fn alpha(&self) -> u32 {
        self.m + FILTER - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overhanging_tiles_are_counted() {
        let problem = Problem { batch: 2, in_channels: 1, out_channels: 1, height: 7, width: 9, padding: 1 };
        let tiling = Tiling::new(&problem, 4).unwrap();
        assert_eq!((tiling.rows, tiling.columns, tiling.count, tiling.alpha()), (2, 3, 12, 6));
    }

    #[test]
    fn an_image_smaller_than_the_filter_has_no_tiling() {
        let problem = Problem { batch: 1, in_channels: 1, out_channels: 1, height: 2, width: 9, padding: 0 };
        assert_eq!(Tiling::new(&problem, 4), None);
    }
}
