//! The times of one region in the order taken, and which readings of a clock are times at all.

use crate::gpu::Clock;

/// What a region's samples took.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    /// Nanoseconds per repetition.
    pub times: Vec<f64>,
    /// Samples that the clock could not tell: left out of `times`, never averaged into them.
    pub discarded: u64,
}

impl Series {
    /// Takes a sample of `repeats` repetitions, from the timestamps round them.
    ///
    /// A clock that stood still or ran backwards, or that cannot be, has told nothing: work takes time. Such a sample
    /// is counted as discarded.
    pub fn take(&mut self, clock: &Clock, [start, end]: [u64; 2], repeats: u32) {
        match clock.elapsed_ns(start, end).filter(|&elapsed| elapsed > 0.0) {
            Some(elapsed) => self.times.push(elapsed / f64::from(repeats)),
            None => self.discarded += 1,
        }
    }

    /// Lets go of the times after the first `length`. What the clock could not tell stays counted: it was not told.
    pub fn truncate(&mut self, length: usize) {
        self.times.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistics::Summary;
    use super::super::warnings::{self, Warning};
    use super::*;

    /// A device's counter that is told how long each region takes, as a driver would show it: counting from any start,
    /// wrapping at its valid bits, with noise in the bits above them.
    struct MockClock {
        clock: Clock,
        now: u64,
    }

    impl MockClock {
        fn new(period_ns: f64, valid_bits: u32, now: u64) -> Self {
            Self { clock: Clock { period_ns, valid_bits }, now }
        }

        /// What the counter reads, `ticks` later; negative ones run it backwards.
        fn after(&mut self, ticks: i64) -> u64 {
            self.now = self.now.wrapping_add_signed(ticks);
            match self.clock.valid_bits {
                64 => self.now,
                bits => (self.now & ((1 << bits) - 1)) | (0b101 << bits),
            }
        }

        /// The series of regions that take `ticks` each, of `repeats` repetitions.
        fn series(&mut self, ticks: impl IntoIterator<Item = i64>, repeats: u32) -> Series {
            let mut series = Series::default();
            for region in ticks {
                let timestamps = [self.after(7), self.after(region)];
                series.take(&self.clock, timestamps, repeats);
            }
            series
        }
    }

    #[test]
    fn valid_bits_that_wrap_around_are_followed() {
        // The counter wraps every 2³² ticks, in the midst of the second region.
        let series = MockClock::new(1.0, 32, u64::from(u32::MAX) - 150).series([100, 100, 100], 1);
        assert_eq!(series, Series { times: vec![100.0; 3], discarded: 0 });
    }

    #[test]
    fn a_period_that_is_not_1_scales_and_keeps_its_fraction() {
        let series = MockClock::new(52.08, 36, 0).series([1000, 10], 10);
        assert_eq!(series, Series { times: vec![5208.0, 52.08], discarded: 0 });
    }

    #[test]
    fn a_zero_duration_is_discarded_and_counted() {
        let series = MockClock::new(1.0, 64, 5).series([40, 0, 42, 0], 2);
        assert_eq!(series, Series { times: vec![20.0, 21.0], discarded: 2 });
    }

    #[test]
    fn a_backwards_clock_is_discarded_and_counted_whatever_its_bits() {
        for bits in [32, 36, 48, 64] {
            let series = MockClock::new(1.0, bits, 1 << 20).series([40, -3, 42], 1);
            assert_eq!(series, Series { times: vec![40.0, 42.0], discarded: 1 }, "{bits} bits");
        }
    }

    #[test]
    fn times_that_are_let_go_leave_those_before_and_the_count() {
        let mut series = MockClock::new(1.0, 64, 5).series([40, 0, 42, 44, 0], 1);
        series.truncate(1);
        assert_eq!(series, Series { times: vec![40.0], discarded: 2 });
    }

    #[test]
    fn a_clock_that_never_moves_has_no_times() {
        let series = MockClock::new(1.0, 64, 9).series([0; 20], 1);
        assert_eq!((Summary::of(&series.times), series.discarded), (None, 20));
    }

    #[test]
    fn outliers_move_no_figure_but_the_tail() {
        let region = |index: i64| if index % 25 == 24 { 1_000_000 } else { 1000 + index % 3 };
        let series = MockClock::new(1.0, 64, 0).series((0..100).map(region), 1);
        let summary = Summary::of(&series.times).unwrap();
        assert_eq!((summary.median, summary.ci_low, summary.ci_high), (1001.0, 1001.0, 1001.0));
        assert_eq!((summary.min, summary.p95), (1000.0, 1002.0));
        assert_eq!(warnings::of_series(&series.times, 0.01), []);
    }

    #[test]
    fn a_bimodal_sample_is_warned_about() {
        // Interleaved without order, so that it is no drift.
        let region = |index: i64| if index * 7 % 10 < 4 { 1500 } else { 1000 } + index % 5;
        let series = MockClock::new(1.0, 64, 0).series((0..100).map(region), 1);
        let warnings = warnings::of_series(&series.times, 0.01);
        assert!(matches!(warnings.as_slice(), [Warning::TwoModes { .. }]), "{warnings:?}");
    }
}
