//! Where wall time goes: every moment is booked on one activity, so that the shares add up to all of it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What wall time is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Taking samples of warm, verified regions.
    Sampling,
    /// Bringing the device's clocks up.
    WarmingUp,
    /// Allocating, recording, and comparing buffers with their f64 twins.
    Verifying,
    /// GLSL to SPIR-V, or finding it in the cache.
    Compiling,
    /// SPIR-V to the device's code, or finding it in a cache.
    Pipelines,
    /// Writing results.
    Writing,
    /// Opening and closing the device.
    Opening,
    /// Everything else: reading configurations, planning, printing.
    Other,
}

impl Activity {
    /// Every activity, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Sampling,
        Self::WarmingUp,
        Self::Verifying,
        Self::Compiling,
        Self::Pipelines,
        Self::Writing,
        Self::Opening,
        Self::Other,
    ];

    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sampling => "sampling",
            Self::WarmingUp => "warming up",
            Self::Verifying => "verifying",
            Self::Compiling => "compiling",
            Self::Pipelines => "pipelines",
            Self::Writing => "writing",
            Self::Opening => "the device",
            Self::Other => "other",
        }
    }
}

/// Books wall time. Clones are handles to the same ledger.
#[derive(Clone, Debug)]
pub struct Ledger(Rc<RefCell<State>>);

#[derive(Debug)]
struct State {
    now: Activity,
    since: Instant,
    spent: [Duration; Activity::ALL.len()],
}

impl State {
    /// Books the time since the last change, and goes on with `next`.
    fn switch(&mut self, next: Activity) -> Activity {
        let now = Instant::now();
        self.spent[self.now as usize] += now - self.since;
        self.since = now;
        std::mem::replace(&mut self.now, next)
    }
}

/// While this lives, time is booked on its activity; then on what was going on before.
#[derive(Debug)]
#[must_use = "time is booked while this lives"]
pub struct Booking {
    ledger: Ledger,
    before: Activity,
}

impl Drop for Booking {
    fn drop(&mut self) {
        self.ledger.0.borrow_mut().switch(self.before);
    }
}

impl Default for Ledger {
    /// A ledger that starts now, with [`Activity::Other`].
    fn default() -> Self {
        let spent = [Duration::ZERO; Activity::ALL.len()];
        Self(Rc::new(RefCell::new(State { now: Activity::Other, since: Instant::now(), spent })))
    }
}

impl Ledger {
    /// Books on `activity` from now on, until what this returns is dropped.
    pub fn during(&self, activity: Activity) -> Booking {
        let before = self.0.borrow_mut().switch(activity);
        Booking { ledger: self.clone(), before }
    }

    /// The time spent so far on each activity.
    pub fn spent(&self) -> [(Activity, Duration); Activity::ALL.len()] {
        let mut state = self.0.borrow_mut();
        let now = state.now;
        state.switch(now);
        Activity::ALL.map(|activity| (activity, state.spent[activity as usize]))
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    #[test]
    fn every_moment_is_booked_once() {
        let start = Instant::now();
        let ledger = Ledger::default();
        {
            let _verifying = ledger.during(Activity::Verifying);
            sleep(Duration::from_millis(20));
            let _compiling = ledger.clone().during(Activity::Compiling);
            sleep(Duration::from_millis(10));
        }
        let spent = ledger.spent();
        let of = |wanted: Activity| spent[wanted as usize].1;
        assert!(of(Activity::Verifying) >= Duration::from_millis(20));
        assert!(of(Activity::Compiling) >= Duration::from_millis(10));
        assert_eq!(of(Activity::Sampling), Duration::ZERO);
        let total: Duration = spent.iter().map(|&(_, time)| time).sum();
        assert!(total <= start.elapsed() && total >= Duration::from_millis(30));
    }

    #[test]
    fn the_order_of_reports_is_that_of_the_activities() {
        for (index, activity) in Activity::ALL.into_iter().enumerate() {
            assert_eq!(activity as usize, index);
        }
    }
}
