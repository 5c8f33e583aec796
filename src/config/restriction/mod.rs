//! `[sweep] where`: which points of the product are experiments, as an expression over the factors.
//!
//! The text is cut into `token`s, which `parse` makes an [`Expression`] of; `factor` says what its names stand for.

mod factor;
mod parse;
mod token;

use std::cmp::Ordering;
use std::ops::Range;

use toml::de::DeValue;

use super::diagnostics::{Diagnostic, Error, ErrorKind, Place};
use super::document::Document;
use super::experiment::Experiment;
use super::sweep;
use factor::{Factor, Value};

/// What the experiments of a sweep must satisfy.
#[derive(Debug)]
pub(super) struct Restriction {
    expression: Expression,
    place: Place,
}

impl Restriction {
    /// The restriction of the document, if it has one. `variants` are the names that `variant` can have.
    ///
    /// # Errors
    /// [`ErrorKind::Value`] where it cannot be understood, with the place in the text.
    pub(super) fn read(document: &Document<'_>, variants: &[&str]) -> Result<Option<Self>, Error> {
        let Some(value) = document.table("sweep").and_then(|table| table.get(sweep::WHERE)) else {
            return Ok(None);
        };
        let place = document.place_of_span(value.span());
        let DeValue::String(text) = value.get_ref() else {
            let message = "`sweep.where` needs a string, as in \"problem.height >= 14\"";
            return Err(Diagnostic::new(ErrorKind::Value, place, message).into());
        };
        let expression = parse::expression(text, variants).map_err(|fault| {
            let place = document.place_in_string(value.span(), text, fault.span);
            Diagnostic::new(ErrorKind::Value, place, format!("`sweep.where`: {}", fault.message))
        })?;
        Ok(Some(Self { expression, place }))
    }

    /// Whether the experiment is one of the sweep's.
    pub(super) fn allows(&self, experiment: &Experiment) -> bool {
        self.expression.holds(experiment)
    }

    /// That no point of the product is left.
    pub(super) fn leaves_nothing(&self, product: usize) -> Diagnostic {
        let message = format!("`sweep.where` leaves none of {product} experiments");
        Diagnostic::new(ErrorKind::Value, self.place.clone(), message)
    }
}

/// What holds for an experiment, or not.
#[derive(Clone, Debug)]
enum Expression {
    /// At least one holds.
    Any(Vec<Expression>),
    /// Each holds.
    All(Vec<Expression>),
    /// It does not hold.
    Not(Box<Expression>),
    /// A factor compared with another or with a constant.
    Compare(Factor, Comparison, Operand),
    /// A factor is equal to one of these.
    In(Factor, Vec<Value>),
}

/// What a factor is compared with.
#[derive(Clone, Debug)]
enum Operand {
    Factor(Factor),
    Constant(Value),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// Whether it orders, which words cannot be.
    fn orders(self) -> bool {
        !matches!(self, Self::Equal | Self::Unequal)
    }

    /// A factor that has no value is unequal to everything and in no order with anything.
    fn holds(self, left: Option<&Value>, right: Option<&Value>) -> bool {
        let equal = left.is_some() && left == right;
        let order = match (left, right) {
            (Some(Value::Number(left)), Some(Value::Number(right))) => Some(left.cmp(right)),
            _ => None,
        };
        match self {
            Self::Equal => equal,
            Self::Unequal => !equal,
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}

impl Expression {
    fn holds(&self, experiment: &Experiment) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(experiment)),
            Self::All(parts) => parts.iter().all(|part| part.holds(experiment)),
            Self::Not(part) => !part.holds(experiment),
            Self::Compare(factor, comparison, operand) => {
                let left = factor.of(experiment);
                match operand {
                    Operand::Factor(other) => comparison.holds(left.as_ref(), other.of(experiment).as_ref()),
                    Operand::Constant(value) => comparison.holds(left.as_ref(), Some(value)),
                }
            }
            Self::In(factor, values) => factor.of(experiment).is_some_and(|value| values.contains(&value)),
        }
    }
}

/// Why an expression is refused, and the bytes of it that are to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    span: Range<usize>,
    message: String,
}

impl Fault {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}
