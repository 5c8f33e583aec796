//! One candidate: what it sets of what the problem's file leaves open, and what that is called.

use std::collections::BTreeMap;

use crate::config::{Experiment, write};

/// Settings by their keys, their values as `--set` takes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    settings: BTreeMap<String, String>,
}

/// Keys in the order in which a label has them, with what stands before their values there. Of a placement its first
/// letter alone stands, without a key.
const LABELS: [(&str, &str); 31] = [
    ("algorithm.tile", "f"),
    ("algorithm.points", ""),
    ("buffers.xhat.placement", ""),
    ("buffers.ghat.placement", ""),
    ("buffers.mhat.placement", ""),
    ("multiply.mapping", ""),
    ("multiply.block.filters", "k"),
    ("multiply.block.tiles", "p"),
    ("multiply.block.channels", "c"),
    ("multiply.thread.filters", "tk"),
    ("multiply.thread.tiles", "tp"),
    ("multiply.thread.positions", "tq"),
    ("multiply.vector", "v"),
    ("multiply.padding", "pad"),
    ("multiply.turns", "t"),
    ("multiply.partial_sums", "s"),
    ("multiply.splits", "z"),
    ("direct.method", ""),
    ("direct.block.filters", "k"),
    ("direct.block.rows", "y"),
    ("direct.block.columns", "x"),
    ("direct.block.channels", "c"),
    ("direct.thread.filters", "tk"),
    ("direct.thread.columns", "tx"),
    ("direct.teams", "g"),
    ("transforms.vector", "o"),
    ("transforms.input_tiles", "i"),
    ("transforms.filter_passes", "u"),
    ("schedule.workgroup", "w"),
    ("schedule.first", "first_"),
    ("schedule.grid", ""),
];

impl Candidate {
    /// The candidate with these settings.
    pub fn new<K: Into<String>, V: ToString>(settings: impl IntoIterator<Item = (K, V)>) -> Self {
        let settings = settings.into_iter().map(|(key, value)| (key.into(), value.to_string()));
        Self { settings: settings.collect() }
    }

    /// The candidate that `experiment` is, where `plain` is the one that sets nothing. The tile and placements are
    /// set all the same.
    pub fn of(experiment: &Experiment, plain: &Experiment) -> Self {
        let plain = write::settings(plain);
        let own = write::settings(experiment).into_iter().filter(|setting| {
            setting.0.ends_with(".tile") || setting.0.ends_with(".placement") || !plain.contains(setting)
        });
        Self::new(own.map(|(key, value)| (key, value.trim_matches('"').to_owned())))
    }

    /// The same with these settings instead or besides.
    pub fn with<V: ToString>(&self, settings: impl IntoIterator<Item = (&'static str, V)>) -> Self {
        let mut changed = self.clone();
        changed.settings.extend(settings.into_iter().map(|(key, value)| (key.to_owned(), value.to_string())));
        changed
    }

    /// The same with the values that `experiment` has of its settings, where the problem's file fixes others; without what
    /// then has no meaning.
    pub fn as_in(&self, experiment: &Experiment) -> Self {
        let own = write::settings(experiment).into_iter().filter(|(key, _)| self.settings.contains_key(*key));
        Self::new(own.map(|(key, value)| (key, value.trim_matches('"').to_owned())))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str)
    }

    /// Each setting as `key=value`.
    pub fn settings(&self) -> Vec<String> {
        self.settings.iter().map(|(key, value)| format!("{key}={value}")).collect()
    }

    /// What it is called: a plain name, the same for the same settings, another for others.
    pub fn label(&self) -> String {
        let mut parts = Vec::new();
        if self.get("algorithm.kind") == Some("direct") {
            parts.push("direct".to_owned());
        }
        let mut placements = String::new();
        for (key, prefix) in LABELS {
            let Some(value) = self.get(key) else { continue };
            if key.ends_with(".placement") {
                placements.extend(value.chars().next());
                if key == "buffers.mhat.placement" {
                    parts.push(std::mem::take(&mut placements));
                }
            } else {
                parts.push(format!("{prefix}{value}"));
            }
        }
        let is_other =
            |key: &&String| *key != "algorithm.kind" && !LABELS.iter().any(|(known, _)| known == key);
        let others = self.settings.keys().filter(is_other);
        parts.extend(others.map(|key| format!("{key}.{}", self.settings[key])));
        if parts.is_empty() { "plain".to_owned() } else { parts.join("_") }
    }
}
