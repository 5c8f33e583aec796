//! Owns what the validation layer says: a list that fills through a callback and outlives the instance.

use std::{
    ffi::{CStr, c_char, c_void},
    sync::{Arc, Mutex},
};

use ash::vk;

use super::lock;

/// More messages than this are counted, not kept: a mistake in a sampling loop repeats without end.
const KEPT: usize = 1000;

/// Warnings and errors of the validation layer, shared by all clones. Empty when validation is off.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    list: Arc<Mutex<List>>,
}

#[derive(Debug, Default)]
struct List {
    kept: Vec<String>,
    dropped: usize,
}

impl Messages {
    /// Removes and returns the messages so far, oldest first.
    ///
    /// Objects that were never destroyed are reported while the instance is: take the messages after that.
    pub fn take(&self) -> Vec<String> {
        let mut list = lock(&self.list);
        let List { mut kept, dropped } = std::mem::take(&mut *list);
        if dropped > 0 {
            kept.push(format!("and {dropped} more messages"));
        }
        kept
    }

    fn push(&self, message: String) {
        let mut list = lock(&self.list);
        if list.kept.len() < KEPT {
            list.kept.push(message);
        } else {
            list.dropped += 1;
        }
    }

    /// How a messenger that fills this list is created.
    ///
    /// The address of `self` is handed to the driver, so `self` must stay where it is while the messenger
    /// lives.
    pub(super) fn messenger(&self) -> vk::DebugUtilsMessengerCreateInfoEXT<'static> {
        use vk::{DebugUtilsMessageSeverityFlagsEXT as Severity, DebugUtilsMessageTypeFlagsEXT as Type};
        vk::DebugUtilsMessengerCreateInfoEXT::default()
            .message_severity(Severity::WARNING | Severity::ERROR)
            .message_type(Type::VALIDATION | Type::GENERAL)
            .pfn_user_callback(Some(receive))
            .user_data(std::ptr::from_ref(self).cast_mut().cast())
    }
}

/// What the loader and the layers call, from any thread, with one message.
unsafe extern "system" fn receive(
    _severity: vk::DebugUtilsMessageSeverityFlagsEXT,
    _types: vk::DebugUtilsMessageTypeFlagsEXT,
    data: *const vk::DebugUtilsMessengerCallbackDataEXT<'_>,
    user: *mut c_void,
) -> vk::Bool32 {
    // SAFETY: `user` is the address of a `Messages` that outlives the messenger (see `messenger`), only ever
    // read.
    let messages = unsafe { user.cast::<Messages>().cast_const().as_ref() };
    // SAFETY: Vulkan passes a valid structure, or null, for the duration of this call.
    let data = unsafe { data.as_ref() };
    if let (Some(messages), Some(data)) = (messages, data) {
        // SAFETY: both strings are null or NUL-terminated for the duration of this call, as Vulkan promises.
        let (id, text) = unsafe { (text(data.p_message_id_name), text(data.p_message)) };
        // The loader warns of the other drivers that it failed to load; they are not ours to correct.
        if !id.starts_with("Loader") {
            messages.push(format!("{id}: {text}"));
        }
    }
    // TRUE is reserved for layer development: it makes the call that caused the message fail.
    vk::FALSE
}

/// The string at `text`, empty if null.
///
/// # Safety
/// `text` is null, or points at a NUL-terminated string that lives through this call.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, and NUL-terminated by this function's contract.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_empties_and_clones_share() {
        let messages = Messages::default();
        messages.clone().push("one".into());
        assert_eq!(messages.take(), ["one"]);
        assert!(messages.take().is_empty());
    }

    #[test]
    fn a_flood_is_counted() {
        let messages = Messages::default();
        for _ in 0..KEPT + 3 {
            messages.push(String::new());
        }
        let taken = messages.take();
        assert_eq!(taken.len(), KEPT + 1);
        assert_eq!(taken[KEPT], "and 3 more messages");
    }
}
