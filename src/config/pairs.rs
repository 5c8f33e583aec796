//! Pairs of experiments to compare: two variants, each at the same point of the sweep.

use super::experiment::Experiment;
use super::factors::StopAfter;
use super::{Configuration, spelling};

/// Why two variants have no pairs: a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unpaired(String);

impl Configuration {
    /// The experiments of variants `from` and `to` that stop after a phase, each of `from` with the one of `to` at
    /// the same values of all sweep axes, or with the only one that there is.
    ///
    /// # Errors
    /// If the configuration has no such variant, a variant does not stop there, or an experiment has no other.
    pub fn pairs(
        &self,
        from: &str,
        to: &str,
        stop_after: StopAfter,
    ) -> Result<Vec<(&Experiment, &Experiment)>, Unpaired> {
        let (ours, theirs) = (self.side(from, stop_after)?, self.side(to, stop_after)?);
        if let ([one], [other]) = (ours.as_slice(), theirs.as_slice()) {
            return Ok(vec![(one, other)]);
        }
        let alone = |experiment: &Experiment, others: &str| {
            Unpaired(format!(
                "`{}` has no experiment of `{others}` at the same values of the sweep's axes to be compared with; \
                 --set KEY=VALUE fixes an axis",
                experiment.name
            ))
        };
        if let Some(single) = theirs.iter().find(|one| !ours.iter().any(|other| axes(one) == axes(other))) {
            return Err(alone(single, from));
        }
        let partner = |experiment: &&'_ Experiment| {
            theirs.iter().copied().find(|other| axes(other) == axes(experiment))
        };
        ours.iter().map(|one| Ok((*one, partner(one).ok_or_else(|| alone(one, to))?))).collect()
    }

    /// The experiments of a variant that stop after a phase: at least one.
    fn side(&self, variant: &str, stop_after: StopAfter) -> Result<Vec<&Experiment>, Unpaired> {
        let all: Vec<&Experiment> =
            self.experiments.iter().filter(|experiment| experiment.variant == variant).collect();
        if all.is_empty() {
            let mut names: Vec<&str> =
                self.experiments.iter().map(|experiment| experiment.variant.as_str()).collect();
            names.dedup();
            let nearest = spelling::nearest(variant, names.iter().copied());
            let nearest = nearest.map_or(String::new(), |nearest| format!(" (did you mean `{nearest}`?)"));
            return Err(Unpaired(format!(
                "{} has no variant `{variant}`{nearest}; it has {}",
                self.name,
                names.join(", ")
            )));
        }
        let chosen: Vec<&Experiment> =
            all.iter().copied().filter(|experiment| experiment.stop_after == stop_after).collect();
        if chosen.is_empty() {
            let mut phases: Vec<&str> = all.iter().map(|experiment| experiment.stop_after.as_str()).collect();
            phases.sort_unstable();
            phases.dedup();
            return Err(Unpaired(format!(
                "`{variant}` has no experiment that stops after `{stop_after}`, but after {}: choose with --phase",
                phases.join(", ")
            )));
        }
        Ok(chosen)
    }
}

/// The part of an experiment's name that says where in the sweep it is.
fn axes(experiment: &Experiment) -> &str {
    experiment.name.strip_prefix(&experiment.variant).unwrap_or_default()
}
