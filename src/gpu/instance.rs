//! Owns the Vulkan instance: the loader, the validation layer and the debug messenger.

use std::{
    ffi::{CStr, CString, c_char},
    sync::{Arc, OnceLock},
};

use ash::{Entry, ext, khr, vk};

use super::{Adapter, Error, Messages, Result, adapter};

const VALIDATION_LAYER: &CStr = c"VK_LAYER_KHRONOS_validation";

/// How an [`Instance`] is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Loads the Khronos validation layer with synchronization validation, which slows everything: never
    /// while measuring. Hazards across submissions are seen only with the environment variable
    /// `VK_LAYER_ENABLES` set to `VALIDATION_CHECK_ENABLE_SYNCHRONIZATION_VALIDATION_QUEUE_SUBMIT`.
    pub validation: bool,
}

/// A connection to the Vulkan loader.
#[derive(Clone, Debug)]
pub struct Instance {
    owner: Arc<Owner>,
}

/// The one owner of the Vulkan instance; every adapter and device keeps it alive.
pub(super) struct Owner {
    pub raw: ash::Instance,
    /// Present where `VK_EXT_debug_utils` is.
    messenger: Option<(ext::debug_utils::Instance, vk::DebugUtilsMessengerEXT)>,
    pub has_debug_utils: bool,
    // Boxed, since the driver holds its address until the instance is destroyed.
    messages: Box<Messages>,
}

impl Instance {
    /// Opens the loader and makes an instance.
    ///
    /// # Errors
    /// [`Error::NoLoader`], [`Error::NoDevice`], [`Error::NoValidationLayer`], or what the driver answers.
    pub fn new(options: Options) -> Result<Self> {
        let entry = entry()?;
        if options.validation && !has_validation_layer(entry)? {
            return Err(Error::NoValidationLayer);
        }
        let extensions = Extensions::available(entry, options.validation)?;
        let messages = Box::<Messages>::default();
        let raw = create(entry, options, &extensions, &messages)?;
        // From here on, dropping `owner` destroys the instance.
        let mut owner = Owner { raw, messenger: None, has_debug_utils: extensions.debug_utils, messages };
        if options.validation && extensions.debug_utils {
            owner.listen(entry)?;
        }
        Ok(Instance { owner: Arc::new(owner) })
    }

    /// What the validation layer has said and will say. The handle outlives the instance.
    pub fn messages(&self) -> Messages {
        (*self.owner.messages).clone()
    }

    /// The devices there are, usable or not, in the driver's order.
    pub fn adapters(&self) -> Result<Vec<Adapter>> {
        adapter::enumerate(&self.owner)
    }
}

impl Owner {
    /// Starts to collect messages between creation and destruction of the instance.
    fn listen(&mut self, entry: &Entry) -> Result<()> {
        let functions = ext::debug_utils::Instance::new(entry, &self.raw);
        // SAFETY: VK_EXT_debug_utils is enabled, and the boxed list outlives the messenger.
        let messenger = unsafe { functions.create_debug_utils_messenger(&self.messages.messenger(), None) }
            .map_err(|code| Error::from_vk(code, "creating the validation messenger"))?;
        self.messenger = Some((functions, messenger));
        Ok(())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some((functions, messenger)) = self.messenger.take() {
            // SAFETY: created from this instance, destroyed once, used by nobody else.
            unsafe { functions.destroy_debug_utils_messenger(messenger, None) };
        }
        // SAFETY: every child object holds this owner by an `Arc`, so none is left. `messages`, which the
        // messenger chained at creation still fills with leaks during this call, is dropped after it.
        unsafe { self.raw.destroy_instance(None) };
    }
}

impl std::fmt::Debug for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("validation", &self.messenger.is_some()).finish_non_exhaustive()
    }
}

/// The loader, opened once and never closed: unloading it would unload drivers whose threads (lavapipe's) and
/// thread-local destructors may still run.
pub(super) fn entry() -> Result<&'static Entry> {
    static ENTRY: OnceLock<Entry> = OnceLock::new();
    if let Some(entry) = ENTRY.get() {
        return Ok(entry);
    }
    // SAFETY: loads the system's Vulkan loader, whose initialisation is expected to be sound.
    let entry = unsafe { Entry::load() }.map_err(|error| Error::NoLoader { reason: error.to_string() })?;
    // SAFETY: the function is loaded from the loader just opened and takes no handle.
    let version = unsafe { entry.try_enumerate_instance_version() }
        .map_err(|code| Error::from_vk(code, "asking the loader for its version"))?;
    if version.is_none_or(|version| version < vk::API_VERSION_1_1) {
        // A 1.0 loader rejects an instance that asks for 1.3; later ones must accept it.
        return Err(Error::NoLoader { reason: "it is of Vulkan 1.0, and 1.1 is the least".into() });
    }
    Ok(ENTRY.get_or_init(|| entry))
}

fn has_validation_layer(entry: &Entry) -> Result<bool> {
    // SAFETY: a global function without handles.
    let layers = unsafe { entry.enumerate_instance_layer_properties() }
        .map_err(|code| Error::from_vk(code, "listing the Vulkan layers"))?;
    Ok(layers.iter().any(|layer| layer.layer_name_as_c_str() == Ok(VALIDATION_LAYER)))
}

/// Which optional instance extensions there are.
struct Extensions {
    debug_utils: bool,
    portability: bool,
    validation_features: bool,
}

impl Extensions {
    fn available(entry: &Entry, validation: bool) -> Result<Self> {
        let mut names = extension_names(entry, None)?;
        if validation {
            names.extend(extension_names(entry, Some(VALIDATION_LAYER))?);
        }
        let has = |name: &CStr| names.iter().any(|known| known.as_c_str() == name);
        Ok(Extensions {
            debug_utils: has(ext::debug_utils::NAME),
            portability: has(khr::portability_enumeration::NAME),
            validation_features: validation && has(ext::validation_features::NAME),
        })
    }

    fn enabled(&self) -> Vec<*const c_char> {
        [
            (self.debug_utils, ext::debug_utils::NAME),
            (self.portability, khr::portability_enumeration::NAME),
            (self.validation_features, ext::validation_features::NAME),
        ]
        .into_iter()
        .filter_map(|(present, name)| present.then_some(name.as_ptr()))
        .collect()
    }
}

fn extension_names(entry: &Entry, layer: Option<&CStr>) -> Result<Vec<CString>> {
    // SAFETY: a global function without handles; `layer` is NUL-terminated.
    let properties = unsafe { entry.enumerate_instance_extension_properties(layer) }
        .map_err(|code| Error::from_vk(code, "listing the instance extensions"))?;
    let names = properties.iter().filter_map(|extension| extension.extension_name_as_c_str().ok());
    Ok(names.map(CStr::to_owned).collect())
}

fn create(
    entry: &Entry,
    options: Options,
    extensions: &Extensions,
    messages: &Messages,
) -> Result<ash::Instance> {
    let application = vk::ApplicationInfo::default()
        .application_name(c"winoscope")
        .engine_name(c"winoscope")
        .api_version(vk::API_VERSION_1_3);
    let enabled_extensions = extensions.enabled();
    let layers = [VALIDATION_LAYER.as_ptr()];
    let checks = [vk::ValidationFeatureEnableEXT::SYNCHRONIZATION_VALIDATION];
    let mut features = vk::ValidationFeaturesEXT::default().enabled_validation_features(&checks);
    let mut messenger = messages.messenger();

    let mut info = vk::InstanceCreateInfo::default()
        .application_info(&application)
        .enabled_extension_names(&enabled_extensions);
    if extensions.portability {
        info = info.flags(vk::InstanceCreateFlags::ENUMERATE_PORTABILITY_KHR);
    }
    if options.validation {
        info = info.enabled_layer_names(&layers);
        if extensions.validation_features {
            info = info.push_next(&mut features);
        }
        if extensions.debug_utils {
            // The messenger proper sees neither creation nor destruction of the instance; this one sees both,
            // and leaks are reported in the second.
            info = info.push_next(&mut messenger);
        }
    }
    // SAFETY: everything that `info` points at lives through the call, `messages` through the instance's
    // life; the layer and the extensions named are present.
    unsafe { entry.create_instance(&info, None) }.map_err(|code| match code {
        // What the loader answers when it finds no driver at all.
        vk::Result::ERROR_INCOMPATIBLE_DRIVER => Error::NoDevice,
        vk::Result::ERROR_LAYER_NOT_PRESENT => Error::NoValidationLayer,
        code => Error::from_vk(code, "creating the Vulkan instance"),
    })
}
