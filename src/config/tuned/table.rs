//! A file of tuned choices: read, changed and written in one canonical form.

use std::fmt::Write;
use std::path::Path;

use super::nearest::distance;
use crate::config::diagnostics::{Diagnostic, Error, ErrorKind};
use crate::config::document::Document;
use crate::config::experiment::Experiment;
use crate::config::factors::{AlgorithmKind, Arithmetic, Dtype, FilterReuse, StopAfter};
use crate::config::layer::Layer;
use crate::config::overrides::Overrides;
use crate::config::settings::{ChoiceTable, Factors, TunedFile};
use crate::config::{mixture, read_text, resolve, write};
use crate::winograd::Problem;

/// What was quickest for one problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its problem, and every factor.
    experiment: Experiment,
    /// The factors that it sets where it is used.
    pub(super) factors: Factors,
    rel_error: Option<f64>,
}

/// What two choices of one table cannot share: what is computed, whose filter is transformed when, in which arithmetic.
type Key = (Problem, Dtype, FilterReuse, Arithmetic);

impl Choice {
    /// The choice that `experiment` is, which had this relative error.
    fn new(experiment: &Experiment, rel_error: Option<f64>) -> Result<Self, Error> {
        let chosen = write::settings(experiment).into_iter().filter(|(key, _)| is_chosen(key));
        let settings: Vec<String> = chosen.map(|(key, value)| format!("{key}={value}")).collect();
        let factors = Overrides::parse(&settings)?.factors;
        let name = name(experiment);
        let experiment =
            Experiment { name: name.clone(), variant: name, tuned_from: None, ..experiment.clone() };
        Ok(Self { experiment, factors, rel_error })
    }

    /// What it is called in results: its problem.
    pub fn name(&self) -> &str {
        &self.experiment.name
    }

    /// How far its problem is from that of `experiment`, in doublings; `None` where the two compute differently.
    pub(super) fn distance(&self, experiment: &Experiment) -> Option<f64> {
        let how = |e: &Experiment| (e.dtype, e.filter_reuse, e.arithmetic);
        let same = how(&self.experiment) == how(experiment);
        if same { distance(&self.experiment.problem, &experiment.problem) } else { None }
    }

    /// Whether it sets nothing else than `factors` do, which describe `experiment`. The baseline has no phases: it cannot
    /// stand for a prefix of them.
    pub(super) fn agrees_with(&self, factors: &Factors, experiment: &Experiment) -> bool {
        let computes = self.experiment.algorithm == AlgorithmKind::Winograd
            || experiment.stop_after == StopAfter::Output;
        computes && !self.factors.conflicts_with(factors)
    }

    fn key(&self) -> Key {
        let Experiment { problem, dtype, filter_reuse, arithmetic, .. } = self.experiment;
        (problem, dtype, filter_reuse, arithmetic)
    }

    /// Smaller problems first, for a file in which each choice has its place.
    fn order(&self) -> [u32; 8] {
        let p = &self.experiment.problem;
        let cached = u32::from(self.experiment.filter_reuse == FilterReuse::Cached);
        let arithmetic = self.experiment.arithmetic as u32;
        [p.in_channels, p.out_channels, p.height, p.width, p.batch, p.padding, cached, arithmetic]
    }
}

/// Whether a choice sets this key. How dispatches are ordered is not a question of speed alone.
fn is_chosen(key: &str) -> bool {
    key != "schedule.barriers"
}

/// `b16_c256_k128_56x56`, and what differs from the defaults besides.
fn name(experiment: &Experiment) -> String {
    let p = &experiment.problem;
    let mut name = format!("b{}_c{}_k{}_{}x{}", p.batch, p.in_channels, p.out_channels, p.height, p.width);
    if p.padding != 1 {
        let _ = write!(name, "_p{}", p.padding);
    }
    if experiment.filter_reuse == FilterReuse::Cached {
        name += "_cached";
    }
    if experiment.arithmetic != Arithmetic::F32 {
        let _ = write!(name, "_{}", experiment.arithmetic);
    }
    name
}

/// The tuned choices of one device, ordered by problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The device's name, as drivers tell it.
    pub device: String,
    pub(super) choices: Vec<Choice>,
}

impl Table {
    /// A table without choices.
    pub fn new(device: &str) -> Self {
        Self { device: device.to_owned(), choices: Vec::new() }
    }

    /// Reads a table; one that is missing has no choices.
    ///
    /// # Errors
    /// As [`Table::parse`], [`ErrorKind::Unreadable`], and [`ErrorKind::Contradiction`] where it is of another device.
    pub fn load(path: &Path, device: &str) -> Result<Self, Error> {
        if !path.exists() {
            return Ok(Self::new(device));
        }
        let (text, origin) = read_text(path)?;
        let table = Self::parse(&text, &origin)?;
        if table.device == device {
            return Ok(table);
        }
        let place = Document::parse(&origin, &text)?.place_of_value(&["device".to_owned()]);
        let message = format!("the table is of `{}`, and what was tuned is of `{device}`", table.device);
        Err(Diagnostic::new(ErrorKind::Contradiction, place, message).into())
    }

    /// Reads the text of a table; `origin` names it in errors.
    ///
    /// # Errors
    /// Those of a configuration: unknown keys, bad values, contradictions; and two choices for one problem.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        let document = Document::parse(origin, text)?;
        let file: TunedFile = document.read()?;
        let Some(device) = file.device else {
            let message = "`device` is required: the name that `winoscope devices` lists";
            return Err(Diagnostic::new(ErrorKind::Key, document.place(), message).into());
        };
        let mut table = Self::new(&device);
        for (index, choice) in file.choice.iter().flatten().enumerate() {
            let path = |keys: &[&str]| -> Vec<String> {
                let keys = keys.iter().map(|key| (*key).to_owned());
                ["choice".to_owned(), index.to_string()].into_iter().chain(keys).collect()
            };
            let refuse = |kind, message: String| {
                Error::from(Diagnostic::new(kind, document.place_of_value(&path(&[])), message))
            };
            let experiment = experiment(choice).map_err(|(kind, message)| refuse(kind, message))?;
            let choice = Choice::new(&experiment, choice.rel_error.map(|error| error.get()))?;
            if table.choices.iter().any(|other| other.key() == choice.key()) {
                let message = format!("`{}` has a choice already", choice.name());
                return Err(refuse(ErrorKind::Value, message));
            }
            table.insert(choice);
        }
        Ok(table)
    }

    /// Puts in what was quickest for the problem of `experiment`, in place of what was there for it.
    ///
    /// # Errors
    /// None that an experiment of a configuration has.
    pub fn put(&mut self, experiment: &Experiment, rel_error: Option<f64>) -> Result<(), Error> {
        let choice = Choice::new(experiment, rel_error)?;
        self.choices.retain(|other| other.key() != choice.key());
        self.insert(choice);
        Ok(())
    }

    fn insert(&mut self, choice: Choice) {
        let at = self.choices.partition_point(|other| other.order() < choice.order());
        self.choices.insert(at, choice);
    }

    /// The file's text, the same for the same choices.
    pub fn to_toml(&self) -> String {
        let device = &self.device;
        let mut text = format!(
            "# Tuned choices on {device}, written by `winoscope tune --table`; docs/tuning.md says how they are used.\n\n\
             device = {}\n",
            toml::Value::from(device.as_str())
        );
        for Choice { experiment, rel_error, .. } in &self.choices {
            let sizes: Vec<String> =
                write::sizes(experiment).into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
            let _ = write!(text, "\n[[choice]]\nproblem = {{ {} }}\n", sizes.join(", "));
            if let Some(error) = rel_error {
                let _ = writeln!(text, "rel_error = {error:.2e}");
            }
            let chosen = write::settings(experiment).into_iter().filter(|(key, _)| is_chosen(key));
            text += &write::lines(chosen.collect());
        }
        text
    }
}

/// The experiment that a choice describes, or what is wrong with it.
fn experiment(choice: &ChoiceTable) -> Result<Experiment, (ErrorKind, String)> {
    let factors = choice.factors();
    let is_set = |set: bool, key: &str| if set { vec![key.to_owned()] } else { Vec::new() };
    let schedule = factors.schedule.clone().unwrap_or_default();
    let algorithm = factors.algorithm.clone().unwrap_or_default();
    let foreign = [
        is_set(schedule.stop_after.is_some(), "schedule.stop_after"),
        is_set(schedule.consume.is_some(), "schedule.consume"),
        is_set(schedule.barriers.is_some(), "schedule.barriers"),
        is_set(algorithm.defaults.is_some(), "algorithm.defaults"),
        is_set(factors.measure.is_some(), "measure"),
    ]
    .concat();
    if !foreign.is_empty() {
        let message =
            format!("a tuned choice is of a whole convolution and cannot set {}", foreign.join(", "));
        return Err((ErrorKind::Key, message));
    }
    if algorithm.kind.is_none() {
        return Err((ErrorKind::Key, "a tuned choice needs `algorithm.kind`".to_owned()));
    }
    let experiment = resolve::experiment(String::new(), String::new(), &Factors::default().under(&factors))
        .map_err(|missing| {
        (ErrorKind::Key, format!("a tuned choice needs `{}`", missing.join("`, `")))
    })?;
    match mixture::refusal(&experiment) {
        Some(refusal) => Err((ErrorKind::Contradiction, refusal)),
        None => Ok(experiment),
    }
}
