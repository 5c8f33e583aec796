//! Whether the device runs as it should: its clocks, temperature and power, and samples that throttling spoils.

use std::time::{Duration, Instant};

/// What tells of a device's state while it is measured.
pub trait DeviceMonitor {
    /// Everything that is known now; `None` where nothing can be read.
    fn state(&self) -> Option<DeviceState>;

    /// What holds the clocks down now; `None` where it cannot be read. It is asked between samples, so it is to take no
    /// more than tenths of a millisecond.
    fn throttling(&self) -> Option<Throttling>;
}

/// A device's state at one moment, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceState {
    /// The clock of the processors, MHz.
    pub sm_clock_mhz: Option<u32>,
    /// The clock of the memory, MHz.
    pub memory_clock_mhz: Option<u32>,
    /// The temperature of the chip, °C.
    pub temperature_c: Option<u32>,
    /// The power that the board draws, W.
    pub power_w: Option<f64>,
    /// What holds the clocks down.
    pub throttling: Option<Throttling>,
}

/// What holds a device's clocks down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Throttling {
    /// The names of all reasons, those of an idle device too.
    pub reasons: Vec<&'static str>,
    /// Whether one of them makes the device slower than it is: heat, a power brake, a slowdown by the hardware. Being idle,
    /// clocks that a person has set, and the power limit do not: under that limit the kernel is as fast as this device
    /// ever runs it.
    pub spoils: bool,
}

/// The state of the device before the first and after the last sample of an experiment, and what was discarded between.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Before, the device warm.
    pub before: Option<DeviceState>,
    /// After.
    pub after: Option<DeviceState>,
    /// Samples discarded because the device was throttling, or `None` where nobody could tell.
    pub throttled: Option<usize>,
}

/// How long is waited between two looks: long against what a look takes, short against what heats a chip.
const SPACING: Duration = Duration::from_millis(50);

/// Looks at the device now and then while samples are taken.
pub(super) struct Watch<'a> {
    monitor: Option<&'a dyn DeviceMonitor>,
    spacing: Duration,
    looked: Instant,
    /// Whether the device was throttling at the last look.
    spoilt: bool,
}

impl<'a> Watch<'a> {
    /// Looks for the first time. Without a monitor everything is as it should be.
    pub fn new(monitor: Option<&'a dyn DeviceMonitor>) -> Self {
        let mut watch = Self { monitor, spacing: SPACING, looked: Instant::now(), spoilt: false };
        watch.look();
        watch
    }

    /// Everything that is known now.
    pub fn state(&self) -> Option<DeviceState> {
        self.monitor?.state()
    }

    /// Whether the samples taken since the last look that gave an answer are good; `None` where it is too early to look
    /// again. They are where the device throttled neither at that look nor does now.
    pub fn are_good(&mut self) -> Option<bool> {
        if self.monitor.is_some() && self.looked.elapsed() < self.spacing {
            return None;
        }
        let spoilt_before = self.spoilt;
        self.look();
        Some(!spoilt_before && !self.spoilt)
    }

    /// How many samples were discarded, as [`Conditions`] has it.
    pub fn told(&self, throttled: usize) -> Option<usize> {
        self.monitor.map(|_| throttled)
    }

    fn look(&mut self) {
        let throttling = self.monitor.and_then(DeviceMonitor::throttling);
        self.spoilt = throttling.is_some_and(|throttling| throttling.spoils);
        self.looked = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Throttles at each look as told, the last answer for ever.
    struct Told(RefCell<Vec<bool>>);

    impl DeviceMonitor for Told {
        fn state(&self) -> Option<DeviceState> {
            None
        }

        fn throttling(&self) -> Option<Throttling> {
            let mut told = self.0.borrow_mut();
            let spoils = if told.len() > 1 { told.remove(0) } else { told[0] };
            Some(Throttling { reasons: Vec::new(), spoils })
        }
    }

    fn told(looks: &[bool]) -> Told {
        Told(RefCell::new(looks.to_vec()))
    }

    #[test]
    fn samples_are_good_between_two_looks_without_throttling() {
        let monitor = told(&[false, false, true, true, false, false]);
        let mut watch = Watch { spacing: Duration::ZERO, ..Watch::new(Some(&monitor)) };
        let good: Vec<Option<bool>> = (0..5).map(|_| watch.are_good()).collect();
        assert_eq!(good, [true, false, false, false, true].map(Some));
    }

    #[test]
    fn it_is_not_looked_at_too_often() {
        let monitor = told(&[false]);
        let mut watch = Watch { spacing: Duration::from_secs(3600), ..Watch::new(Some(&monitor)) };
        assert_eq!(watch.are_good(), None);
    }

    #[test]
    fn without_a_monitor_all_samples_are_good_and_nobody_can_tell_of_others() {
        let mut watch = Watch::new(None);
        assert_eq!((watch.are_good(), watch.state(), watch.told(0)), (Some(true), None, None));
    }
}
