//! `--set key=value`: settings from the command line, which win over everything in the file.

use toml::de::DeValue;

use super::diagnostics::{Diagnostic, Error, ErrorKind, Place};
use super::document::{self, one_line};
use super::layer::Layer;
use super::node;
use super::settings::{Factors, MeasureTable, OverrideTable};
use super::values::Name;

/// All overrides together, a later one over an earlier one.
#[derive(Debug, Default)]
pub(super) struct Overrides<'t> {
    pub(super) name: Option<Name>,
    pub(super) measure: Option<MeasureTable>,
    pub(super) factors: Factors,
    given: Vec<Override<'t>>,
}

/// One override as given.
#[derive(Debug)]
struct Override<'t> {
    place: Place,
    keys: Vec<String>,
    value: DeValue<'t>,
}

impl<'t> Overrides<'t> {
    /// Reads each `key=value`.
    pub(super) fn parse(texts: &'t [String]) -> Result<Self, Error> {
        let mut all = Self::default();
        for text in texts {
            let given = Override::parse(text)?;
            let settings: OverrideTable = node::read(&given.keys, &given.value)
                .map_err(|fault| fault.into_diagnostic(given.place.clone()))?;
            all.factors.lay(&settings.factors());
            all.measure.lay(&settings.measure);
            all.name = settings.name.or(all.name);
            all.given.push(given);
        }
        Ok(all)
    }

    /// The last override that sets something at `path`.
    pub(super) fn place_if_set(&self, path: &[String]) -> Option<Place> {
        let sets = |given: &&Override<'_>| document::sets(&given.keys, &given.value, path);
        self.given.iter().rev().find(sets).map(|given| given.place.clone())
    }

    /// The last override that conflicts with `factors`.
    pub(super) fn place_of_conflict(&self, factors: &Factors) -> Option<Place> {
        let conflicts = |given: &&Override<'_>| {
            node::read(&given.keys, &given.value)
                .is_ok_and(|table: OverrideTable| table.factors().conflicts_with(factors))
        };
        self.given.iter().rev().find(conflicts).map(|given| given.place.clone())
    }
}

impl<'t> Override<'t> {
    fn parse(text: &'t str) -> Result<Self, Error> {
        let place = Place::of(&format!("--set {text}"));
        let refuse = |kind, message| Error::from(Diagnostic::new(kind, place.clone(), message));
        let Some((key, value)) = text.split_once('=') else {
            return Err(refuse(ErrorKind::Value, "expected key=value, as in problem.height=64".to_owned()));
        };
        let keys: Vec<String> = key.split('.').map(|key| key.trim().to_owned()).collect();
        if keys.iter().any(String::is_empty) {
            let message = "expected a dotted key before the `=`, as in problem.height".to_owned();
            return Err(refuse(ErrorKind::Key, message));
        }
        let value = value.trim();
        let value = match DeValue::parse(value) {
            Ok(value) => value.into_inner(),
            // A shell takes the quotes away: a word that is no other TOML value is a string.
            Err(_) if is_bare_word(value) => DeValue::String(value.into()),
            Err(error) => {
                let message = format!("the value is not valid TOML: {}", one_line(error.message()));
                return Err(refuse(ErrorKind::Syntax, message));
            }
        };
        Ok(Self { place, keys, value })
    }
}

fn is_bare_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
