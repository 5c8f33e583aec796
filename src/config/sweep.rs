//! `[sweep]`: the axes that variants are crossed with, each value checked where it stands.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Diagnostic, Error, ErrorKind, Place};
use super::document::{self, Document};
use super::layer::Layer;
use super::settings::Factors;
use super::{node, schema};

/// The key of [`Restriction`](super::restriction::Restriction), which is no axis.
pub(super) const WHERE: &str = "where";

/// The key of [`Together`](super::together::Together), which is no axis.
pub(super) const TOGETHER: &str = "together";

/// That the file has a `[sweep]` table. What it holds is read by [`axes`], which knows the places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sweep;

impl<'de> Deserialize<'de> for Sweep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table;

        impl<'de> Visitor<'de> for Table {
            type Value = Sweep;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a table of dotted keys, each with an array of its values, `where` and `together`",
                )
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sweep, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Sweep)
            }
        }

        deserializer.deserialize_map(Table)
    }
}

impl JsonSchema for Sweep {
    fn schema_name() -> Cow<'static, str> {
        "Sweep".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema::sweep()
    }
}

/// One axis of the sweep.
#[derive(Debug)]
pub(super) struct Axis<'d> {
    /// The dotted key.
    pub(super) key: String,
    /// What stands for the key in experiments' names: its last segment, or as many as tell it from others.
    pub(super) short: String,
    /// In file order, at least one.
    pub(super) points: Vec<Point<'d>>,
    keys: Vec<String>,
    span: Range<usize>,
}

/// One value of an axis.
#[derive(Debug)]
pub(super) struct Point<'d> {
    /// The value, as the names of experiments have it.
    pub(super) label: String,
    /// The settings that the value makes.
    pub(super) factors: Factors,
    value: &'d DeValue<'d>,
    span: Range<usize>,
}

impl Axis<'_> {
    /// The axis' key in the file.
    pub(super) fn place(&self, document: &Document<'_>) -> Place {
        document.place_of_span(self.span.clone())
    }

    /// The place of `point`, if it sets something at `path`.
    pub(super) fn place_if_set(
        &self,
        point: &Point<'_>,
        path: &[String],
        document: &Document<'_>,
    ) -> Option<Place> {
        document::sets(&self.keys, point.value, path).then(|| document.place_of_span(point.span.clone()))
    }
}

/// The document's axes in file order.
pub(super) fn axes<'d>(document: &'d Document<'_>) -> Result<Vec<Axis<'d>>, Error> {
    let mut found = Vec::new();
    if let Some(table) = document.table("sweep") {
        collect(table, &[], document, &mut found)?;
    }
    for (i, axis) in found.iter().enumerate() {
        for earlier in &found[..i] {
            check_pair(earlier, axis, document)?;
        }
    }
    let shorts: Vec<String> = (0..found.len()).map(|i| short(&found, i)).collect();
    for (axis, short) in found.iter_mut().zip(shorts) {
        axis.short = short;
    }
    Ok(found)
}

/// Collects the axes of `table`. A key without quotes makes tables, which are walked down to the arrays.
fn collect<'d>(
    table: &'d DeTable<'_>,
    above: &[String],
    document: &'d Document<'_>,
    found: &mut Vec<Axis<'d>>,
) -> Result<(), Error> {
    for (key, value) in table.iter() {
        if above.is_empty() && matches!(key.get_ref().as_ref(), WHERE | TOGETHER) {
            continue;
        }
        let keys: Vec<String> =
            above.iter().cloned().chain(key.get_ref().split('.').map(str::to_owned)).collect();
        let refuse = |kind, span, message: String| {
            Err(Diagnostic::new(kind, document.place_of_span(span), message).into())
        };
        let dotted = keys.join(".");
        if let Some(why) = why_not_an_axis(&keys) {
            return refuse(ErrorKind::Key, key.span(), format!("`{dotted}` is not an axis: {why}"));
        }
        match value.get_ref() {
            DeValue::Table(table) => collect(table, &keys, document, found)?,
            DeValue::Array(values) if values.is_empty() => {
                return refuse(ErrorKind::Value, value.span(), format!("axis `{dotted}` has no values"));
            }
            DeValue::Array(values) => {
                let mut points: Vec<Point<'d>> = Vec::with_capacity(values.len());
                for value in values.iter() {
                    let factors: Factors = node::read(&keys, value.get_ref()).map_err(|fault| {
                        let span = if fault.is_about_the_key() && fault.path.len() <= keys.len() {
                            key.span()
                        } else {
                            value.span()
                        };
                        fault.into_diagnostic(document.place_of_span(span))
                    })?;
                    let label = label(value.get_ref());
                    if points.iter().any(|earlier| earlier.factors == factors) {
                        let message = format!("axis `{dotted}` has the value `{label}` twice");
                        return refuse(ErrorKind::Value, value.span(), message);
                    }
                    points.push(Point { label, factors, value: value.get_ref(), span: value.span() });
                }
                found.push(Axis { key: dotted, short: String::new(), points, keys, span: key.span() });
            }
            _ => {
                let message = format!("axis `{dotted}` needs an array of values");
                return refuse(ErrorKind::Value, value.span(), message);
            }
        }
    }
    Ok(())
}

/// Why experiments of one configuration cannot differ in this key, where it is none that a factor has.
fn why_not_an_axis(keys: &[String]) -> Option<String> {
    match keys {
        [table, key, ..] if table == "measure" && !matches!(key.as_str(), "clock" | "cache") => Some(
            "of how experiments are measured only `measure.clock` and `measure.cache` can be swept, and the rest is \
             the same for all of them"
                .to_owned(),
        ),
        [key, ..] if matches!(key.as_str(), "name" | "variant" | "sweep") => Some(format!(
            "only what an experiment computes and how can be swept, and `{key}` is the same for all of them"
        )),
        _ => None,
    }
}

/// Refuses two axes of which one would overwrite the other.
fn check_pair(earlier: &Axis<'_>, later: &Axis<'_>, document: &Document<'_>) -> Result<(), Error> {
    let refuse = |message: String| {
        Err(Diagnostic::new(ErrorKind::Contradiction, later.place(document), message).into())
    };
    if earlier.key == later.key {
        return refuse(format!("axis `{}` is given twice", later.key));
    }
    let conflict =
        earlier.points.iter().any(|a| later.points.iter().any(|b| a.factors.conflicts_with(&b.factors)));
    if conflict {
        return refuse(format!("axis `{}` sets what axis `{}` sets too", later.key, earlier.key));
    }
    Ok(())
}

/// The last segments of the key, as few as no other axis ends with.
fn short(axes: &[Axis<'_>], index: usize) -> String {
    let keys = &axes[index].keys;
    let suffix = |count: usize| &keys[keys.len() - count..];
    let unique = |count: &usize| {
        axes.iter().enumerate().all(|(other, axis)| other == index || !axis.keys.ends_with(suffix(*count)))
    };
    suffix((1..=keys.len()).find(unique).unwrap_or(keys.len())).join(".")
}

/// The value as text: a string bare, a table as `{key:value,key:value}`.
fn label(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.to_string(), |number| number.to_string()),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(value) => value.to_string(),
        DeValue::Array(values) => {
            let values: Vec<String> = values.iter().map(|value| label(value.get_ref())).collect();
            format!("[{}]", values.join(","))
        }
        DeValue::Table(table) => {
            let entries: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{}:{}", key.get_ref(), label(value.get_ref())))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
    }
}
