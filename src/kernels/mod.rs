//! GLSL to SPIR-V: the kernels' sources, their includes, shaderc, and a cache on disk.
//!
//! Knows nothing of what the kernels compute: a [`Request`] names a file, macros and generated includes.

mod batch;
mod cache;
mod compiler;
mod salt;
mod sources;

pub use cache::short_digest;
pub use compiler::{Compiler, Error, Request, Spirv, compiler_version};
pub use salt::salted;
pub use sources::Sources;
