//! What a device allows one workgroup, as far as a lowering chooses by it.

/// A workgroup's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Invocations.
    pub max_invocations: u32,
    /// Bytes of shared memory.
    pub max_shared_bytes: u32,
}

impl Limits {
    /// Whether a workgroup of so many invocations and bytes of shared memory has room.
    pub fn have_room(&self, invocations: u32, shared_bytes: u32) -> bool {
        invocations <= self.max_invocations && shared_bytes <= self.max_shared_bytes
    }
}

impl Default for Limits {
    /// The least that known desktop and software drivers have: 256 invocations and 32 KiB.
    fn default() -> Self {
        Self { max_invocations: 256, max_shared_bytes: 32 << 10 }
    }
}
