//! Links the libraries that a distribution's static shaderc leaves unresolved, and records the commit built.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What Debian's and Ubuntu's `libshaderc_combined.a` needs besides itself: glslang and SPIRV-Tools, which
/// those distributions package apart. Newer glslang releases have folded some of these into others, so a
/// name that is not installed is passed over.
const SHADERC_NEEDS: [&str; 8] = [
    "glslang",
    "MachineIndependent",
    "GenericCodeGen",
    "OSDependent",
    "OGLCompiler",
    "SPIRV",
    "SPIRV-Tools-opt",
    "SPIRV-Tools",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_BUNDLED_SHADERC").is_none() {
        link_system_shaderc();
        record_compiler(&system_compiler());
    } else {
        record_compiler("shaderc bundled with shaderc-sys 0.10.1");
    }
    record_commit();
}

/// Sets `WINOSCOPE_SHADERC` for the `shader_compiler` column.
fn record_compiler(version: &str) {
    println!("cargo:rustc-env=WINOSCOPE_SHADERC={version}");
}

/// The system's shaderc and the glslang and SPIRV-Tools it is linked with, by the versions that their packages
/// state.
fn system_compiler() -> String {
    let library =
        ["libshaderc_combined.a", "libshaderc.so", "libshaderc_shared.so"].into_iter().find_map(library);
    let library = library.unwrap_or_default();
    let folder = Path::new(&library).parent().unwrap_or(Path::new("")).join("pkgconfig");
    let stated = |package: &str| {
        let path = folder.join(format!("{package}.pc"));
        let text = std::fs::read_to_string(&path).ok()?;
        println!("cargo:rerun-if-changed={}", path.display());
        let version = text.lines().find_map(|line| line.trim().strip_prefix("Version:"))?.trim().to_owned();
        (!version.is_empty()).then(|| format!("{} {version}", package.to_lowercase()))
    };
    let glslang = stated("glslang").or_else(glslang_of_headers);
    let versions: Vec<String> =
        [stated("shaderc"), glslang, stated("SPIRV-Tools")].into_iter().flatten().collect();
    if versions.is_empty() { "shaderc of the system".into() } else { versions.join(" ") }
}

/// glslang by the version in its headers: Debian's pkg-config file leaves it empty.
fn glslang_of_headers() -> Option<String> {
    let arguments = ["-E", "-dM", "-x", "c", "-include", "glslang/build_info.h", "/dev/null"];
    let macros = String::from_utf8(compiler().args(arguments).output().ok()?.stdout).ok()?;
    let part = |name: &str| {
        let prefix = format!("#define GLSLANG_VERSION_{name} ");
        macros.lines().find_map(|line| line.strip_prefix(&prefix))
    };
    Some(format!("glslang {}.{}.{}", part("MAJOR")?, part("MINOR")?, part("PATCH")?))
}

/// Adds the static libraries in one group at the end of the link line, where their order among themselves
/// and after shaderc does not matter to any linker.
fn link_system_shaderc() {
    let found: Vec<String> =
        SHADERC_NEEDS.iter().filter_map(|name| library(&format!("lib{name}.a"))).collect();
    if found.is_empty() {
        return; // shaderc is linked dynamically here, and brings its own dependencies
    }
    println!("cargo:rustc-link-arg=-Wl,--start-group");
    for path in found {
        println!("cargo:rustc-link-arg={path}");
    }
    println!("cargo:rustc-link-arg=-Wl,--end-group");
    println!("cargo:rustc-link-arg=-lstdc++");
}

/// The C compiler.
fn compiler() -> Command {
    Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".into()))
}

/// The full path of a library file where the C compiler's own search finds it.
fn library(file: &str) -> Option<String> {
    let output = compiler().arg(format!("-print-file-name={file}")).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    Path::new(&path).is_absolute().then_some(path)
}

/// A digest of what is built: every file below `src`, and the build's own.
fn sources_digest() -> u64 {
    let mut files = vec![PathBuf::from("Cargo.toml"), PathBuf::from("Cargo.lock"), PathBuf::from("build.rs")];
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    files.iter().for_each(|file| std::fs::read(file).unwrap_or_default().hash(&mut hasher));
    hasher.finish()
}

/// Sets `WINOSCOPE_COMMIT` for the `git_commit` column: the short hash; with `-dirty` and a digest of the sources when
/// they differ from it; `unknown` and that digest outside a checkout. Resuming relies on it to tell builds apart.
fn record_commit() {
    let git = |args: &[&str]| -> Option<String> {
        let output = Command::new("git").arg("--no-optional-locks").args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // Not the index: every `git status` may rewrite it, and what it can change shows in HEAD or in the sources.
    for path in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", path]).filter(|path| Path::new(path).exists()) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    for path in ["src", "glsl", "Cargo.toml", "Cargo.lock"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let commit = match git(&["rev-parse", "--short=12", "HEAD"]) {
        None => format!("unknown-{:016x}", sources_digest()),
        Some(hash) => {
            let sources = [
                "status",
                "--porcelain",
                "--untracked-files=no",
                "--",
                "src",
                "glsl",
                "Cargo.toml",
                "Cargo.lock",
                "build.rs",
            ];
            match git(&sources) {
                Some(changes) if changes.is_empty() => hash,
                _ => format!("{hash}-dirty-{:016x}", sources_digest()),
            }
        }
    };
    println!("cargo:rustc-env=WINOSCOPE_COMMIT={commit}");
}
