//! Mixtures of two experiments: some of the factors in which they differ from one, the rest from the other.
//!
//! One table lists every factor by its configuration key; a test holds it against the fields of [`Experiment`].

use serde::Serialize;

use super::diagnostics::{ErrorKind, Place};
use super::experiment::Experiment;
use super::values::Name;
use super::{rules, spelling};

/// More factors would make more than 2¹⁰ mixtures.
pub const MAX_FACTORS: usize = 10;

/// A configuration key that changes how, never what, is computed.
struct Key {
    name: &'static str,
    /// Its value as the configuration spells it.
    value: fn(&Experiment) -> String,
    /// Takes its value from the first into the second.
    take: fn(&Experiment, &mut Experiment),
}

/// Declares the table: key and field of each factor.
macro_rules! keys {
    ($($name:literal => $first:ident $(.$rest:ident)*,)+) => {
        /// Every factor, in the order in which tables list them.
        const KEYS: &[Key] = &[$(Key {
            name: $name,
            value: |experiment| spelled(&experiment.$first$(.$rest)*),
            take: |from, to| to.$first$(.$rest)* = from.$first$(.$rest)*,
        },)+];

        /// The paths of their fields in [`Experiment`].
        #[cfg(test)]
        pub(super) const FIELDS: &[&str] =
            &[$(concat!(stringify!($first) $(, ".", stringify!($rest))*),)+];
    };
}

keys! {
    "algorithm.kind" => algorithm,
    "algorithm.tile" => tile,
    "algorithm.points" => points,
    "buffers.xhat.placement" => xhat.placement,
    "buffers.xhat.layout" => xhat.layout,
    "buffers.ghat.placement" => ghat.placement,
    "buffers.ghat.layout" => ghat.layout,
    "buffers.mhat.placement" => mhat.placement,
    "buffers.mhat.layout" => mhat.layout,
    "transforms.evaluation" => evaluation,
    "transforms.coefficients" => coefficients,
    "transforms.vector" => blocks.output_vector,
    "transforms.input_tiles" => blocks.input_tiles,
    "transforms.filter_passes" => blocks.filter_passes,
    "multiply.mapping" => mapping,
    "multiply.arithmetic" => arithmetic,
    "multiply.block.filters" => blocks.multiply.filters,
    "multiply.block.tiles" => blocks.multiply.tiles,
    "multiply.block.channels" => blocks.multiply.channels,
    "multiply.thread.filters" => blocks.multiply.thread_filters,
    "multiply.thread.tiles" => blocks.multiply.thread_tiles,
    "multiply.thread.positions" => blocks.multiply.thread_positions,
    "multiply.vector" => blocks.multiply.vector,
    "multiply.padding" => blocks.multiply.padding,
    "multiply.turns" => blocks.multiply.turns,
    "multiply.partial_sums" => blocks.multiply.partial_sums,
    "multiply.splits" => blocks.multiply.splits,
    "direct.method" => blocks.direct.method,
    "direct.block.filters" => blocks.direct.filters,
    "direct.block.rows" => blocks.direct.rows,
    "direct.block.columns" => blocks.direct.columns,
    "direct.block.channels" => blocks.direct.channels,
    "direct.thread.filters" => blocks.direct.thread_filters,
    "direct.thread.columns" => blocks.direct.thread_columns,
    "direct.teams" => blocks.direct.teams,
    "filter.reuse" => filter_reuse,
    "schedule.grid" => grid,
    "schedule.consume" => consume,
    "schedule.barriers" => barriers,
    "schedule.first" => first,
    "schedule.workgroup" => blocks.workgroup,
}

/// What stands for a value that the plan chooses.
pub(super) const UNSET: &str = "default";

/// The factors' keys.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|key| key.name)
}

/// What finds the value of the factor with this key in an experiment, as the configuration spells it.
pub(super) fn spelled_by(name: &str) -> Option<fn(&Experiment) -> String> {
    Key::named(name).map(|key| key.value)
}

/// A factor's value as the configuration spells it; [`UNSET`] where the plan chooses.
fn spelled(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(serde_json::Value::Null) | Err(_) => UNSET.to_owned(),
        Ok(other) => other.to_string(),
    }
}

/// Every factor of an experiment by its key, with its value as the configuration spells it; what the plan chooses is left
/// out.
pub(super) fn factors(experiment: &Experiment) -> impl Iterator<Item = (&'static str, String)> {
    let values = KEYS.iter().map(|key| (key.name, (key.value)(experiment)));
    values.filter(|(_, value)| value != UNSET)
}

impl Key {
    fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    fn differs(&self, from: &Experiment, to: &Experiment) -> bool {
        (self.value)(from) != (self.value)(to)
    }

    /// The key's last segments, as few as no other key ends with.
    fn short(&self) -> &'static str {
        let starts = self.name.rmatch_indices('.').map(|(dot, _)| dot + 1).chain([0]);
        let is_unique = |short: &&str| {
            let ending = format!(".{short}");
            KEYS.iter().filter(|key| key.name == *short || key.name.ends_with(&ending)).count() == 1
        };
        starts.map(|start| &self.name[start..]).find(is_unique).unwrap_or(self.name)
    }
}

/// Keys that are changed together, as one factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the factor is called.
    pub name: String,
    keys: Vec<&'static str>,
}

impl std::str::FromStr for Group {
    type Err = String;

    /// Reads `name=key,key,…`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, keys) = text
            .split_once('=')
            .ok_or("expected NAME=KEY,KEY as in layouts=buffers.xhat.layout,buffers.ghat.layout")?;
        let name: String = Name::try_from(name.to_owned())?.into();
        if Key::named(&name).is_some() {
            return Err(format!("`{name}` is a key's name already"));
        }
        let key = |text: &str| {
            Key::named(text).map(|key| key.name).ok_or_else(|| {
                let nearest = spelling::nearest(text, KEYS.iter().map(|key| key.name));
                let nearest = nearest.map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"));
                format!("`{text}` is not the key of a factor{nearest}")
            })
        };
        Ok(Self { name, keys: keys.split(',').map(key).collect::<Result<_, _>>()? })
    }
}

/// One factor in which two experiments differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its key, or the name of its group.
    pub name: String,
    /// Its value in the first experiment; of a group, each that its keys have, with `+` between them.
    pub from: String,
    /// Its value in the second.
    pub to: String,
    keys: Vec<&'static str>,
}

impl Change {
    fn of(name: &str, keys: Vec<&'static str>, from: &Experiment, to: &Experiment) -> Self {
        let values = |experiment: &Experiment| {
            let mut values: Vec<String> =
                keys.iter().filter_map(|key| Some((Key::named(key)?.value)(experiment))).collect();
            values.dedup();
            values.join("+")
        };
        Self { name: name.to_owned(), from: values(from), to: values(to), keys }
    }
}

/// One mixture.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// What it computes, and how.
    pub experiment: Experiment,
    /// Why the rules refuse it, where they do.
    pub refused: Option<String>,
}

/// Two experiments and everything between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixtures {
    /// The factors in which the two differ: at least one, at most `MAX_FACTORS`.
    pub changes: Vec<Change>,
    /// 2ⁿ of them: in mixture `i`, `changes[f]` is made where bit `f` of `i` is set.
    pub mixtures: Vec<Mixture>,
}

/// Why the time between two experiments cannot be shared out among factors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomparable {
    /// There is nothing to share out.
    #[error("`{from}` and `{to}` differ in no factor: there is nothing to attribute")]
    Equal {
        /// The first.
        from: String,
        /// The second.
        to: String,
    },
    /// They do not do the same work on the same clock.
    #[error("`{from}` and `{to}` differ in {what}, so the ratio of their times is not one of factors: {why}")]
    NotTheSame {
        /// The first.
        from: String,
        /// The second.
        to: String,
        /// The keys that differ.
        what: String,
        /// Why that matters.
        why: &'static str,
    },
    /// There are too many mixtures.
    #[error(
        "`{from}` and `{to}` differ in {count} factors, which makes 2^{count} mixtures, but at most \
         {MAX_FACTORS} are shared out: change some together with --group NAME=KEY,KEY,…; they are {keys}"
    )]
    TooMany {
        /// The first.
        from: String,
        /// The second.
        to: String,
        /// How many.
        count: usize,
        /// Which.
        keys: String,
    },
    /// A key or a name stands in two groups.
    #[error("`{0}` is in two groups")]
    Grouped(String),
    /// A group changes nothing.
    #[error("group `{0}` changes nothing: the two variants differ in none of its keys")]
    Unused(String),
}

impl Mixtures {
    /// Every mixture of two experiments, with the keys of each group changed together.
    ///
    /// # Errors
    /// [`Incomparable`], where there is nothing to share out, or it would say nothing.
    pub fn between(from: &Experiment, to: &Experiment, groups: &[Group]) -> Result<Self, Incomparable> {
        check_same_work(from, to)?;
        let changes = changes(from, to, groups)?;
        let (from_name, to_name) = (from.name.clone(), to.name.clone());
        match changes.len() {
            0 => return Err(Incomparable::Equal { from: from_name, to: to_name }),
            count if count > MAX_FACTORS => {
                let keys: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
                let keys = keys.join(", ");
                return Err(Incomparable::TooMany { from: from_name, to: to_name, count, keys });
            }
            _ => {}
        }
        let mixtures = (0..1 << changes.len()).map(|subset| mixture(from, to, &changes, subset)).collect();
        Ok(Self { changes, mixtures })
    }
}

/// Refuses experiments whose times differ for another reason than factors.
fn check_same_work(from: &Experiment, to: &Experiment) -> Result<(), Incomparable> {
    let mut what = Vec::new();
    let mut why = "they do different amounts of work";
    if from.problem != to.problem || from.dtype != to.dtype {
        what.push(format!("`problem` ({} and {})", problem(from), problem(to)));
    }
    if from.stop_after != to.stop_after {
        what.push(format!("`schedule.stop_after` ({} and {})", from.stop_after, to.stop_after));
    }
    if from.clock != to.clock {
        what.push(format!("`measure.clock` ({} and {})", from.clock, to.clock));
        if what.len() == 1 {
            why = "times of different clocks are never compared";
        }
    }
    if from.cache != to.cache {
        what.push(format!("`measure.cache` ({} and {})", from.cache, to.cache));
        if what.len() == 1 {
            why = "cold times and warm times are never compared";
        }
    }
    if what.is_empty() {
        return Ok(());
    }
    let (from, to) = (from.name.clone(), to.name.clone());
    Err(Incomparable::NotTheSame { from, to, what: what.join(" and "), why })
}

fn problem(experiment: &Experiment) -> String {
    let p = &experiment.problem;
    format!(
        "{}×{}×{}×{} to {} channels, padding {}, {}",
        p.batch, p.in_channels, p.height, p.width, p.out_channels, p.padding, experiment.dtype
    )
}

/// The factors in which the two differ; a group stands where the first of its keys does.
fn changes(from: &Experiment, to: &Experiment, groups: &[Group]) -> Result<Vec<Change>, Incomparable> {
    let grouped: Vec<&str> = groups.iter().flat_map(|group| group.keys.iter().copied()).collect();
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    for listed in [grouped, names] {
        if let Some(twice) = (1..listed.len()).find(|&index| listed[..index].contains(&listed[index])) {
            return Err(Incomparable::Grouped(listed[twice].to_owned()));
        }
    }
    let mut changes: Vec<Change> = Vec::new();
    for key in KEYS.iter().filter(|key| key.differs(from, to)) {
        let change = match groups.iter().find(|group| group.keys.contains(&key.name)) {
            None => Change::of(key.name, vec![key.name], from, to),
            Some(group) if changes.iter().any(|change| change.name == group.name) => continue,
            Some(group) => {
                let differs = |name: &&str| Key::named(name).is_some_and(|key| key.differs(from, to));
                let keys = group.keys.iter().copied().filter(differs).collect();
                Change::of(&group.name, keys, from, to)
            }
        };
        changes.push(change);
    }
    Ok(changes)
}

/// Mixture `subset`: `from` where no bit is set, `to` where all are, and `old+layout=tile_major/stop_after=mhat`
/// between them, which names what is changed by values, so that it is the same experiment whatever `to` is.
fn mixture(from: &Experiment, to: &Experiment, changes: &[Change], subset: usize) -> Mixture {
    let mut experiment = from.clone();
    let made = changes.iter().enumerate().filter(|(index, _)| subset >> index & 1 == 1);
    let keys = made.flat_map(|(_, change)| change.keys.iter().filter_map(|name| Key::named(name)));
    for key in keys {
        (key.take)(to, &mut experiment);
        experiment.variant += &format!("+{}={}", key.short(), (key.value)(to));
    }
    if subset + 1 == 1 << changes.len() {
        experiment.clone_from(to);
    } else {
        if subset > 0 {
            experiment.tuned_from = None;
        }
        let axes = from.name.strip_prefix(&from.variant).unwrap_or_default();
        experiment.name = format!("{}{axes}", experiment.variant);
    }
    let refused = refusal(&experiment);
    Mixture { experiment, refused }
}

/// The rules that an experiment breaks, as one sentence without its full stop.
pub(super) fn refusal(experiment: &Experiment) -> Option<String> {
    let sentences: Vec<String> = rules::check(experiment)
        .into_iter()
        .map(|finding| {
            let diagnostic = finding.into_diagnostic(|_| Place::of(&experiment.name));
            match (diagnostic.kind, diagnostic.nearest) {
                (ErrorKind::Contradiction, Some(nearest)) => {
                    format!("{}; nearest valid: {nearest}", diagnostic.message)
                }
                _ => diagnostic.message,
            }
        })
        .collect();
    (!sentences.is_empty()).then(|| sentences.join("; "))
}
