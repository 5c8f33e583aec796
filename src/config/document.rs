//! The TOML text with the place of every key and value.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Diagnostic, Error, ErrorKind, Place};
use super::node;

/// A file's text, parsed but not yet understood.
pub(super) struct Document<'t> {
    origin: &'t str,
    text: &'t str,
    root: DeValue<'t>,
}

/// Where a key and its value stand, in bytes.
struct Entry {
    key: Range<usize>,
    value: Range<usize>,
}

impl<'t> Document<'t> {
    /// Parses `text`; `origin` names it in errors.
    pub(super) fn parse(origin: &'t str, text: &'t str) -> Result<Self, Error> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { origin, text, root: DeValue::Table(root.into_inner()) }),
            Err(error) => {
                let place = match error.span() {
                    Some(span) => Place::in_text(origin, text, span),
                    None => Place::of(origin),
                };
                let message = format!("not valid TOML: {}", one_line(error.message()));
                Err(Diagnostic::new(ErrorKind::Syntax, place, message).into())
            }
        }
    }

    /// The whole document as a `T`.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        node::read(&[], &self.root).map_err(|fault| {
            let place = if fault.is_about_the_key() {
                self.place_of_key(&fault.path)
            } else {
                self.place_of_value(&fault.path)
            };
            fault.into_diagnostic(place).into()
        })
    }

    /// The table at the top level that `key` names.
    pub(super) fn table(&self, key: &str) -> Option<&DeTable<'t>> {
        self.root.as_table()?.get(key)?.get_ref().as_table()
    }

    /// The whole file.
    pub(super) fn place(&self) -> Place {
        Place::of(self.origin)
    }

    /// The bytes `span`.
    pub(super) fn place_of_span(&self, span: Range<usize>) -> Place {
        Place::in_text(self.origin, self.text, span)
    }

    /// The bytes `within` of a string whose value stands at `span`; all of it where it is written with escapes.
    pub(super) fn place_in_string(&self, span: Range<usize>, string: &str, within: Range<usize>) -> Place {
        let written = self.text.get(span.clone()).and_then(|literal| literal.find(string));
        self.place_of_span(match written {
            Some(offset) if !within.is_empty() => {
                let start = span.start + offset;
                start + within.start..start + within.end
            }
            _ => span,
        })
    }

    /// The value at `path`, where it has one.
    pub(super) fn place_if_set(&self, path: &[String]) -> Option<Place> {
        find(&self.root, path).map(|entry| self.place_of_span(entry.value))
    }

    /// The key at `path`, or the file where it has none.
    pub(super) fn place_of_key(&self, path: &[String]) -> Place {
        find(&self.root, path).map_or_else(|| self.place(), |entry| self.place_of_span(entry.key))
    }

    /// The value at `path`, or the file where it has none.
    pub(super) fn place_of_value(&self, path: &[String]) -> Place {
        self.place_if_set(path).unwrap_or_else(|| self.place())
    }
}

/// A parser's message of several lines on one.
pub(super) fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join("; ")
}

/// Whether `keys… = value` sets something at `path`.
pub(super) fn sets(keys: &[String], value: &DeValue<'_>, path: &[String]) -> bool {
    let shared = keys.len().min(path.len());
    let (shared, rest) = path.split_at(shared);
    keys.starts_with(shared) && (rest.is_empty() || find(value, rest).is_some())
}

/// The entry at `path`: keys, and decimal indices within arrays.
fn find(root: &DeValue<'_>, path: &[String]) -> Option<Entry> {
    let mut value = root;
    let mut found = None;
    for segment in path {
        let (key, next): (Range<usize>, &Spanned<DeValue<'_>>) = match value {
            DeValue::Table(table) => {
                let (key, next) = table.get_key_value(segment.as_str())?;
                (key.span(), next)
            }
            DeValue::Array(array) => {
                let next = array.get(segment.parse::<usize>().ok()?)?;
                (next.span(), next)
            }
            _ => return None,
        };
        found = Some(Entry { key, value: next.span() });
        value = next.get_ref();
    }
    found
}
