//! The bandwidth by working set: caches move small sets faster than memory moves large ones.

/// Bandwidths by working set, ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve(Vec<(u64, f64)>);

impl Curve {
    /// The curve through these points of bytes and bandwidth, in any order.
    pub fn new(mut points: Vec<(u64, f64)>) -> Self {
        points.sort_by_key(|&(bytes, _)| bytes);
        Self(points)
    }

    /// The bandwidth of the largest working set, which is the memory's.
    pub fn of_largest(&self) -> Option<f64> {
        let largest = self.0.last()?.0;
        self.ceiling(largest)
    }

    /// The highest bandwidth of any working set.
    pub fn highest(&self) -> Option<f64> {
        self.ceiling(0)
    }

    /// The highest bandwidth that a working set of `bytes` can have: the highest measured of any set that is not
    /// clearly smaller, the largest set at or below `bytes` included. `None` without a point.
    ///
    /// Beyond the peak the curve falls, and the point below bounds what lies between two. Before it, it rises, since a
    /// dispatch's own time weighs less in a larger set, and the points above bound it.
    pub fn ceiling(&self, bytes: u64) -> Option<f64> {
        let below = self.0.iter().map(|&(size, _)| size).rfind(|&size| size <= bytes).unwrap_or(0);
        let around = self.0.iter().filter(|&&(size, _)| size >= below);
        around.map(|&(_, rate)| rate).max_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_bounded_by_its_neighbours_and_all_that_are_larger() {
        let curve = Curve::new(vec![(400, 3.0), (100, 1.0), (200, 8.0), (800, 2.0)]);
        let ceilings = [1, 100, 150, 200, 399, 400, 799, 800, 1 << 40].map(|bytes| curve.ceiling(bytes));
        assert_eq!(ceilings, [8.0, 8.0, 8.0, 8.0, 8.0, 3.0, 3.0, 2.0, 2.0].map(Some));
    }

    #[test]
    fn of_several_bandwidths_of_one_set_the_highest_counts() {
        for rates in [[2.0, 3.0], [3.0, 2.0]] {
            let curve = Curve::new(rates.map(|rate| (100, rate)).to_vec());
            assert_eq!(curve.ceiling(100), Some(3.0));
        }
    }

    #[test]
    fn the_largest_set_and_the_fastest_are_known() {
        let curve = Curve::new(vec![(400, 3.0), (100, 1.0), (200, 8.0), (800, 2.0), (800, 2.5)]);
        assert_eq!((curve.of_largest(), curve.highest()), (Some(2.5), Some(8.0)));
    }

    #[test]
    fn no_point_is_no_ceiling() {
        assert_eq!(Curve::default().ceiling(1), None);
    }
}
