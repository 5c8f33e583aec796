//! Copies of the kernels with one thing changed.

use std::fs;
use std::path::Path;

use super::Scratch;
use super::scratch::repository;

impl Scratch {
    /// Copies the repository's kernels to `folder`.
    pub fn copy_kernels(&self, folder: &str) {
        copy(&repository().join("glsl"), &self.path(folder));
    }

    /// Changes the first place in a file of this folder that reads `from`.
    #[track_caller]
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} no longer has `{from}`: let this test change something else");
        self.write(file, text.replacen(from, to, 1));
    }
}

/// The line of a file, from 1, that has `text`.
#[track_caller]
pub fn line_of(file: &str, text: &str) -> usize {
    1 + file.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("no line has `{text}`"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
