//! Owns the arithmetic of device timestamps: ticks to nanoseconds, over wrap-around, without a device.

/// How a queue counts time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    /// Nanoseconds per tick: Vulkan's `timestampPeriod`, a fraction on many devices (52.08 on Intel's).
    pub period_ns: f64,
    /// Low bits of a timestamp that count: Vulkan's `timestampValidBits`; those above are to be ignored.
    pub valid_bits: u32,
}

impl Clock {
    /// Nanoseconds from `start` to `end`, both raw timestamps of one queue.
    ///
    /// A counter that wrapped once in between is followed; more wraps cannot be seen. An `end` before its
    /// `start` looks like a wrap of nearly [`Clock::range_ns`], so what is above half the range is taken for a
    /// clock that ran backwards and gives `None`, as does a clock that cannot be: no valid bits or more than
    /// 64, or a period not above zero.
    pub fn elapsed_ns(&self, start: u64, end: u64) -> Option<f64> {
        let mask = self.mask()?;
        let ticks = end.wrapping_sub(start) & mask;
        if ticks > mask / 2 {
            return None;
        }
        // Differences stay below 2^53 ticks (104 days at 1 ns), where this conversion is exact.
        Some(ticks as f64 * self.period_ns)
    }

    /// Nanoseconds after which the counter wraps; a region longer than half of this cannot be timed.
    pub fn range_ns(&self) -> Option<f64> {
        self.mask().map(|mask| (mask as f64 + 1.0) * self.period_ns)
    }

    fn mask(&self) -> Option<u64> {
        let sane = self.period_ns.is_finite() && self.period_ns > 0.0 && (1..=64).contains(&self.valid_bits);
        sane.then(|| u64::MAX >> (64 - self.valid_bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(period_ns: f64, valid_bits: u32) -> Clock {
        Clock { period_ns, valid_bits }
    }

    #[test]
    fn equal_timestamps_are_zero_apart() {
        assert_eq!(clock(1.0, 64).elapsed_ns(7, 7), Some(0.0));
        assert_eq!(clock(52.08, 36).elapsed_ns(0, 0), Some(0.0));
    }

    #[test]
    fn a_fractional_period_is_kept() {
        let period = f64::from(52.08_f32);
        assert_eq!(clock(period, 36).elapsed_ns(1000, 1100), Some(100.0 * period));
        assert!((clock(period, 36).elapsed_ns(0, 100).unwrap() - 5208.0).abs() < 1e-3);
    }

    #[test]
    fn a_wrap_is_followed() {
        let end_of_36 = (1 << 36) - 1;
        assert_eq!(clock(1.0, 36).elapsed_ns(end_of_36, 9), Some(10.0));
        assert_eq!(clock(2.0, 64).elapsed_ns(u64::MAX, 9), Some(20.0));
    }

    #[test]
    fn bits_above_the_valid_ones_are_ignored() {
        let noise = 0xABCD << 36;
        assert_eq!(clock(1.0, 36).elapsed_ns(noise | 5, 25), Some(20.0));
    }

    #[test]
    fn backwards_gives_nothing_whatever_the_bits() {
        for valid_bits in [32, 36, 64] {
            assert_eq!(clock(1.0, valid_bits).elapsed_ns(10, 9), None, "{valid_bits}");
        }
        // The longest region that 32 bits can tell, and one tick more.
        let half = (1_u64 << 31) - 1;
        assert_eq!(clock(1.0, 32).elapsed_ns(0, half), Some(half as f64));
        assert_eq!(clock(1.0, 32).elapsed_ns(0, half + 1), None);
    }

    #[test]
    fn impossible_clocks_give_nothing() {
        for impossible in
            [clock(1.0, 0), clock(1.0, 65), clock(0.0, 64), clock(f64::NAN, 64), clock(-1.0, 64)]
        {
            assert_eq!(impossible.elapsed_ns(0, 1), None, "{impossible:?}");
            assert_eq!(impossible.range_ns(), None, "{impossible:?}");
        }
    }
}
