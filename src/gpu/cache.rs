//! Owns the pipeline cache and its file, which spares a driver from compiling the same kernel twice.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use ash::vk;

use super::{Device, Error, Result, adapter::CacheIdentity, device, lock};

/// The one owner of a Vulkan pipeline cache.
pub(super) struct PipelineCache {
    device: Arc<device::Owner>,
    pub raw: vk::PipelineCache,
}

impl Device {
    /// Creates later pipelines through a cache that starts with the content of `path`; returns whether it was
    /// used.
    ///
    /// A file that does not exist, is damaged, or is of another device or driver is ignored: the cache starts
    /// empty. Without this call there is no cache of ours at all, though drivers keep their own.
    ///
    /// # Errors
    /// [`Error::File`] when the file exists and cannot be read.
    pub fn load_pipeline_cache(&self, path: &Path) -> Result<bool> {
        let stored = match fs::read(path) {
            Ok(stored) => stored,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(Error::File { action: "read", path: path.into(), source }),
        };
        let fits = is_of(&stored, &self.owner.physical.cache_identity);
        let cache = PipelineCache::new(&self.owner, if fits { &stored } else { &[] })?;
        *lock(&self.shared.cache) = Some(Arc::new(cache));
        Ok(fits)
    }

    /// Writes the cache to `path`, making its folder; a reader sees the old file or the new one, never a
    /// part. Does nothing when no cache was loaded.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be written.
    pub fn save_pipeline_cache(&self, path: &Path) -> Result<()> {
        let Some(cache) = self.shared.cache() else { return Ok(()) };
        let data = cache.data()?;
        replace(path, &data).map_err(|source| Error::File { action: "write", path: path.into(), source })
    }
}

impl PipelineCache {
    fn new(device: &Arc<device::Owner>, stored: &[u8]) -> Result<Self> {
        device.check_alive(|| "making the pipeline cache".into())?;
        let info = vk::PipelineCacheCreateInfo::default().initial_data(stored);
        // SAFETY: the data are none, or begin with a header of this very device and driver.
        let raw = unsafe { device.raw.create_pipeline_cache(&info, None) }
            .map_err(|code| device.error(code, "making the pipeline cache"))?;
        device.name(raw, "pipeline cache");
        Ok(PipelineCache { device: Arc::clone(device), raw })
    }

    fn data(&self) -> Result<Vec<u8>> {
        // SAFETY: the cache is alive; Vulkan synchronizes access to it.
        unsafe { self.device.raw.get_pipeline_cache_data(self.raw) }
            .map_err(|code| self.device.error(code, "reading the pipeline cache"))
    }
}

impl Drop for PipelineCache {
    fn drop(&mut self) {
        if self.device.may_destroy() {
            // SAFETY: pipelines being created hold it by an `Arc`; finished ones do not need it.
            unsafe { self.device.raw.destroy_pipeline_cache(self.raw, None) };
        }
    }
}

/// Whether stored data begin with `VkPipelineCacheHeaderVersionOne` of this device. Drivers check this too,
/// but not all have survived data that were cut short.
fn is_of(stored: &[u8], identity: &CacheIdentity) -> bool {
    const HEADER: usize = 16 + vk::UUID_SIZE;
    let Some((header, _)) = stored.split_at_checked(HEADER) else { return false };
    let mut words =
        header.chunks_exact(4).map(|word| word.iter().rev().fold(0, |n, &b| n << 8 | u32::from(b)));
    words.next() == Some(HEADER as u32)
        && words.next() == Some(vk::PipelineCacheHeaderVersion::ONE.as_raw() as u32)
        && words.next() == Some(identity.vendor)
        && words.next() == Some(identity.device)
        && header[16..] == identity.uuid
}

/// Writes beside the target and renames, so that a crash or a second process leaves no half-written file.
fn replace(path: &Path, data: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = PathBuf::from(temporary);
    let written = fs::write(&temporary, data).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(identity: &CacheIdentity) -> Vec<u8> {
        let mut data = Vec::new();
        for word in [32, 1, identity.vendor, identity.device] {
            data.extend(word.to_le_bytes());
        }
        data.extend(identity.uuid);
        data.extend(b"content");
        data
    }

    #[test]
    fn only_a_whole_header_of_the_same_device_fits() {
        let ours = CacheIdentity { vendor: 0x10de, device: 7, uuid: [9; vk::UUID_SIZE] };
        let data = stored(&ours);
        assert!(is_of(&data, &ours));
        assert!(!is_of(&data, &CacheIdentity { device: 8, ..ours }));
        assert!(!is_of(&data, &CacheIdentity { vendor: 8, ..ours }));
        assert!(!is_of(&data, &CacheIdentity { uuid: [8; vk::UUID_SIZE], ..ours }));
        assert!(!is_of(&data[..31], &ours));
        assert!(!is_of(&[], &ours));
        assert!(!is_of(&[0xff; 64], &ours));
    }
}
