//! A figure with its confidence interval, and the ratio of two.

use super::columns::Row;
use super::values::Status;

/// A figure and the interval that it lies in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The figure.
    pub mid: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
}

impl Interval {
    /// Whether the interval contains a value.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// The interval of a figure that is larger by `offset`, which is known exactly.
    pub fn moved(&self, offset: f64) -> Self {
        Self { mid: self.mid + offset, low: self.low + offset, high: self.high + offset }
    }

    /// Half the interval, as a share of the figure.
    pub fn half_share(&self) -> f64 {
        (self.high - self.low) / 2.0 / self.mid
    }

    /// The ratio of two positive figures, its interval from their opposite bounds: wide rather than wrong.
    pub fn over(&self, other: &Self) -> Self {
        Self { mid: self.mid / other.mid, low: self.low / other.high, high: self.high / other.low }
    }
}

/// A row's time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Time {
    /// The median and its interval, in ns, all above zero.
    pub interval: Interval,
    /// The noise floor, in ns, where it is at or above the median.
    pub noise_above: Option<f64>,
}

impl Time {
    /// The time of a row that is ok and has a median inside its interval, both above zero.
    pub fn of(row: &Row) -> Option<Self> {
        if row.status != Status::Ok {
            return None;
        }
        let interval = Interval { mid: row.median_ns?, low: row.ci_low_ns?, high: row.ci_high_ns? };
        let is_sound = interval.low > 0.0
            && interval.low <= interval.mid
            && interval.mid <= interval.high
            && interval.high.is_finite();
        let noise_above = row.noise_floor_ns.filter(|&floor| floor >= interval.mid);
        is_sound.then_some(Self { interval, noise_above })
    }
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::row;
    use super::*;

    #[test]
    fn a_ratios_interval_is_from_opposite_bounds() {
        let new = Interval { mid: 40.0, low: 38.0, high: 44.0 };
        let old = Interval { mid: 2.0, low: 1.0, high: 4.0 };
        assert_eq!(new.over(&old), Interval { mid: 20.0, low: 9.5, high: 44.0 });
    }

    #[test]
    fn a_time_needs_a_sound_interval() {
        assert!(Time::of(&row()).is_some());
        let with = |change: fn(&mut Row)| {
            let mut row = row();
            change(&mut row);
            Time::of(&row)
        };
        assert_eq!(with(|row| row.ci_low_ns = None), None);
        assert_eq!(with(|row| row.median_ns = Some(f64::NAN)), None);
        assert_eq!(with(|row| row.ci_low_ns = Some(0.0)), None);
        assert_eq!(with(|row| row.ci_high_ns = Some(f64::INFINITY)), None);
        assert_eq!(with(|row| row.status = Status::Wrong), None);
        assert!(with(|row| row.noise_floor_ns = row.median_ns).unwrap().noise_above.is_some());
    }
}
