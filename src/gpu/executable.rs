//! Owns what a driver tells of the machine code that it made of a kernel: registers, memory, size, as it names them.

use std::{ffi::c_char, fmt};

use ash::{khr, vk};

use super::{Device, Error, PipelineDescription, Result};

/// One piece of machine code of a pipeline; a kernel usually has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Executable {
    /// The driver's name for it.
    pub name: String,
    /// Invocations of a subgroup, or `None` where the driver does not tell.
    pub subgroup_size: Option<u32>,
    /// What the driver counts of it, in its order.
    pub statistics: Vec<Statistic>,
}

/// One of the driver's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    /// The driver's name for it.
    pub name: String,
    /// What the driver says that it means, its unit included.
    pub description: String,
    /// The figure.
    pub value: Value,
}

/// A figure in the format that the driver gives it in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Signed(i64),
    /// A whole number from 0.
    Unsigned(u64),
    /// A number.
    Float(f64),
}

impl Value {
    /// The format's name.
    pub fn format(&self) -> &'static str {
        match self {
            Value::Bool(_) => "bool",
            Value::Signed(_) => "i64",
            Value::Unsigned(_) => "u64",
            Value::Float(_) => "f64",
        }
    }
}

/// The bare number; 1 for yes and 0 for no.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(value) => u8::from(*value).fmt(f),
            Value::Signed(value) => value.fmt(f),
            Value::Unsigned(value) => value.fmt(f),
            Value::Float(value) => value.fmt(f),
        }
    }
}

impl Device {
    /// Whether the driver tells of its machine code: it has `VK_KHR_pipeline_executable_properties`.
    pub fn has_executable_properties(&self) -> bool {
        self.owner.executable_properties.is_some()
    }

    /// What the driver tells of the machine code of a kernel; nothing where it does not tell.
    ///
    /// The kernel is compiled once more for it, into a pipeline that is never run and past the cache: a driver may
    /// compile otherwise when it is asked to tell, and what is timed must not depend on the question.
    ///
    /// # Errors
    /// As [`Device::pipeline`], or what the driver answers.
    pub fn executables(&self, description: &PipelineDescription<'_>) -> Result<Vec<Executable>> {
        let Some(functions) = &self.owner.executable_properties else { return Ok(Vec::new()) };
        let pipeline = self.capturing_pipeline(description)?.owner;
        let during = || format!("reading what the driver tells of '{}'", description.name);
        let fail = |code| self.owner.error(code, during());
        let info = vk::PipelineInfoKHR::default().pipeline(pipeline.raw);
        // SAFETY: the extension and its feature are enabled, and the pipeline is of this device and alive.
        let properties = unsafe { functions.get_pipeline_executable_properties(&info) }.map_err(fail)?;
        (0..)
            .zip(&properties)
            .map(|(index, properties)| {
                let statistics = statistics(functions, pipeline.raw, index).map_err(fail)?;
                Ok(Executable {
                    name: text(&properties.name),
                    subgroup_size: (properties.subgroup_size > 0).then_some(properties.subgroup_size),
                    statistics,
                })
            })
            .collect::<Result<_, Error>>()
    }
}

/// The statistics of one executable of a pipeline that captures them.
fn statistics(
    functions: &khr::pipeline_executable_properties::Device,
    pipeline: vk::Pipeline,
    index: u32,
) -> std::result::Result<Vec<Statistic>, vk::Result> {
    let info = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline).executable_index(index);
    // SAFETY: the pipeline is alive, was created to capture statistics, and has an executable of this index.
    let statistics = unsafe { functions.get_pipeline_executable_statistics(&info) }?;
    let known = |statistic: &vk::PipelineExecutableStatisticKHR<'_>| {
        Some(Statistic {
            name: text(&statistic.name),
            description: text(&statistic.description),
            value: value(statistic)?,
        })
    };
    Ok(statistics.iter().filter_map(known).collect())
}

/// The value, or `None` in a format that is not known.
fn value(statistic: &vk::PipelineExecutableStatisticKHR<'_>) -> Option<Value> {
    use vk::PipelineExecutableStatisticFormatKHR as Format;
    let value = &statistic.value;
    // SAFETY: the driver has written the member that the format names, and all bits of each are a value.
    unsafe {
        match statistic.format {
            Format::BOOL32 => Some(Value::Bool(value.b32 != vk::FALSE)),
            Format::INT64 => Some(Value::Signed(value.i64)),
            Format::UINT64 => Some(Value::Unsigned(value.u64)),
            Format::FLOAT64 => Some(Value::Float(value.f64)),
            _ => None,
        }
    }
}

/// The text of a fixed array, up to its first NUL.
fn text(characters: &[c_char]) -> String {
    let bytes: Vec<u8> = characters.iter().map(|&c| c as u8).take_while(|&byte| byte != 0).collect();
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistic(
        format: vk::PipelineExecutableStatisticFormatKHR,
        value: vk::PipelineExecutableStatisticValueKHR,
    ) -> vk::PipelineExecutableStatisticKHR<'static> {
        vk::PipelineExecutableStatisticKHR { format, value, ..Default::default() }
    }

    #[test]
    fn each_format_is_read_from_its_own_member() {
        use vk::PipelineExecutableStatisticFormatKHR as Format;
        use vk::PipelineExecutableStatisticValueKHR as Union;
        let read =
            |format, union| value(&statistic(format, union)).map(|value| (value.format(), value.to_string()));
        assert_eq!(read(Format::BOOL32, Union { b32: vk::TRUE }), Some(("bool", "1".to_owned())));
        assert_eq!(read(Format::INT64, Union { i64: -3 }), Some(("i64", "-3".to_owned())));
        assert_eq!(read(Format::UINT64, Union { u64: u64::MAX }), Some(("u64", u64::MAX.to_string())));
        assert_eq!(read(Format::FLOAT64, Union { f64: 0.75 }), Some(("f64", "0.75".to_owned())));
        assert_eq!(read(Format::from_raw(99), Union { u64: 1 }), None);
    }

    #[test]
    fn text_ends_at_its_nul() {
        assert_eq!(text(&b"Register Count\0rubbish".map(|byte| byte as c_char)), "Register Count");
        assert_eq!(text(&[]), "");
    }
}
