//! Values that are checked as they are read: names, the padding, block sizes and measures.

use schemars::JsonSchema;
use serde::Deserialize;

/// A name that can be part of a file name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

impl Name {
    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty() {
            Err("a name has at least one character".to_owned())
        } else if let Some(other) = name.chars().find(|&c| !allowed(c)) {
            Err(format!("{name:?} has {other:?}; expected letters, digits, `_`, `-` and `.` only"))
        } else if name.starts_with(['-', '.']) {
            Err(format!("{name:?} must begin with a letter, a digit or `_`: files are named after it"))
        } else {
            Ok(Self(name))
        }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        name.0
    }
}

impl JsonSchema for Name {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]*$" })
    }
}

/// Zero rows and columns added on every side of the input: 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct Padding(u32);

impl Padding {
    /// The default, which keeps the output as large as the input.
    pub const SAME: Self = Self(1);

    /// Rows on each side.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<i64> for Padding {
    type Error = String;

    fn try_from(rows: i64) -> Result<Self, String> {
        match rows {
            0 => Ok(Self(0)),
            1 => Ok(Self(1)),
            _ => Err(format!("padding {rows} has no kernels; expected 0 or 1")),
        }
    }
}

impl JsonSchema for Padding {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Padding".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "enum": [0, 1] })
    }
}

/// Declares a whole number within bounds.
macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident, $least:literal to $most:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "i64")]
        pub struct $name(u32);

        impl $name {
            /// The largest.
            pub const MAX: u32 = $most;

            /// The number.
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = String;

            fn try_from(number: i64) -> Result<Self, String> {
                match u32::try_from(number) {
                    Ok(number @ $least..=$most) => Ok(Self(number)),
                    _ => Err(format!(
                        concat!("{} is out of range; expected a whole number from ", $least, " to ", $most),
                        number
                    )),
                }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "integer", "minimum": $least, "maximum": $most })
            }
        }
    };
}

bounded! {
    /// How much a workgroup or an invocation owns along one axis, or a workgroup's invocations.
    Extent, 1 to 1024
}

bounded! {
    /// Passes of a transform.
    Passes, 1 to 2
}

bounded! {
    /// Floats left free after each row in shared memory.
    RowPadding, 0 to 32
}

/// Floats per load and store: what a GLSL scalar, vec2 or vec4 holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct VectorWidth(u32);

impl VectorWidth {
    const ALL: [u32; 3] = [1, 2, 4];

    /// The number of floats.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<i64> for VectorWidth {
    type Error = String;

    fn try_from(floats: i64) -> Result<Self, String> {
        let width = Self::ALL.into_iter().find(|&width| i64::from(width) == floats);
        width
            .map(Self)
            .ok_or_else(|| format!("there is no vector of {floats} floats; expected one of 1, 2, 4"))
    }
}

impl JsonSchema for VectorWidth {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "VectorWidth".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "enum": Self::ALL })
    }
}

/// Declares a finite number with a lower bound.
macro_rules! measure {
    ($(#[$doc:meta])* $name:ident, $holds:expr, $expected:literal, $bound:literal: $limit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
        #[serde(try_from = "f64")]
        pub struct $name(f64);

        impl $name {
            /// The number.
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = String;

            fn try_from(number: f64) -> Result<Self, String> {
                let holds: fn(f64) -> bool = $holds;
                if number.is_finite() && holds(number) {
                    Ok(Self(number))
                } else {
                    Err(format!(concat!("{} is out of range; expected ", $expected), number))
                }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "number", $bound: $limit })
            }
        }
    };
}

measure! {
    /// A finite number above 0.
    Positive, |number| number > 0.0, "a finite number above 0", "exclusiveMinimum": 0
}

measure! {
    /// A finite number, 0 or above.
    NotNegative, |number| number >= 0.0, "a finite number, 0 or above", "minimum": 0
}

measure! {
    /// A finite number above 1.
    Multiple, |number| number > 1.0, "a finite number above 1", "exclusiveMinimum": 1
}
