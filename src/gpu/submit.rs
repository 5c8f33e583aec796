//! Owns submissions: handing recordings to the queue, and waiting for them no longer than allowed.

use std::sync::{Arc, atomic::Ordering};

use ash::vk;

use super::{CommandBuffer, Device, Error, Result, device, lock, recorder};

/// Work that was handed to the device and may still run. It is waited for when dropped.
#[must_use = "dropping a submission waits for it and hides its errors"]
pub struct Submission {
    device: Arc<device::Owner>,
    /// Null when there was nothing to submit.
    fence: vk::Fence,
    commands: Claimed,
    waited: bool,
}

/// Recordings that are marked as pending, until this is dropped.
struct Claimed(Vec<Arc<recorder::Owner>>);

impl Device {
    /// Runs recordings, in order and as one submission, and waits for their end.
    ///
    /// # Errors
    /// [`Error::Timeout`] after the time set by [`Device::set_timeout`], [`Error::DeviceLost`]: the device
    /// cannot be used any more. [`Error::Misuse`] for a recording that is of another device, still runs, or
    /// is given twice.
    pub fn submit(&self, commands: &[&CommandBuffer]) -> Result<()> {
        self.submit_lazily(commands)?.wait()
    }

    /// Hands recordings to the device as [`Device::submit`] does, without waiting for them.
    pub fn submit_lazily(&self, commands: &[&CommandBuffer]) -> Result<Submission> {
        let commands = Claimed::new(&self.owner, commands)?;
        let during = || commands.during();
        self.owner.check_alive(during)?;
        let mut submission = Submission {
            device: Arc::clone(&self.owner),
            fence: vk::Fence::null(),
            commands: Claimed(Vec::new()),
            // Until it is in the queue there is nothing to wait for.
            waited: true,
        };
        if !commands.0.is_empty() {
            let fail = |code| self.owner.error(code, during());
            submission.fence = create_fence(&self.owner).map_err(fail)?;
            enqueue(&self.owner, &commands.0, submission.fence).map_err(fail)?;
            submission.waited = false;
        }
        submission.commands = commands;
        Ok(submission)
    }
}

impl Submission {
    /// Waits for its end, at most for the device's timeout from now.
    ///
    /// # Errors
    /// [`Error::Timeout`] or [`Error::DeviceLost`]: the device cannot be used any more.
    pub fn wait(mut self) -> Result<()> {
        self.finish()
    }

    fn finish(&mut self) -> Result<()> {
        if self.waited {
            return Ok(());
        }
        self.waited = true;
        let timeout = self.device.timeout();
        let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        // SAFETY: the fence is this submission's own, and submitted.
        match unsafe { self.device.raw.wait_for_fences(&[self.fence], true, nanoseconds) } {
            Ok(()) => Ok(()),
            Err(vk::Result::TIMEOUT) => {
                self.device.give_up();
                let during = self.commands.during();
                Err(Error::Timeout { during, seconds: timeout.as_secs_f64() })
            }
            Err(vk::Result::ERROR_DEVICE_LOST) => {
                Err(self.device.error(vk::Result::ERROR_DEVICE_LOST, self.commands.during()))
            }
            Err(code) => {
                // The host is out of memory: whether the work has ended is unknown, so nothing of it may be
                // freed.
                self.device.give_up();
                Err(self.device.error(code, self.commands.during()))
            }
        }
    }
}

impl Drop for Submission {
    fn drop(&mut self) {
        // An error here marks the device, and the next call to it tells.
        let _ = self.finish();
        if self.device.may_destroy() {
            // SAFETY: waited for, or the device is lost and runs nothing; a null fence is ignored.
            unsafe { self.device.raw.destroy_fence(self.fence, None) };
        }
    }
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submission({})", self.commands.during())
    }
}

impl Claimed {
    fn new(device: &Arc<device::Owner>, commands: &[&CommandBuffer]) -> Result<Self> {
        let mut claimed = Claimed(Vec::with_capacity(commands.len()));
        for command in commands {
            let owner = &command.owner;
            if !Arc::ptr_eq(device, &owner.device) {
                return Err(Error::misuse(format!("the recording '{}' is of another device", owner.name)));
            }
            if owner.pending.swap(true, Ordering::AcqRel) {
                let what =
                    format!("the recording '{}' is submitted before its last run was waited for", owner.name);
                return Err(Error::misuse(what));
            }
            claimed.0.push(Arc::clone(owner));
        }
        Ok(claimed)
    }

    /// What it is, for an error message.
    fn during(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|owner| format!("'{}'", owner.name)).collect();
        format!("the execution of {}", names.join(", "))
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        for owner in &self.0 {
            owner.pending.store(false, Ordering::Release);
        }
    }
}

fn create_fence(device: &device::Owner) -> Result<vk::Fence, vk::Result> {
    // SAFETY: the device is alive.
    let fence = unsafe { device.raw.create_fence(&vk::FenceCreateInfo::default(), None) }?;
    device.name(fence, "submission");
    Ok(fence)
}

fn enqueue(
    device: &device::Owner,
    commands: &[Arc<recorder::Owner>],
    fence: vk::Fence,
) -> Result<(), vk::Result> {
    let commands: Vec<_> = commands
        .iter()
        .map(|owner| vk::CommandBufferSubmitInfo::default().command_buffer(owner.raw))
        .collect();
    let submits = [vk::SubmitInfo2::default().command_buffer_infos(&commands)];
    let queue = lock(&device.queue);
    // SAFETY: the queue is locked; the recordings are of this device, finished and not pending; the fence is
    // new.
    unsafe { device.raw.queue_submit2(*queue, &submits, fence) }
}
