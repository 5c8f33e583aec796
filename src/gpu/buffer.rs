//! Owns buffers and the memory behind them.

use std::sync::{Arc, Mutex};

use ash::vk;
use gpu_allocator::{
    AllocationError, MemoryLocation,
    vulkan::{Allocation, AllocationCreateDesc, AllocationScheme},
};

use super::{Device, Error, Result, device, error::within, lock};

/// Bytes at whose multiples buffers in device memory begin, as CUDA's allocations do. Vulkan asks for as little as 16. A subgroup whose
/// neighbours store neighbouring floats then touches a sector of 32 bytes, or a line of 128, more than it fills: on an NVIDIA H100 an
/// input transform took 46 in place of 28 µs, by the sizes of the buffers that happened to be made before.
const ALIGNMENT: u64 = 256;

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Usage {
    /// In device memory: bound to shaders, filled, copied from and to.
    Storage,
    /// In host memory: written by the host, copied from.
    Upload,
    /// In host memory: copied to, read by the host.
    Readback,
}

/// A stretch of memory that the device works on. Clones are handles to the same memory.
#[derive(Clone)]
pub struct Buffer {
    pub(super) owner: Arc<Owner>,
}

/// The one owner of a Vulkan buffer and its memory.
pub(super) struct Owner {
    pub device: Arc<device::Owner>,
    pub raw: vk::Buffer,
    pub name: String,
    pub bytes: u64,
    pub usage: Usage,
    /// `None` until memory is bound, and once it is given back.
    allocation: Mutex<Option<Allocation>>,
}

impl Device {
    /// Makes a buffer of `bytes` bytes, a multiple of 4 above 0. Its content is undefined.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] when no buffer of this device may be so large, [`Error::OutOfMemory`] when it
    /// has less memory, before anything is allocated; [`Error::OutOfMemory`] when less is free.
    pub fn buffer(&self, name: &str, bytes: u64, usage: Usage) -> Result<Buffer> {
        self.owner.check_alive(|| format!("making the buffer '{name}'"))?;
        check_size(self.limits(), name, bytes, usage)?;
        let info = vk::BufferCreateInfo::default()
            .size(bytes)
            .usage(usage.flags())
            .sharing_mode(vk::SharingMode::EXCLUSIVE);
        // SAFETY: the device is alive, and the size is above 0 and within its limits.
        let raw = unsafe { self.owner.raw.create_buffer(&info, None) }
            .map_err(|code| self.owner.error(code, format!("making the buffer '{name}'")))?;
        let mut owner = Owner {
            device: Arc::clone(&self.owner),
            raw,
            name: name.to_owned(),
            bytes,
            usage,
            allocation: Mutex::new(None),
        };
        self.owner.name(raw, name);
        owner.bind_memory()?;
        Ok(Buffer { owner: Arc::new(owner) })
    }
}

fn check_size(limits: &super::Limits, name: &str, bytes: u64, usage: Usage) -> Result<()> {
    if bytes == 0 || !bytes.is_multiple_of(4) {
        let what = format!("the buffer '{name}' of {bytes} bytes is not a positive number of 4-byte words");
        return Err(Error::misuse(what));
    }
    let what = || format!("the size in bytes of the buffer '{name}'");
    if usage == Usage::Storage {
        within(bytes, limits.max_storage_buffer_range, what)?;
    }
    within(bytes, limits.max_buffer_bytes, what)?;
    if usage == Usage::Storage && bytes > limits.device_memory_bytes {
        return Err(Error::OutOfMemory { what: format!("the buffer '{name}'"), bytes });
    }
    Ok(())
}

impl Usage {
    fn flags(self) -> vk::BufferUsageFlags {
        use vk::BufferUsageFlags as F;
        match self {
            Usage::Storage => F::STORAGE_BUFFER | F::TRANSFER_SRC | F::TRANSFER_DST,
            Usage::Upload => F::TRANSFER_SRC,
            Usage::Readback => F::TRANSFER_DST,
        }
    }

    fn location(self) -> MemoryLocation {
        match self {
            Usage::Storage => MemoryLocation::GpuOnly,
            Usage::Upload => MemoryLocation::CpuToGpu,
            Usage::Readback => MemoryLocation::GpuToCpu,
        }
    }
}

impl Buffer {
    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.owner.bytes
    }

    /// Its name, as messages show it.
    pub fn name(&self) -> &str {
        &self.owner.name
    }

    /// What it is for.
    pub fn usage(&self) -> Usage {
        self.owner.usage
    }

    /// Lends `bytes` bytes from `offset` to `write`; only for [`Usage::Upload`]. The device sees them in
    /// whatever is submitted afterwards.
    pub fn write(&self, offset: u64, bytes: u64, write: impl FnOnce(&mut [u8])) -> Result<()> {
        let range = self.range(offset, bytes, Usage::Upload)?;
        let mut guard = lock(&self.owner.allocation);
        let mapped = guard.as_mut().and_then(Allocation::mapped_slice_mut).and_then(|all| all.get_mut(range));
        write(mapped.ok_or_else(|| self.unmapped())?);
        Ok(())
    }

    /// Lends `bytes` bytes from `offset` to `read`; only for [`Usage::Readback`]. They are what was copied in
    /// the last submission that was waited for, given a barrier to [`HostRead`](super::Access::HostRead)
    /// after the copy.
    pub fn read<T>(&self, offset: u64, bytes: u64, read: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let range = self.range(offset, bytes, Usage::Readback)?;
        let guard = lock(&self.owner.allocation);
        let mapped = guard.as_ref().and_then(Allocation::mapped_slice).and_then(|all| all.get(range));
        Ok(read(mapped.ok_or_else(|| self.unmapped())?))
    }

    fn range(&self, offset: u64, bytes: u64, usage: Usage) -> Result<std::ops::Range<usize>> {
        let Owner { name, bytes: size, usage: actual, .. } = &*self.owner;
        if *actual != usage {
            return Err(Error::misuse(format!("the buffer '{name}' is {actual:?}, but {usage:?} is needed")));
        }
        let end = offset.checked_add(bytes).filter(|end| end <= size);
        // A mapped buffer fits the address space, so these conversions lose nothing once the range is inside.
        let range = end.and_then(|end| Some(usize::try_from(offset).ok()?..usize::try_from(end).ok()?));
        range.ok_or_else(|| {
            let what = format!("{bytes} bytes from {offset} reach beyond the {size} of the buffer '{name}'");
            Error::misuse(what)
        })
    }

    fn unmapped(&self) -> Error {
        let during = format!("mapping the buffer '{}'", self.name());
        Error::Vulkan { during, code: "no host-visible memory".into() }
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Owner { name, bytes, usage, .. } = &*self.owner;
        write!(f, "Buffer('{name}', {bytes} bytes, {usage:?})")
    }
}

impl Owner {
    fn bind_memory(&mut self) -> Result<()> {
        // SAFETY: the buffer was made from this device.
        let mut requirements = unsafe { self.device.raw.get_buffer_memory_requirements(self.raw) };
        if self.usage == Usage::Storage {
            // Both are powers of two.
            requirements.alignment = requirements.alignment.max(ALIGNMENT);
        }
        let allocation = lock(&self.device.allocator)
            .allocate(&AllocationCreateDesc {
                name: &self.name,
                requirements,
                location: self.usage.location(),
                linear: true,
                allocation_scheme: AllocationScheme::GpuAllocatorManaged,
            })
            .map_err(|error| self.allocation_error(error, requirements.size))?;
        // SAFETY: memory that lives until the allocation is freed, in `drop`, after the buffer.
        let memory = unsafe { allocation.memory() };
        let offset = allocation.offset();
        self.allocation = Mutex::new(Some(allocation));
        // SAFETY: the buffer has no memory yet, and this stretch fulfils its requirements.
        unsafe { self.device.raw.bind_buffer_memory(self.raw, memory, offset) }
            .map_err(|code| self.device.error(code, format!("binding memory to the buffer '{}'", self.name)))
    }

    /// Where it begins in its stretch of memory.
    #[cfg(test)]
    pub(super) fn offset(&self) -> Option<u64> {
        lock(&self.allocation).as_ref().map(Allocation::offset)
    }

    fn allocation_error(&self, error: AllocationError, bytes: u64) -> Error {
        match error {
            AllocationError::OutOfMemory => {
                Error::OutOfMemory { what: format!("the buffer '{}'", self.name), bytes }
            }
            other => Error::Vulkan {
                during: format!("allocating {bytes} bytes for the buffer '{}'", self.name),
                code: other.to_string(),
            },
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let allocation = lock(&self.allocation).take();
        if !self.device.may_destroy() {
            // Leaked with the device. The allocation has no destructor of its own.
            return;
        }
        // SAFETY: recordings and bind groups that use it hold this owner, and submissions hold the
        // recordings, so nothing uses it any more.
        unsafe { self.device.raw.destroy_buffer(self.raw, None) };
        if let Some(allocation) = allocation {
            // Fails only for an allocation of another allocator; a destructor could not say so anyway.
            let _ = lock(&self.device.allocator).free(allocation);
        }
    }
}
