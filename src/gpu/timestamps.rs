//! Owns timestamp query pools: where the device writes the time, and how the host reads it.

use std::sync::Arc;

use ash::vk;

use super::{Clock, Device, Error, Result, device};

/// A row of slots for timestamps. Clones are handles to the same pool.
#[derive(Clone)]
pub struct TimestampPool {
    pub(super) owner: Arc<Owner>,
}

/// The one owner of a Vulkan query pool.
pub(super) struct Owner {
    pub device: Arc<device::Owner>,
    pub raw: vk::QueryPool,
    pub count: u32,
}

impl Device {
    /// Makes a pool of `count` timestamps, all unwritten.
    pub fn timestamps(&self, count: u32) -> Result<TimestampPool> {
        let during = || format!("making a pool of {count} timestamps");
        self.owner.check_alive(during)?;
        if count == 0 {
            return Err(Error::misuse("a timestamp pool needs at least one timestamp"));
        }
        let info = vk::QueryPoolCreateInfo::default().query_type(vk::QueryType::TIMESTAMP).query_count(count);
        // SAFETY: the device is alive, and the count is above 0.
        let raw = unsafe { self.owner.raw.create_query_pool(&info, None) }
            .map_err(|code| self.owner.error(code, during()))?;
        self.owner.name(raw, "timestamps");
        // SAFETY: the feature hostQueryReset is enabled, and nothing uses the new pool. Queries are undefined
        // until reset, and reading undefined ones is not allowed.
        unsafe { self.owner.raw.reset_query_pool(raw, 0, count) };
        Ok(TimestampPool { owner: Arc::new(Owner { device: Arc::clone(&self.owner), raw, count }) })
    }
}

impl TimestampPool {
    /// How many timestamps it holds.
    pub fn count(&self) -> u32 {
        self.owner.count
    }

    /// How its ticks become nanoseconds.
    pub fn clock(&self) -> Clock {
        self.owner.device.limits.clock()
    }

    /// Reads `count` raw timestamps from `first` on, in ticks, after the submission that wrote them was
    /// waited for.
    ///
    /// # Errors
    /// [`Error::Misuse`] beyond the pool, or when one of them is not written; it never waits for it.
    pub fn read(&self, first: u32, count: u32) -> Result<Vec<u64>> {
        self.check_range(first, count)?;
        let during = || format!("reading {count} timestamps from {first}");
        let device = &self.owner.device;
        device.check_alive(during)?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let mut ticks = vec![0_u64; count as usize];
        // Without WAIT: a timestamp that nobody writes would be waited for without end. After the
        // submission's fence every written one is available.
        let flags = vk::QueryResultFlags::TYPE_64;
        // SAFETY: the range is inside the pool, every query was reset at creation, and `ticks` takes one
        // each.
        match unsafe { device.raw.get_query_pool_results(self.owner.raw, first, &mut ticks, flags) } {
            Ok(()) => Ok(ticks),
            Err(vk::Result::NOT_READY) => {
                let what =
                    format!("not all {count} timestamps from {first} are written; submit and wait first");
                Err(Error::misuse(what))
            }
            Err(code) => Err(device.error(code, during())),
        }
    }

    /// Refuses a range beyond the pool.
    pub(super) fn check_range(&self, first: u32, count: u32) -> Result<()> {
        let held = self.owner.count;
        if first.checked_add(count).is_some_and(|end| end <= held) {
            return Ok(());
        }
        Err(Error::misuse(format!("{count} timestamps from {first} reach beyond the pool's {held}")))
    }
}

impl std::fmt::Debug for TimestampPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TimestampPool({})", self.owner.count)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if self.device.may_destroy() {
            // SAFETY: recordings that write to it hold this owner.
            unsafe { self.device.raw.destroy_query_pool(self.raw, None) };
        }
    }
}
