//! Owns the kinds of memory access a barrier orders, and their translation to synchronization2 masks.

use ash::vk;

use super::Buffer;

/// What is done to memory on one side of a barrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Nothing: on the `from` side, no earlier work is waited for.
    None,
    /// A compute shader reads a storage buffer.
    ShaderRead,
    /// A compute shader writes a storage buffer.
    ShaderWrite,
    /// A compute shader reads and writes a storage buffer.
    ShaderReadWrite,
    /// The source of a copy.
    TransferRead,
    /// The target of a copy or a fill.
    TransferWrite,
    /// The host reads, once the submission is over.
    HostRead,
    /// Anything at all: the widest and slowest barrier.
    All,
}

/// An order between what came before and what comes after, in one recording and in later ones of the queue.
#[derive(Clone, Copy, Debug)]
pub enum Barrier<'a> {
    /// Orders accesses to one buffer, over its whole length.
    Buffer {
        /// The buffer.
        buffer: &'a Buffer,
        /// The accesses to wait for.
        from: Access,
        /// The accesses that wait.
        to: Access,
    },
    /// Orders accesses to all memory.
    Global {
        /// The accesses to wait for.
        from: Access,
        /// The accesses that wait.
        to: Access,
    },
}

impl Access {
    /// The stages and accesses that Vulkan means by it, as narrow as they come.
    pub(super) fn masks(self) -> (vk::PipelineStageFlags2, vk::AccessFlags2) {
        use vk::{AccessFlags2 as A, PipelineStageFlags2 as S};
        match self {
            Access::None => (S::NONE, A::NONE),
            Access::ShaderRead => (S::COMPUTE_SHADER, A::SHADER_STORAGE_READ),
            Access::ShaderWrite => (S::COMPUTE_SHADER, A::SHADER_STORAGE_WRITE),
            Access::ShaderReadWrite => (S::COMPUTE_SHADER, A::SHADER_STORAGE_READ | A::SHADER_STORAGE_WRITE),
            // ALL_TRANSFER, since a copy runs in the COPY stage and a fill in the CLEAR stage.
            Access::TransferRead => (S::ALL_TRANSFER, A::TRANSFER_READ),
            Access::TransferWrite => (S::ALL_TRANSFER, A::TRANSFER_WRITE),
            Access::HostRead => (S::HOST, A::HOST_READ),
            Access::All => (S::ALL_COMMANDS, A::MEMORY_READ | A::MEMORY_WRITE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shader_accesses_are_precise() {
        let (stage, write) = Access::ShaderWrite.masks();
        assert_eq!(stage, vk::PipelineStageFlags2::COMPUTE_SHADER);
        assert!(!write.intersects(vk::AccessFlags2::SHADER_STORAGE_READ | vk::AccessFlags2::MEMORY_WRITE));
        assert_eq!(Access::ShaderReadWrite.masks().1, write | Access::ShaderRead.masks().1);
    }

    #[test]
    fn nothing_is_nothing() {
        assert!(Access::None.masks().0.is_empty() && Access::None.masks().1.is_empty());
    }
}
