//! `[sweep] together`: which experiments of a sweep are compared with one another, and so share a process.

use std::collections::HashMap;

use toml::de::DeValue;

use super::diagnostics::{Diagnostic, Error, ErrorKind};
use super::document::Document;
use super::experiment::Experiment;
use super::sweep::{self, Axis, Point};

/// What stands for the variants among the axes.
const VARIANT: &str = "variant";

/// Numbers the comparisons of a sweep.
#[derive(Debug)]
pub(super) struct Together {
    rule: Rule,
    numbers: HashMap<String, usize>,
}

#[derive(Debug)]
enum Rule {
    /// Each experiment stands alone.
    Alone,
    /// All of a problem: `measure.give_up_at` is about the best of those that are measured in turn.
    OfAProblem,
    /// Those that differ in nothing but these axes.
    Along(Vec<String>),
}

impl Together {
    /// What the document says; `gives_up` is whether sampling ends early by a comparison with others.
    ///
    /// # Errors
    /// [`ErrorKind::Value`] where it is no array of the axes' names and `variant`.
    pub(super) fn read(document: &Document<'_>, axes: &[Axis<'_>], gives_up: bool) -> Result<Self, Error> {
        let rule = match document.table("sweep").and_then(|table| table.get(sweep::TOGETHER)) {
            None if gives_up => Rule::OfAProblem,
            None => Rule::Alone,
            Some(value) => {
                let refuse = |span, message: String| {
                    Error::from(Diagnostic::new(ErrorKind::Value, document.place_of_span(span), message))
                };
                let DeValue::Array(names) = value.get_ref() else {
                    let message = "`sweep.together` needs an array of the axes' names, or `variant`";
                    return Err(refuse(value.span(), message.to_owned()));
                };
                let known: Vec<&str> = axes.iter().map(|axis| axis.key.as_str()).chain([VARIANT]).collect();
                let name = |name: &toml::Spanned<DeValue<'_>>| match name.get_ref() {
                    DeValue::String(text) if known.contains(&text.as_ref()) => Ok(text.to_string()),
                    _ => Err(refuse(
                        name.span(),
                        format!("`sweep.together` is of {}, and this is none of them", known.join(", ")),
                    )),
                };
                Rule::Along(names.iter().map(name).collect::<Result<_, _>>()?)
            }
        };
        Ok(Self { rule, numbers: HashMap::new() })
    }

    /// The number of the comparison that an experiment belongs to.
    pub(super) fn number(&mut self, experiment: &Experiment, points: &[(&Axis<'_>, &Point<'_>)]) -> usize {
        let key = match &self.rule {
            Rule::Alone => experiment.name.clone(),
            Rule::OfAProblem => format!("{:?} {}", experiment.problem, experiment.dtype),
            Rule::Along(names) => {
                let is_named = |name: &str| names.iter().any(|known| known == name);
                let variant = if is_named(VARIANT) { "" } else { &experiment.variant };
                let fixed = points.iter().filter(|(axis, _)| !is_named(&axis.key));
                fixed.fold(variant.to_owned(), |key, (axis, point)| {
                    format!("{key}/{}={}", axis.key, point.label)
                })
            }
        };
        let next = self.numbers.len();
        *self.numbers.entry(key).or_insert(next)
    }
}
