//! What the names in an expression stand for.

use toml::de::DeValue;

use super::super::diagnostics::Place;
use super::super::experiment::Experiment;
use super::super::factors::AlgorithmKind;
use super::super::mixture::{self, UNSET};
use super::super::settings::Factors;
use super::super::{node, spelling};

/// What a factor is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Number(i64),
    Word(String),
}

/// Finds a factor's value in an experiment, as the configuration spells it.
type Spelled = fn(&Experiment) -> String;

/// The names that say what is computed and by whose clock. Those that say how are the factors of mixtures.
const WHAT: [(&str, Spelled); 11] = [
    (VARIANT, |e| e.variant.clone()),
    ("problem.batch", |e| e.problem.batch.to_string()),
    ("problem.in_channels", |e| e.problem.in_channels.to_string()),
    ("problem.out_channels", |e| e.problem.out_channels.to_string()),
    ("problem.height", |e| e.problem.height.to_string()),
    ("problem.width", |e| e.problem.width.to_string()),
    ("problem.padding", |e| e.problem.padding.to_string()),
    ("problem.dtype", |e| e.dtype.to_string()),
    ("schedule.stop_after", |e| e.stop_after.to_string()),
    ("measure.clock", |e| e.clock.to_string()),
    ("measure.cache", |e| e.cache.to_string()),
];

/// The variant's name, which is no key below the factors.
const VARIANT: &str = "variant";

/// What has a meaning for the direct baseline: every key that begins so.
const OF_DIRECT: [&str; 6] =
    ["variant", "problem.", "algorithm.kind", "direct.", "schedule.grid", "measure."];

/// A dotted key of the factors, or `variant`.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    name: String,
    spelled: Spelled,
}

impl Factor {
    /// The factor that a name stands for.
    ///
    /// # Errors
    /// A sentence with the nearest name.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let what = WHAT.iter().find(|(known, _)| *known == name).map(|&(_, spelled)| spelled);
        if let Some(spelled) = what.or_else(|| mixture::spelled_by(name)) {
            return Ok(Self { name: name.to_owned(), spelled });
        }
        let known: Vec<&str> = WHAT.iter().map(|&(name, _)| name).chain(mixture::names()).collect();
        let ending = format!(".{name}");
        let meant = known.iter().copied().find(|known| known.ends_with(&ending));
        let hint = meant.or_else(|| spelling::nearest(name, known));
        let hint = hint.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
        Err(format!("`{name}` is not the name of a factor{hint}"))
    }

    /// Its value; `None` where it has no meaning for the algorithm, or the plan chooses.
    pub(super) fn of(&self, experiment: &Experiment) -> Option<Value> {
        let begins = |beginning: &&str| self.name.starts_with(*beginning);
        let has_meaning = match experiment.algorithm {
            AlgorithmKind::Direct => OF_DIRECT.iter().any(begins),
            AlgorithmKind::Winograd => !begins(&"direct."),
        };
        let text = has_meaning.then(|| (self.spelled)(experiment))?;
        match text.parse() {
            Ok(number) if self.name != VARIANT => Some(Value::Number(number)),
            _ => (text != UNSET).then_some(Value::Word(text)),
        }
    }

    /// Whether its values are numbers, which have an order.
    pub(super) fn is_number(&self) -> bool {
        // Every number that a key can be set to begins at one of these.
        self.name != VARIANT
            && [1, 2].iter().any(|&number| self.refuses(&Value::Number(number), &[]).is_none())
    }

    /// Why it can never be equal to a value, if it cannot; `variants` are the names that there are.
    pub(super) fn refuses(&self, value: &Value, variants: &[&str]) -> Option<String> {
        if self.name == VARIANT {
            let known = |text: &str| variants.contains(&text);
            return match value {
                Value::Word(text) if known(text) => None,
                Value::Word(text) => {
                    Some(format!("there is no variant `{text}`; there are {}", variants.join(", ")))
                }
                Value::Number(number) => {
                    Some(format!("there is no variant {number}; a name stands in quotes"))
                }
            };
        }
        let keys: Vec<String> = self.name.split('.').map(str::to_owned).collect();
        let number;
        let value = match value {
            Value::Word(text) => DeValue::String(text.as_str().into()),
            Value::Number(value) => {
                number = value.to_string();
                DeValue::parse(&number).ok()?.into_inner()
            }
        };
        let read = node::read::<Factors>(&keys, &value);
        read.err().map(|fault| fault.into_diagnostic(Place::of(&self.name)).message)
    }
}
