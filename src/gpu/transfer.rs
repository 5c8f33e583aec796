//! Owns the way of data between host vectors and device buffers: staging memory, in chunks.

use super::{Access, Barrier, Buffer, Device, Error, Result, Usage, lock};

/// The most staging memory kept in each direction, in bytes; larger data goes in several chunks.
const CHUNK: u64 = 64 << 20;

/// Staging memory, kept for the next transfer.
#[derive(Default)]
pub(super) struct Transfer {
    upload: Option<Buffer>,
    readback: Option<Buffer>,
}

impl Device {
    /// Copies `data` to the front of a [`Usage::Storage`] buffer, after all work submitted before and before
    /// all work submitted after, and waits for it.
    ///
    /// # Errors
    /// [`Error::Misuse`] when the buffer is shorter than the data or in host memory, or those of a
    /// submission.
    pub fn upload(&self, buffer: &Buffer, data: &[f32]) -> Result<()> {
        let bytes = 4 * data.len() as u64;
        if bytes > buffer.bytes() {
            let what = format!("{} values do not fit into {buffer:?}", data.len());
            return Err(Error::misuse(what));
        }
        self.send(buffer, bytes, |first, target| {
            for (word, value) in target.chunks_exact_mut(4).zip(&data[first..]) {
                word.copy_from_slice(&value.to_ne_bytes());
            }
        })
    }

    /// Copies a whole [`Usage::Storage`] buffer to the host, after all work submitted before, and waits for
    /// it.
    ///
    /// # Errors
    /// [`Error::Misuse`] when the buffer is in host memory, [`Error::OutOfMemory`] on the host, or those of a
    /// submission.
    pub fn download(&self, buffer: &Buffer) -> Result<Vec<f32>> {
        let out_of_memory = || {
            let what = format!("the host's copy of the buffer '{}'", buffer.name());
            Error::OutOfMemory { what, bytes: buffer.bytes() }
        };
        let mut data: Vec<f32> = Vec::new();
        let length = usize::try_from(buffer.bytes() / 4).map_err(|_| out_of_memory())?;
        data.try_reserve_exact(length).map_err(|_| out_of_memory())?;
        self.receive(buffer, |source| {
            let words = source.as_chunks::<4>().0;
            data.extend(words.iter().map(|&word| f32::from_ne_bytes(word)));
        })?;
        Ok(data)
    }

    /// Sends `bytes` bytes in chunks; `write` fills one, given the number of 4-byte words before it.
    fn send(&self, buffer: &Buffer, bytes: u64, write: impl Fn(usize, &mut [u8])) -> Result<()> {
        let mut transfer = lock(&self.shared.transfer);
        for (offset, length) in chunks(bytes, CHUNK) {
            let staging = self.staging(&mut transfer.upload, Usage::Upload, bytes.min(CHUNK))?;
            // What the host writes before a submission is visible to it without a barrier.
            staging.write(0, length, |target| write((offset / 4) as usize, target))?;
            let name = format!("upload of '{}'", buffer.name());
            let commands = self.record(&name, |r| {
                r.barrier(&[Barrier::Buffer { buffer, from: Access::All, to: Access::TransferWrite }])?;
                r.copy(&staging, 0, buffer, offset, length)?;
                r.barrier(&[Barrier::Buffer { buffer, from: Access::TransferWrite, to: Access::All }])
            })?;
            self.submit(&[&commands])?;
        }
        Ok(())
    }

    /// Receives the whole buffer in chunks, in order.
    fn receive(&self, buffer: &Buffer, mut read: impl FnMut(&[u8])) -> Result<()> {
        let mut transfer = lock(&self.shared.transfer);
        let bytes = buffer.bytes();
        for (offset, length) in chunks(bytes, CHUNK) {
            let staging = self.staging(&mut transfer.readback, Usage::Readback, bytes.min(CHUNK))?;
            let name = format!("download of '{}'", buffer.name());
            let commands = self.record(&name, |r| {
                r.barrier(&[Barrier::Buffer { buffer, from: Access::All, to: Access::TransferRead }])?;
                r.copy(buffer, offset, &staging, 0, length)?;
                r.barrier(&[
                    Barrier::Buffer { buffer: &staging, from: Access::TransferWrite, to: Access::HostRead },
                    // Whoever writes the buffer next must not overtake this copy.
                    Barrier::Buffer { buffer, from: Access::TransferRead, to: Access::All },
                ])
            })?;
            self.submit(&[&commands])?;
            staging.read(0, length, &mut read)?;
        }
        Ok(())
    }

    /// The kept staging buffer if it is large enough, or a new one in its place.
    fn staging(&self, kept: &mut Option<Buffer>, usage: Usage, bytes: u64) -> Result<Buffer> {
        if let Some(buffer) = kept.as_ref().filter(|buffer| buffer.bytes() >= bytes) {
            return Ok(buffer.clone());
        }
        // The old one goes first, so that both need not fit at once.
        *kept = None;
        let bytes = bytes.next_power_of_two().clamp(4, CHUNK);
        Ok(kept.insert(self.buffer("staging", bytes, usage)?).clone())
    }
}

/// Offsets and lengths that cover `bytes` in pieces of at most `most`.
fn chunks(bytes: u64, most: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..bytes.div_ceil(most)).map(move |index| (index * most, most.min(bytes - index * most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_everything_once() {
        assert_eq!(chunks(0, 8).count(), 0);
        assert_eq!(chunks(8, 8).collect::<Vec<_>>(), [(0, 8)]);
        assert_eq!(chunks(20, 8).collect::<Vec<_>>(), [(0, 8), (8, 8), (16, 4)]);
    }
}
