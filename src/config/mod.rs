//! Configuration: a TOML file and command-line overrides become experiments with nothing left to default.
//!
//! The way through, one file each: `document` (text with spans) → `node` (typed reading whose faults are
//! data) → [`settings`] (the file's types) → `overrides` and `sweep` → `expand` (variants × axes, layered by
//! `layer`) → `resolve` (defaults) → `restriction` (what the file leaves out) → `rules` (what contradicts what) →
//! [`Experiment`].

mod base;
mod consumers;
mod diagnostics;
mod document;
mod expand;
pub mod experiment;
pub mod factors;
mod hash;
mod layer;
mod mixture;
mod node;
mod overrides;
mod pairs;
mod resolve;
mod restriction;
mod rules;
mod schema;
pub mod settings;
mod spelling;
mod sweep;
#[cfg(test)]
mod tests;
mod together;
pub mod tuned;
mod values;
pub mod write;

use std::path::Path;

pub use base::Base;
pub use diagnostics::{Diagnostic, Error, ErrorKind, Place};
pub use experiment::{
    Blocks, BufferFactors, DirectBlocks, Experiment, MeasureSettings, MultiplyBlocks, UNTUNED,
};
pub use factors::{
    AlgorithmKind, Arithmetic, Barriers, Cache, Clock, Coefficients, Consume, Defaults, DirectMethod, Dtype,
    Evaluation, FilterReuse, FirstTransform, Grid, Layout, Mapping, Placement, Points, Regions, StopAfter,
    Tile,
};
pub use hash::hash;
pub use mixture::{Change, Group, Incomparable, Mixture, Mixtures};
pub use pairs::Unpaired;
pub use schema::schema;
pub use settings::Settings;
pub use tuned::Tuned;

use document::Document;
use expand::Expansion;
use overrides::Overrides;
use values::Name;

/// A configuration file, resolved: what is run and how it is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// Names the results: letters, digits, `_`, `-` and `.` only.
    pub name: String,
    /// Variants in file order, each crossed with its sweep axes, the last axis fastest; never empty.
    pub experiments: Vec<Experiment>,
    /// The comparison that each experiment belongs to, from 0: those with the same number are measured in turn on one
    /// device, wherever others are.
    pub comparisons: Vec<usize>,
    /// How many points of the product `sweep.where` leaves out.
    pub left_out: usize,
    /// How all of them are measured.
    pub measure: MeasureSettings,
}

impl Configuration {
    /// Reads the file at `path`; see [`Configuration::parse`]. Experiments that ask for tuned values take them from
    /// `tuned`.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`] where the file cannot be read, and those of [`Configuration::parse`].
    pub fn load(path: &Path, overrides: &[String], tuned: &Tuned) -> Result<Self, Error> {
        let (text, origin) = read_text(path)?;
        Self::parse_with(&text, &origin, overrides, tuned)
    }

    /// Reads `text`. `origin` is the file that it came from, or stands for it in errors; its stem is the
    /// configuration's name where the text has none. Each of `overrides` is `key=value`, as in
    /// `problem.height=64`, and wins over variants and sweeps. Nothing is tuned.
    ///
    /// # Errors
    /// All but [`ErrorKind::Unreadable`]. Contradictions and sizes are reported all together; what cannot be
    /// read as TOML or as a known key and value ends the reading at the first.
    pub fn parse(text: &str, origin: &str, overrides: &[String]) -> Result<Self, Error> {
        Self::parse_with(text, origin, overrides, &Tuned::default())
    }

    fn parse_with(text: &str, origin: &str, overrides: &[String], tuned: &Tuned) -> Result<Self, Error> {
        let document = Document::parse(origin, text)?;
        let settings: Settings = document.read()?;
        let overrides = Overrides::parse(overrides)?;
        let name = name(&settings, &overrides, origin)?;
        let measure = resolve::measure_table(settings.measure.as_ref(), overrides.measure.as_ref());
        let Expansion { experiments, comparisons, left_out } =
            expand::experiments(&document, &settings, &measure, &overrides, tuned, name.as_str())?;
        Ok(Self {
            experiments,
            comparisons,
            left_out,
            measure: resolve::measure(&measure),
            name: name.into(),
        })
    }

    /// Leaves those of the experiments that are `wanted` alone.
    pub fn keep(&mut self, wanted: impl Fn(&Experiment) -> bool) {
        let experiments = std::mem::take(&mut self.experiments).into_iter();
        let all = experiments.zip(std::mem::take(&mut self.comparisons));
        (self.experiments, self.comparisons) = all.filter(|(experiment, _)| wanted(experiment)).unzip();
    }
}

/// The text of a TOML file, and what it is called in errors.
fn read_text(path: &Path) -> Result<(String, String), Error> {
    let origin = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Diagnostic::new(ErrorKind::Unreadable, Place::of(&origin), format!("cannot be read: {error}"))
    })?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Diagnostic::new(ErrorKind::Syntax, Place::of(&origin), "is not UTF-8, which TOML must be")
    })?;
    Ok((text, origin))
}

/// What a configuration is called: as overrides, its text or its file say, in this order.
fn name(settings: &Settings, overrides: &Overrides<'_>, origin: &str) -> Result<Name, Error> {
    match overrides.name.as_ref().or(settings.name.as_ref()) {
        Some(name) => Ok(name.clone()),
        None => name_of(origin),
    }
}

/// The file stem of `origin`, where it can name results.
fn name_of(origin: &str) -> Result<Name, Error> {
    let stem = Path::new(origin).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Name::try_from(stem).map_err(|why| {
        let message = format!("has no `name`, and its file's name cannot stand for it: {why}");
        Diagnostic::new(ErrorKind::Value, Place::of(origin), message).into()
    })
}
