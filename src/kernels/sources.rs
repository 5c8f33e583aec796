//! Where the GLSL is read from: a folder, or the copy embedded in the binary.

use std::borrow::Cow;
use std::io;
use std::path::{Component, Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::cache::short_digest;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/glsl");

/// A tree of GLSL files, addressed by `/`-separated names below its root, such as `include/grid.glsl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sources {
    /// What the binary was built with.
    Embedded,
    /// A folder, read anew for each kernel, so that an edited kernel needs no rebuild.
    Folder(PathBuf),
}

impl Sources {
    /// The folder named by the user; else `glsl/` where the working folder is the repository; else the embedded
    /// copy.
    pub fn find(named: Option<&Path>) -> Self {
        match named {
            Some(folder) => Self::Folder(folder.to_owned()),
            None if in_repository() => Self::Folder("glsl".into()),
            None => Self::Embedded,
        }
    }

    /// The text of a file.
    ///
    /// # Errors
    /// A sentence, if there is no such file or it is not UTF-8.
    pub fn read(&self, name: &str) -> Result<Cow<'static, str>, String> {
        match self {
            Self::Embedded => EMBEDDED
                .get_file(name)
                .and_then(|file| file.contents_utf8())
                .map(Cow::Borrowed)
                .ok_or_else(|| format!("{} is not among the kernels in this binary", self.display(name))),
            Self::Folder(folder) => std::fs::read_to_string(folder.join(name))
                .map(Cow::Owned)
                .map_err(|error| format!("cannot read {}: {error}", self.display(name))),
        }
    }

    /// 16 hexadecimal digits over the names and the texts of all files.
    ///
    /// # Errors
    /// A sentence, if one cannot be read.
    pub fn hash(&self) -> Result<String, String> {
        let mut names = self.names()?;
        names.sort();
        let mut all = String::new();
        for name in names {
            let text = self.read(&name)?;
            // The length tells where a text ends and the next name begins.
            all += &format!("{name}\n{}\n{text}", text.len());
        }
        Ok(short_digest(all.as_bytes()))
    }

    /// The names of all files, in no order.
    fn names(&self) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        match self {
            Self::Embedded => embedded(&EMBEDDED, &mut names),
            Self::Folder(root) => on_disk(root, root, &mut names)
                .map_err(|error| format!("cannot read the kernels in {}: {error}", root.display()))?,
        }
        names.retain(|name| name.ends_with(".comp") || name.ends_with(".glsl"));
        Ok(names)
    }

    /// The file's name as a person would open it.
    pub fn display(&self, name: &str) -> String {
        match self {
            Self::Embedded => format!("glsl/{name}"),
            Self::Folder(folder) => folder.join(name).display().to_string(),
        }
    }
}

/// Adds the names of the files below an embedded folder.
fn embedded(folder: &Dir<'_>, names: &mut Vec<String>) {
    names.extend(folder.files().map(|file| file.path().to_string_lossy().into_owned()));
    folder.dirs().for_each(|below| embedded(below, names));
}

/// Adds the names below `root` of the files below a folder.
fn on_disk(root: &Path, folder: &Path, names: &mut Vec<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            on_disk(root, &path, names)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

/// Whether the working folder is a checkout of this project, whose kernels are then the ones being edited.
fn in_repository() -> bool {
    let manifest = std::fs::read_to_string("Cargo.toml").unwrap_or_default();
    manifest.contains(concat!("name = \"", env!("CARGO_PKG_NAME"), "\"")) && Path::new("glsl").is_dir()
}

/// The name that `included` has when the file `from` includes it: relative to that file's folder. `None` if it
/// would leave the tree.
pub fn resolve(from: &str, included: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for component in Path::new(included).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => drop(parts.pop()?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_relative_to_the_file_that_includes() {
        assert_eq!(resolve("direct_patch.comp", "include/x.glsl").as_deref(), Some("include/x.glsl"));
        assert_eq!(resolve("include/xhat.glsl", "x.glsl").as_deref(), Some("include/x.glsl"));
        assert_eq!(
            resolve("include/xhat.glsl", "../direct_patch.comp").as_deref(),
            Some("direct_patch.comp")
        );
        assert_eq!(resolve("direct_patch.comp", "../secret"), None);
        assert_eq!(resolve("direct_patch.comp", "/etc/passwd"), None);
    }

    #[test]
    fn the_embedded_copy_is_the_folder() {
        let folder = Sources::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("glsl"));
        for name in ["direct_patch.comp", "include/sizes.glsl"] {
            assert_eq!(Sources::Embedded.read(name).unwrap(), folder.read(name).unwrap());
        }
    }

    #[test]
    fn the_hash_is_of_every_text_and_of_no_place() {
        let folder = |texts: &[(&str, &str)]| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir(folder.path().join("include")).unwrap();
            for (name, text) in texts {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            Sources::Folder(folder.path().to_owned()).hash().map(|hash| (hash, folder)).unwrap().0
        };
        let one = folder(&[("a.comp", "1"), ("include/b.glsl", "2"), ("notes.txt", "3")]);
        assert_eq!(one, folder(&[("include/b.glsl", "2"), ("a.comp", "1")]));
        assert_ne!(one, folder(&[("a.comp", "1"), ("include/b.glsl", "3")]));
        assert_ne!(one, folder(&[("a.comp", "1"), ("b.glsl", "2")]));
        let ours = Sources::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("glsl"));
        assert_eq!(ours.hash(), Sources::Embedded.hash());
    }

    #[test]
    fn a_missing_file_is_named() {
        assert_eq!(
            Sources::Embedded.read("nothing.comp").unwrap_err(),
            "glsl/nothing.comp is not among the kernels in this binary"
        );
    }
}
