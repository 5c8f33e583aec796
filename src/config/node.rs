//! Reads typed settings from TOML values, with faults that are data instead of text.
//!
//! toml's own deserializer reports a fault as a finished sentence; here the same fault keeps its parts (the
//! word, the words expected), so that the message can name the key and the nearest spelling, whether the
//! value came from the file, from an axis or from the command line.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_path_to_error::Segment;
use toml::de::DeValue;

use super::diagnostics::{Diagnostic, ErrorKind, Place};
use super::{schema, spelling};

/// Reads `keys… = value` as a `T`; no keys mean the value itself.
pub(super) fn read<'de, T: Deserialize<'de>>(
    keys: &'de [String],
    value: &'de DeValue<'de>,
) -> Result<T, LocatedFault> {
    serde_path_to_error::deserialize(Node { keys, value }).map_err(|error| {
        let path = error.path().iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        LocatedFault { path: path.collect(), fault: error.into_inner() }
    })
}

/// A fault and the path of keys and array indices that leads to it.
#[derive(Debug)]
pub(super) struct LocatedFault {
    pub(super) path: Vec<String>,
    fault: Fault,
}

impl LocatedFault {
    /// Whether the key is at fault, rather than its value.
    pub(super) fn is_about_the_key(&self) -> bool {
        matches!(self.fault, Fault::UnknownKey { .. })
    }

    /// The fault as a problem at `place`.
    pub(super) fn into_diagnostic(self, place: Place) -> Diagnostic {
        // A variant's keys are named as in the base, and so are a tuned choice's; the line tells which it is.
        let path = match self.path.as_slice() {
            [list, _, keys @ ..] if matches!(list.as_str(), "variant" | "choice") && !keys.is_empty() => keys,
            path => path,
        };
        let key = path.join(".");
        let (kind, message) = match self.fault {
            Fault::UnknownKey { word, expected } => {
                let hint = match spelling::nearest(&word, expected.iter().copied()) {
                    Some(meant) => did_you_mean(&[meant]),
                    None => did_you_mean(&elsewhere(&word)),
                };
                (ErrorKind::Key, format!("unknown key `{key}`; expected {}{hint}", one_of(expected)))
            }
            Fault::UnknownValue { word, expected } => {
                let hint = did_you_mean(spelling::nearest(&word, expected.iter().copied()).as_slice());
                (ErrorKind::Value, format!("`{key}` cannot be `{word}`; expected {}{hint}", one_of(expected)))
            }
            Fault::Wrong { found, expected } => {
                let is_size = is_extent(path) && is_whole_number(&found);
                let kind = if is_size { ErrorKind::Size } else { ErrorKind::Value };
                (kind, format!("`{key}` is {found}; expected {expected}"))
            }
            Fault::Refused(why) => (ErrorKind::Value, format!("`{key}`: {why}")),
        };
        Diagnostic::new(kind, place, message)
    }
}

/// Whether the key is an extent of the problem, so that a bad number is a bad size.
fn is_extent(path: &[String]) -> bool {
    matches!(path, [table, key] if table == "problem" && !matches!(key.as_str(), "padding" | "dtype"))
}

fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn one_of(expected: &[&str]) -> String {
    match expected {
        [] => "no key here".to_owned(),
        [only] => (*only).to_owned(),
        several => format!("one of {}", several.join(", ")),
    }
}

/// The dotted keys that end with `word`.
fn elsewhere(word: &str) -> Vec<String> {
    schema::keys().into_iter().filter(|key| key.ends_with(&format!(".{word}"))).collect()
}

fn did_you_mean<S: AsRef<str>>(words: &[S]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{}`", word.as_ref())).collect();
    if quoted.is_empty() { String::new() } else { format!("; did you mean {}?", quoted.join(" or ")) }
}

/// Why a value cannot be read as its type.
#[derive(Debug)]
pub(super) enum Fault {
    UnknownKey { word: String, expected: &'static [&'static str] },
    UnknownValue { word: String, expected: &'static [&'static str] },
    Wrong { found: String, expected: String },
    Refused(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { word, .. } => write!(f, "unknown key `{word}`"),
            Self::UnknownValue { word, .. } => write!(f, "unknown value `{word}`"),
            Self::Wrong { found, expected } => write!(f, "found {found}, expected {expected}"),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self::Refused(why.to_string())
    }

    fn unknown_field(word: &str, expected: &'static [&'static str]) -> Self {
        Self::UnknownKey { word: word.to_owned(), expected }
    }

    fn unknown_variant(word: &str, expected: &'static [&'static str]) -> Self {
        Self::UnknownValue { word: word.to_owned(), expected }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(value) => value.to_string(),
            Unexpected::Signed(value) => value.to_string(),
            Unexpected::Unsigned(value) => value.to_string(),
            Unexpected::Float(value) => format!("{value:?}"),
            Unexpected::Str(value) => format!("the string {value:?}"),
            Unexpected::Seq => "an array".to_owned(),
            Unexpected::Map => "a table".to_owned(),
            other => other.to_string(),
        };
        Self::Wrong { found, expected: plain(&expected.to_string()) }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }
}

/// Names a Rust type as someone who writes TOML knows it.
fn plain(expected: &str) -> String {
    match expected {
        "a nonzero u32" => "a whole number from 1 to 4294967295".to_owned(),
        "i64" => "a whole number".to_owned(),
        "f64" => "a number".to_owned(),
        "a sequence" => "an array".to_owned(),
        "a map" => "a table".to_owned(),
        structure if structure.starts_with("struct ") => "a table".to_owned(),
        other => other.to_owned(),
    }
}

/// A TOML value below the tables that dotted keys make: what `a.b = value` means.
#[derive(Clone, Copy)]
struct Node<'de> {
    keys: &'de [String],
    value: &'de DeValue<'de>,
}

impl<'de> Node<'de> {
    fn is_table(&self) -> bool {
        !self.keys.is_empty() || self.value.is_table()
    }

    fn unexpected(&self) -> Unexpected<'de> {
        match self.value {
            _ if self.is_table() => Unexpected::Map,
            DeValue::String(text) => Unexpected::Str(text),
            DeValue::Integer(number) => Unexpected::Other(number.as_str()),
            DeValue::Float(number) => Unexpected::Other(number.as_str()),
            DeValue::Boolean(value) => Unexpected::Bool(*value),
            DeValue::Datetime(_) => Unexpected::Other("a date"),
            DeValue::Array(_) => Unexpected::Seq,
            DeValue::Table(_) => Unexpected::Map,
        }
    }
}

impl<'de> IntoDeserializer<'de, Fault> for Node<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Node<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if let [key, keys @ ..] = self.keys {
            let entry = (key.as_str(), Node { keys, value: self.value });
            return visitor.visit_map(MapDeserializer::new(std::iter::once(entry)));
        }
        match self.value {
            DeValue::String(text) => visitor.visit_borrowed_str(text),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => visitor.visit_i64(number),
                // Larger than any key takes.
                Err(_) => Err(de::Error::invalid_type(self.unexpected(), &visitor)),
            },
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => visitor.visit_f64(number),
                Err(_) => Err(de::Error::invalid_type(self.unexpected(), &visitor)),
            },
            DeValue::Boolean(value) => visitor.visit_bool(*value),
            DeValue::Datetime(_) => Err(de::Error::invalid_type(self.unexpected(), &visitor)),
            DeValue::Array(array) => {
                let elements = array.iter().map(|value| Node { keys: &[], value: value.get_ref() });
                visitor.visit_seq(SeqDeserializer::new(elements))
            }
            DeValue::Table(table) => {
                let entries = table
                    .iter()
                    .map(|(key, value)| (key.get_ref().as_ref(), Node { keys: &[], value: value.get_ref() }));
                visitor.visit_map(MapDeserializer::new(entries))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    /// A table only: serde would also take an array for a struct, by position.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if self.is_table() {
            self.deserialize_any(visitor)
        } else {
            Err(de::Error::invalid_type(self.unexpected(), &visitor))
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        values: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value {
            DeValue::String(text) if self.keys.is_empty() => {
                visitor.visit_enum(text.as_ref().into_deserializer())
            }
            _ => {
                let quoted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
                Err(de::Error::invalid_type(
                    self.unexpected(),
                    &format!("one of {}", quoted.join(", ")).as_str(),
                ))
            }
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}
