//! From values to pixels, and where an axis has its ticks.

/// A scale: values from `low` to `high` lie between two places.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    is_log: bool,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// A linear scale, in pixels between `from` and `to`.
    pub fn linear(low: f64, high: f64, from: f64, to: f64) -> Self {
        Self { is_log: false, low, high, from, to }
    }

    /// A logarithmic scale of values above zero.
    pub fn log(low: f64, high: f64, from: f64, to: f64) -> Self {
        Self { is_log: true, low, high, from, to }
    }

    /// The highest value.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// Where the scale begins and ends, in pixels.
    pub fn ends(&self) -> (f64, f64) {
        (self.from, self.to)
    }

    /// A value's place, in pixels, kept within the scale.
    pub fn place(&self, value: f64) -> f64 {
        let part = if self.is_log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + part.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// Round values within the scale: about four on a linear one; on a logarithmic one powers of ten, and 2 and 5 times
    /// them where it is short.
    pub fn ticks(&self) -> Vec<f64> {
        if self.is_log { self.log_ticks() } else { self.linear_ticks() }
    }

    fn linear_ticks(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 4.0;
        let power = 10f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|round| round * power).into_iter().find(|&step| step >= rough * 0.99);
        let step = step.unwrap_or(rough);
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        (first..=last).map(|index| index as f64 * step).collect()
    }

    fn log_ticks(&self) -> Vec<f64> {
        if !(self.low > 0.0 && self.high.is_finite()) {
            return Vec::new();
        }
        let decades = (self.high / self.low).log10();
        let rounds: &[f64] = match decades {
            few if few < 0.35 => &[1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
            few if few < 0.7 => &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            some if some < 2.5 => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let ticks = powers.flat_map(|power| rounds.iter().map(move |round| decimal(*round, power)));
        ticks.filter(|tick| (self.low..=self.high).contains(tick)).collect()
    }
}

/// `round` times a power of ten, as near as a number comes to it: 5e-7 and not 4.9999999999999998e-7.
fn decimal(round: f64, power: i32) -> f64 {
    if power < 0 { round / 10f64.powi(-power) } else { round * 10f64.powi(power) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_lie_at_the_ends_and_outside_is_kept_in() {
        let scale = Scale::linear(0.0, 10.0, 100.0, 200.0);
        assert_eq!([0.0, 5.0, 10.0, 12.0].map(|value| scale.place(value)), [100.0, 150.0, 200.0, 200.0]);
        let scale = Scale::log(1.0, 100.0, 200.0, 100.0);
        assert_eq!([1.0, 10.0, 100.0].map(|value| scale.place(value)), [200.0, 150.0, 100.0]);
    }

    #[test]
    fn what_has_no_logarithm_has_no_ticks() {
        let ends = [(0.0, 1.0), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY), (1.0, f64::NAN)];
        for (low, high) in ends {
            assert_eq!(Scale::log(low, high, 0.0, 1.0).ticks(), [0.0; 0]);
        }
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(Scale::linear(0.0, 215.0, 0.0, 1.0).ticks(), [0.0, 100.0, 200.0]);
        assert_eq!(Scale::linear(-1.2, 1.2, 0.0, 1.0).ticks(), [-1.0, 0.0, 1.0]);
        assert_eq!(Scale::log(0.9, 3.5, 0.0, 1.0).ticks(), [1.0, 1.5, 2.0, 3.0]);
        assert_eq!(Scale::log(4e-7, 3e-6, 0.0, 1.0).ticks(), [5e-7, 1e-6, 2e-6]);
        assert_eq!(Scale::log(0.5, 2000.0, 0.0, 1.0).ticks(), [1.0, 10.0, 100.0, 1000.0]);
    }
}
