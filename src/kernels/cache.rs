//! SPIR-V on disk, under a key that covers everything it was made from.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// A folder of `<key>.spv` files, each a SHA-256 of the words and then the words, little-endian.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

const DIGEST: usize = 32;

impl Cache {
    /// A cache in `folder`, which is created when something is first stored.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.spv"))
    }

    /// What was stored under `key`. A file that is damaged or cut short counts as absent.
    pub fn load(&self, key: &str) -> Option<Vec<u32>> {
        let bytes = std::fs::read(self.path(key)).ok()?;
        let (digest, words) = bytes.split_at_checked(DIGEST)?;
        let (words, []) = words.as_chunks::<4>() else { return None };
        let words: Vec<u32> = words.iter().copied().map(u32::from_le_bytes).collect();
        (!words.is_empty() && Sha256::digest(to_bytes(&words)).as_slice() == digest).then_some(words)
    }

    /// Stores `words` under `key`, whole or not at all, also beside another thread or process that stores the same.
    ///
    /// # Errors
    /// If the folder or the file cannot be written.
    pub fn store(&self, key: &str, words: &[u32]) -> std::io::Result<()> {
        /// Tells apart what the threads of this process write.
        static STORED: AtomicU64 = AtomicU64::new(0);
        std::fs::create_dir_all(&self.folder)?;
        let (process, number) = (std::process::id(), STORED.fetch_add(1, Ordering::Relaxed));
        let temporary = self.folder.join(format!("{key}.{process}.{number}.tmp"));
        let bytes = to_bytes(words);
        let written = std::fs::write(&temporary, [Sha256::digest(&bytes).as_slice(), &bytes].concat())
            .and_then(|()| std::fs::rename(&temporary, self.path(key)));
        if written.is_err() {
            // The half-written file is of no use to anybody; that it may not exist is no further error.
            let _ = std::fs::remove_file(&temporary);
        }
        written
    }
}

/// The words as little-endian bytes.
pub fn to_bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The first 16 hexadecimal digits of a SHA-256.
pub fn short_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_damaged_entry_counts_as_absent() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        assert_eq!(cache.load("k"), None);
        cache.store("k", &[0x0723_0203, 7]).unwrap();
        assert_eq!(cache.load("k"), Some(vec![0x0723_0203, 7]));
        let path = folder.path().join("k.spv");
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(cache.load("k"), None);
        std::fs::write(&path, &bytes[..33]).unwrap();
        assert_eq!(cache.load("k"), None);
    }

    #[test]
    fn threads_that_store_the_same_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        let words = vec![7; 1 << 12];
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        cache.store("k", &words).unwrap();
                        assert_eq!(cache.load("k").as_ref(), Some(&words));
                    }
                });
            }
        });
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written is left");
    }
}
