//! Opens what a run needs: the device, the compiler and their caches.

use std::path::{Path, PathBuf};

use super::arguments::MeasuringOptions;
use super::exit::{ExitCode, Failure};
use crate::gpu::{self, Adapter, Device, Instance, MatrixExtension, Messages};
use crate::kernels::{self, Compiler, Sources};
use crate::measure::{DeviceMonitor, NvmlMonitor};

/// The device of a run and what it leaves behind.
pub struct Opened {
    /// The device.
    pub device: Device,
    /// What the validation layer has said.
    pub messages: Messages,
    monitor: Option<NvmlMonitor>,
    pipeline_cache: Option<PathBuf>,
}

impl Opened {
    /// Opens the device that `options` name, with what `matrices` chooses of its cooperative matrices.
    pub fn new(
        options: &MeasuringOptions,
        matrices: impl FnOnce(&Adapter) -> Option<MatrixExtension>,
    ) -> Result<Self, Failure> {
        let instance = Instance::new(gpu::Options { validation: options.validate })?;
        let adapters = instance.adapters()?;
        let adapter = gpu::select(&adapters, options.device.as_deref())?;
        let device = Device::open_with(adapter, matrices(adapter))?;
        let pipeline_cache =
            cache_folder(options).map(|folder| folder.join(format!("pipelines-{}.bin", adapter.info.uuid)));
        if let Some(path) = &pipeline_cache {
            match device.load_pipeline_cache(path) {
                Ok(_) => {}
                // As with compiled kernels: a cache that cannot be used costs time, not correctness.
                Err(error @ gpu::Error::File { .. }) => {
                    eprintln!("warning: {error}; every pipeline is created anew, and none is kept");
                }
                Err(error) => return Err(error.into()),
            }
        }
        let monitor = NvmlMonitor::open(&adapter.info.uuid);
        Ok(Self { device, messages: instance.messages(), monitor, pipeline_cache })
    }

    /// What tells of the device's clocks and heat; nothing where nothing does.
    pub fn monitor(&self) -> Option<&dyn DeviceMonitor> {
        self.monitor.as_ref().map(|monitor| monitor as &dyn DeviceMonitor)
    }

    /// Saves the pipeline cache and lets the device go; then every object must be gone and nothing reported.
    pub fn close(self) -> Result<(), Failure> {
        if let Some(path) = self.pipeline_cache.filter(|_| self.device.is_alive())
            && let Err(error) = self.device.save_pipeline_cache(&path)
        {
            eprintln!("warning: {error}; the next run creates its pipelines again");
        }
        drop(self.device);
        let messages = self.messages.take();
        if messages.is_empty() {
            return Ok(());
        }
        Err(Failure::new(
            ExitCode::Validation,
            format!("the validation layer reports:\n{}", messages.join("\n")),
        ))
    }
}

/// The compiler of a run.
pub fn compiler(options: &MeasuringOptions) -> Result<Compiler, Failure> {
    let cache = cache_folder(options).map(|folder| folder.join("spirv"));
    Ok(Compiler::new(Sources::find(options.glsl.as_deref()), cache.as_deref())?)
}

/// The hash of all kernels of a tree of sources, for the `glsl_hash` column.
pub fn glsl_hash(sources: &Sources) -> Result<String, Failure> {
    sources.hash().map_err(|why| kernels::Error::Source(why).into())
}

/// Where caches live; nowhere on a system that has no such place.
fn cache_folder(options: &MeasuringOptions) -> Option<PathBuf> {
    let user = || dirs::cache_dir().map(|folder| folder.join(env!("CARGO_PKG_NAME")));
    options.cache.as_deref().map(Path::to_owned).or_else(user)
}
