//! shaderc with the project's includes, options and cache.

use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

use super::cache::{Cache, short_digest, to_bytes};
use super::sources::{Sources, resolve};

/// What to compile.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The entry file, below the sources' root.
    pub source: &'a str,
    /// Macros, in order.
    pub macros: &'a [(String, String)],
    /// Files that exist for this request alone: the name as included, wherever from, and the text.
    pub generated: &'a [(String, String)],
}

/// A compiled kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spirv {
    /// The module.
    pub words: Vec<u32>,
    /// 16 hexadecimal digits that name the module.
    pub hash: String,
    /// How long shaderc took, or `None` where the module came from the cache.
    pub compile_time: Option<Duration>,
}

/// Why a kernel could not be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// shaderc could not be started.
    #[error("the shader compiler does not start: {0}")]
    Start(String),
    /// A source cannot be read.
    #[error("{0}; name the kernels' folder with --glsl, or leave it out to use those in the binary")]
    Source(String),
    /// The source is wrong. The messages name file and line.
    #[error("{kernel} does not compile:\n{messages}")]
    Compile {
        /// The entry file.
        kernel: String,
        /// The compiler's messages.
        messages: String,
    },
}

/// What `Compiler::options` sets, in the cache's key: to be changed with them.
const OPTIONS: &str = "compute, main, vulkan1.3, performance, warnings are errors";

/// The compiler's name and version, for the `shader_compiler` column.
pub fn compiler_version() -> &'static str {
    env!("WINOSCOPE_SHADERC")
}

/// What shaderc is given.
struct Input<'a> {
    name: String,
    text: Cow<'static, str>,
    options: shaderc::CompileOptions<'a>,
}

impl Input<'_> {
    fn failed(&self, error: shaderc::Error) -> Error {
        let messages = match error {
            shaderc::Error::CompilationError(_, messages) => messages.trim_end().to_owned(),
            other => other.to_string(),
        };
        Error::Compile { kernel: self.name.clone(), messages }
    }
}

/// Compiles kernels of one tree of sources.
pub struct Compiler {
    shaderc: shaderc::Compiler,
    sources: Sources,
    cache: Option<Cache>,
}

impl Compiler {
    /// A compiler of `sources` that keeps what it makes in the folder `cache`, if there is one.
    ///
    /// # Errors
    /// If shaderc does not start.
    pub fn new(sources: Sources, cache: Option<&Path>) -> Result<Self, Error> {
        let shaderc = shaderc::Compiler::new().map_err(|error| Error::Start(error.to_string()))?;
        Ok(Self { shaderc, sources, cache: cache.map(Cache::new) })
    }

    /// Where the kernels come from.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The SPIR-V of a kernel, from the cache where it is there.
    ///
    /// # Errors
    /// If the source or an include cannot be read, or does not compile without a warning.
    pub fn compile(&self, request: Request<'_>) -> Result<Spirv, Error> {
        let input = self.input(request)?;
        let key = self.key_of(&input)?;
        if let Some(words) = self.cache.as_ref().and_then(|cache| cache.load(&key)) {
            return Ok(Spirv { hash: short_digest(&to_bytes(&words)), words, compile_time: None });
        }
        let start = Instant::now();
        let Input { name, text, options } = &input;
        let module = self
            .shaderc
            .compile_into_spirv(text, shaderc::ShaderKind::Compute, name, "main", Some(options))
            .map_err(|error| input.failed(error))?;
        let compile_time = Some(start.elapsed());
        let words = module.as_binary().to_vec();
        if let Some(cache) = &self.cache {
            // A cache that cannot be written costs time, not correctness.
            let _ = cache.store(&key, &words);
        }
        Ok(Spirv { hash: short_digest(&to_bytes(&words)), words, compile_time })
    }

    /// The cache's key of a kernel: of the text after preprocessing, with every include and macro in place, besides the
    /// compiler's version and options. Whatever could change the module changes it.
    ///
    /// # Errors
    /// If the source or an include cannot be read, or what the preprocessor answers.
    pub(super) fn key(&self, request: Request<'_>) -> Result<String, Error> {
        self.key_of(&self.input(request)?)
    }

    fn key_of(&self, input: &Input<'_>) -> Result<String, Error> {
        let Input { name, text, options } = input;
        let preprocessed = self
            .shaderc
            .preprocess(text, name, "main", Some(options))
            .map_err(|error| input.failed(error))?;
        Ok(short_digest(format!("{}\n{OPTIONS}\n{}", compiler_version(), preprocessed.as_text()).as_bytes()))
    }

    fn input(&self, request: Request<'_>) -> Result<Input<'_>, Error> {
        Ok(Input {
            name: self.sources.display(request.source),
            text: self.sources.read(request.source).map_err(Error::Source)?,
            options: self.options(request)?,
        })
    }

    fn options(&self, request: Request<'_>) -> Result<shaderc::CompileOptions<'_>, Error> {
        let mut options = shaderc::CompileOptions::new().map_err(|error| Error::Start(error.to_string()))?;
        options.set_target_env(shaderc::TargetEnv::Vulkan, shaderc::EnvVersion::Vulkan1_3 as u32);
        options.set_optimization_level(shaderc::OptimizationLevel::Performance);
        options.set_warnings_as_errors();
        for (name, value) in request.macros {
            options.add_macro_definition(name, (!value.is_empty()).then_some(value));
        }
        let generated = request.generated.to_vec();
        let sources = &self.sources;
        let root = sources.display("");
        options.set_include_callback(move |included, _, from, _| {
            if let Some((name, content)) = generated.iter().find(|(name, _)| name == included) {
                let resolved_name = format!("{name} (generated)");
                return Ok(shaderc::ResolvedInclude { resolved_name, content: content.clone() });
            }
            let from = from.strip_prefix(&root).unwrap_or(from);
            let name = resolve(from, included)
                .ok_or_else(|| format!("{included} lies outside the kernels' folder"))?;
            let content = sources.read(&name)?.into_owned();
            Ok(shaderc::ResolvedInclude { resolved_name: sources.display(&name), content })
        });
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Sources) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let sources = Sources::Folder(folder.path().to_owned());
        (folder, sources)
    }

    const MAIN: &str = "#version 450
#extension GL_GOOGLE_include_directive : require
#include \"include/a.glsl\"
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) writeonly buffer B { float b[]; };
void main() { b[0] = value(); }
";

    fn request(macros: &[(String, String)]) -> Request<'_> {
        Request { source: "k.comp", macros, generated: &[] }
    }

    #[test]
    fn an_error_in_an_include_names_the_include_and_its_line() {
        let (_folder, sources) =
            folder(&[("k.comp", MAIN), ("include/a.glsl", "// fine\nfloat value() { return nonsense; }\n")]);
        let expected = sources.display("include/a.glsl");
        let error = Compiler::new(sources, None).unwrap().compile(request(&[])).unwrap_err();
        let Error::Compile { messages, .. } = &error else { panic!("{error}") };
        assert!(messages.starts_with(&format!("{expected}:2: error:")), "{messages}");
        assert!(messages.contains("nonsense"), "{messages}");
    }

    #[test]
    fn a_missing_include_is_named() {
        let (_folder, sources) = folder(&[("k.comp", MAIN)]);
        let expected = sources.display("include/a.glsl");
        let error = Compiler::new(sources, None).unwrap().compile(request(&[])).unwrap_err();
        assert!(error.to_string().contains(&format!("cannot read {expected}")), "{error}");
    }

    #[test]
    fn the_cache_answers_only_for_the_same_text() {
        let cache = tempfile::tempdir().unwrap();
        let (folder, sources) =
            folder(&[("k.comp", MAIN), ("include/a.glsl", "float value() { return VALUE; }\n")]);
        let compiler = Compiler::new(sources, Some(cache.path())).unwrap();
        let value = |text: &str| [("VALUE".to_owned(), text.to_owned())];
        let first = compiler.compile(request(&value("1.0"))).unwrap();
        assert!(first.compile_time.is_some());
        let again = compiler.compile(request(&value("1.0"))).unwrap();
        assert_eq!((again.compile_time, &again.words, &again.hash), (None, &first.words, &first.hash));
        let other_macro = compiler.compile(request(&value("2.0"))).unwrap();
        assert!(other_macro.compile_time.is_some());
        assert_ne!(other_macro.hash, first.hash);
        std::fs::write(folder.path().join("include/a.glsl"), "float value() { return VALUE + 1.0; }\n")
            .unwrap();
        assert!(compiler.compile(request(&value("1.0"))).unwrap().compile_time.is_some());
    }
}
