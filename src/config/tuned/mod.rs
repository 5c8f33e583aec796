//! Tuned choices: per device name, what was quickest for some problems, and how another problem takes from them what its
//! configuration leaves open (`algorithm.defaults = "tuned"`).
//!
//! The tables in `configs/tuned/` are part of the binary, so that the commit in each row says which choices there were.

mod nearest;
mod table;
#[cfg(test)]
mod tests;

pub use table::{Choice, Table};

use include_dir::{Dir, include_dir};

use super::experiment::{Experiment, UNTUNED};
use super::factors::Defaults;
use super::layer::Layer;
use super::settings::Factors;
use super::{resolve, rules};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/configs/tuned");

/// Doublings beyond which another problem says nothing of this one.
const FARTHEST: f64 = 4.0;

/// The tuned choices that experiments are resolved with: those of one device, or none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tuned {
    choices: Vec<Choice>,
}

impl Tuned {
    /// The choices of the device called `name` in this binary; none where it has no table.
    pub fn of_device(name: &str) -> Self {
        tables().find(|table| table.device == name).map(Self::from).unwrap_or_default()
    }

    /// Whether there is nothing to choose.
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// The experiment that `factors` describe. Where they ask for tuned values, what they leave open is that of the
    /// nearest choice whose every value agrees with them.
    ///
    /// # Errors
    /// The required keys that are unset.
    pub(super) fn experiment(
        &self,
        name: String,
        variant: String,
        factors: &Factors,
    ) -> Result<Experiment, Vec<&'static str>> {
        let fixed = resolve::experiment(name.clone(), variant.clone(), factors)?;
        let defaults = factors.algorithm.as_ref().and_then(|table| table.defaults);
        if defaults != Some(Defaults::Tuned) {
            return Ok(fixed);
        }
        let mut near: Vec<(f64, &Choice)> = self
            .choices
            .iter()
            .filter_map(|choice| Some((choice.distance(&fixed)?, choice)))
            .filter(|(distance, choice)| *distance <= FARTHEST && choice.agrees_with(factors, &fixed))
            .collect();
        near.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        for (_, choice) in near {
            let with = resolve::experiment(name.clone(), variant.clone(), &choice.factors.under(factors))?;
            if rules::check(&with).is_empty() {
                return Ok(Experiment { tuned_from: Some(choice.name().to_owned()), ..with });
            }
        }
        Ok(Experiment { tuned_from: Some(UNTUNED.to_owned()), ..fixed })
    }
}

impl From<Table> for Tuned {
    fn from(table: Table) -> Self {
        Self { choices: table.choices }
    }
}

/// The tables in this binary.
fn tables() -> impl Iterator<Item = Table> {
    let files =
        EMBEDDED.files().filter(|file| file.path().extension().is_some_and(|ending| ending == "toml"));
    files.map(|file| {
        let text = file.contents_utf8().expect("a committed table is UTF-8");
        Table::parse(text, &file.path().display().to_string())
            .expect("a committed table is valid, as a test holds")
    })
}
