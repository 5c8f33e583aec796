//! The judgement of an explanation by the ratios of its cases.

use super::totals::Ratio;

/// From this ratio on, the whole interval at or above it, phase 3 is slow.
pub(super) use crate::results::questions::MASSIVE as SLOW;

/// Up to this ratio, the whole interval at or below it, a slow phase 3 is recovered from.
pub(super) const RECOVERED: f64 = 2.0;

/// One case in which an explanation may hold.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// What is done to the computation, or to how it is timed.
    pub name: String,
    /// Phase 3 against its reference.
    pub slow: Ratio,
    /// What should recover, against its own reference.
    pub recovered: Ratio,
}

impl Case {
    /// Whether phase 3 is slow; `None` where that is not known.
    pub fn is_slow(&self) -> Option<bool> {
        self.slow.as_ref().ok().map(|ratio| ratio.low >= SLOW)
    }

    /// Whether it recovers; `None` where that is not known.
    pub fn is_recovered(&self) -> Option<bool> {
        self.recovered.as_ref().ok().map(|ratio| ratio.high <= RECOVERED)
    }

    /// Whether both hold: known to be false as soon as one is.
    pub fn holds(&self) -> Option<bool> {
        match (self.is_slow(), self.is_recovered()) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    /// By what factor phase 3 falls short of slow, and what should recover exceeds that: each 1 where it does not.
    pub fn shortfall(&self) -> Option<[f64; 2]> {
        let (slow, recovered) = (self.slow.as_ref().ok()?, self.recovered.as_ref().ok()?);
        Some([(SLOW / slow.low).max(1.0), (recovered.high / RECOVERED).max(1.0)])
    }

    fn missing(&self) -> impl Iterator<Item = &String> {
        [&self.slow, &self.recovered].into_iter().filter_map(|ratio| ratio.as_ref().err())
    }
}

/// One explanation.
#[derive(Clone, Debug)]
pub(super) struct Explanation {
    pub title: &'static str,
    /// What it says, and what the ratios are of.
    pub claim: &'static str,
    /// What the cases differ in, and what their two ratios are.
    pub headings: [&'static str; 3],
    /// In each of these it may hold.
    pub cases: Vec<Case>,
    /// What else its rows show, as sentences.
    pub notes: Vec<String>,
    /// In this it must not: what it blames is absent.
    pub control: Option<Case>,
}

/// What the ratios say of an explanation.
#[derive(Clone, Debug)]
pub(super) enum Verdict<'e> {
    /// It holds in these cases, and not in the control.
    Supported(Vec<&'e Case>),
    /// It holds in no case; the one that comes nearest, and the one whose phase 3 is slowest if that is another.
    NotSupported(Vec<&'e Case>),
    /// It holds in a case, but in the control too.
    NotTheCause(&'e Case, &'e Case),
    /// These are missing.
    CannotTell(Vec<String>),
}

impl Explanation {
    /// Judges it.
    pub fn verdict(&self) -> Verdict<'_> {
        let held: Vec<&Case> = self.cases.iter().filter(|case| case.holds() == Some(true)).collect();
        if let Some(first) = held.first() {
            return match self.control.as_ref().map(|control| (control, control.holds())) {
                Some((control, Some(true))) => Verdict::NotTheCause(first, control),
                Some((control, None)) => Verdict::CannotTell(missing([control])),
                Some((_, Some(false))) | None => Verdict::Supported(held),
            };
        }
        let unknown: Vec<&Case> = self.cases.iter().filter(|case| case.holds().is_none()).collect();
        if unknown.is_empty() {
            Verdict::NotSupported(self.notable())
        } else {
            Verdict::CannotTell(missing(unknown))
        }
    }

    /// The case with the smallest shortfall, and the one with the slowest phase 3 if that is another.
    fn notable(&self) -> Vec<&Case> {
        let by = |figure: fn(&Case) -> Option<f64>| {
            let known = self.cases.iter().filter_map(|case| Some((case, figure(case)?)));
            known.min_by(|one, other| one.1.total_cmp(&other.1)).map(|(case, _)| case)
        };
        let nearest = by(|case| case.shortfall().map(|[slow, recovered]| slow * recovered));
        let slowest = by(|case| case.shortfall().and(case.slow.as_ref().ok()).map(|ratio| -ratio.mid));
        let is_another = |case: &&Case| nearest.is_none_or(|nearest| !std::ptr::eq(nearest, *case));
        nearest.into_iter().chain(slowest.filter(is_another)).collect()
    }
}

/// Why ratios are missing, each reason once.
fn missing<'c>(cases: impl IntoIterator<Item = &'c Case>) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for reason in cases.into_iter().flat_map(Case::missing) {
        if !reasons.contains(reason) {
            reasons.push(reason.clone());
        }
    }
    reasons
}
