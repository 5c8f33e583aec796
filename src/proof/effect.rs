//! Known differences: whether the instrument tells them, as what they are, and how small they may be.

use super::finding::{Finding, Outcome};
use super::instrument::{Error, Instrument, LONG};
use super::ratio::{median, ratio};
use crate::config::MeasureSettings;
use crate::results::{Interval, Verdict};

/// Times the work.
const EFFECTS: [f64; 4] = [1.0, 1.02, 1.1, 2.0];

/// Times the work, the smallest first; all are whole numbers of rounds.
const SMALL_EFFECTS: [f64; 6] = [1.0005, 1.001, 1.002, 1.005, 1.01, 1.02];

/// How far time may be from growing with the rounds, besides what samples leave open: clocks move with the load.
const LINEAR: f64 = 0.002;

/// How long the work lasts, nanoseconds.
const WORK_NS: f64 = 1e6;

/// 1.00, 1.02, 1.10 and 2.00 times the work.
///
/// A region's time is a fixed cost (launch, barriers, timestamps) and the work. The fixed cost is 2·T(n/4) − T(n/2), of
/// two jobs that stand in none of the ratios, and is taken off both sides.
pub fn known(instrument: &mut Instrument<'_>) -> Result<Outcome, Error> {
    let rounds = instrument.fitting(WORK_NS)?;
    let mut sizes = vec![("quarter".to_owned(), rounds / 4), ("half".to_owned(), rounds / 2)];
    sizes.push(("once".to_owned(), rounds));
    sizes.extend(EFFECTS.map(|effect| (name(effect), times(rounds, effect))));
    let seconds = instrument.effort().seconds;
    let settings = MeasureSettings { target_rel_ci: 1e-4, max_seconds: seconds / 2.0, ..LONG };
    let totals = instrument.sizes(&sizes, &settings)?;
    let time = |name: &str| median(&totals[name]).ok_or(Error::NoTimes);
    let fixed = fixed_cost(&time("quarter")?, &time("half")?);
    let mut findings =
        vec![Finding::stated("fixed cost", "ns", fixed, totals["half"].len(), "2·T(n/4) − T(n/2)")];
    for effect in EFFECTS {
        let name = name(effect);
        findings.push(told(effect, &totals[&name], &totals["once"], &fixed)?);
    }
    Ok(Outcome::of(findings))
}

/// The smallest of some effects that is told in a given time of sampling.
pub fn smallest(instrument: &mut Instrument<'_>) -> Result<Outcome, Error> {
    let rounds = instrument.fitting(WORK_NS)?;
    let seconds = instrument.effort().seconds;
    let settings = MeasureSettings { target_rel_ci: 1e-9, max_seconds: seconds / 2.0, ..LONG };
    let mut findings = Vec::new();
    for effect in SMALL_EFFECTS {
        let sizes = [("once".to_owned(), rounds), ("more".to_owned(), times(rounds, effect))];
        let totals = instrument.sizes(&sizes, &settings)?;
        let found = ratio(&totals["more"], &totals["once"]).ok_or(Error::NoTimes)?;
        let is_told = found.low > 1.0;
        let how = if is_told { "told" } else { "not told" };
        let reason = format!("{how} in {seconds} s of sampling, both sides together; fixed cost left in");
        findings.push(Finding {
            expected: Some(effect),
            ..Finding::stated(name(effect), "", found, totals["more"].len(), reason)
        });
        // One may be told by chance; two in a row are hardly.
        if let [.., before, last] = findings.as_slice()
            && [before, last].iter().all(|finding| is_above_one(finding))
        {
            break;
        }
    }
    findings.push(smallest_told(&findings));
    Ok(Outcome::of(findings))
}

fn is_above_one(finding: &Finding) -> bool {
    finding.value.is_some_and(|value| value.low > 1.0)
}

/// The first effect from which on all were told.
fn smallest_told(findings: &[Finding]) -> Finding {
    let told = findings.iter().rev().take_while(|finding| is_above_one(finding)).count();
    match findings.get(findings.len() - told) {
        Some(first) => Finding { case: "smallest".into(), verdict: Verdict::Holds, ..first.clone() },
        None => Finding {
            verdict: Verdict::Fails,
            ..Finding::unsupported("smallest", "not even the largest of these effects was told")
        },
    }
}

/// What an effect is called.
fn name(effect: f64) -> String {
    if (effect * 100.0).fract().abs() < 1e-6 { format!("{effect:.2}×") } else { format!("{effect}×") }
}

/// So many times the rounds.
fn times(rounds: u32, effect: f64) -> u32 {
    (f64::from(rounds) * effect).round() as u32
}

/// What a region costs without work, of two sizes of which one is twice the other.
fn fixed_cost(quarter: &Interval, half: &Interval) -> Interval {
    let mid = 2.0 * quarter.mid - half.mid;
    let below = (2.0 * (quarter.mid - quarter.low)).hypot(half.high - half.mid);
    let above = (2.0 * (quarter.high - quarter.mid)).hypot(half.mid - half.low);
    Interval { mid, low: mid - below, high: mid + above }
}

/// Whether `effect` times the work was told as that: its ratio agrees, and 1 is excluded unless it is the effect.
fn told(effect: f64, times: &[f64], once: &[f64], fixed: &Interval) -> Result<Finding, Error> {
    let net = |times: &[f64]| times.iter().map(|time| time - fixed.mid).collect::<Vec<f64>>();
    let net_once = net(once);
    let of_samples = ratio(&net(times), &net_once).ok_or(Error::NoTimes)?;
    let work = median(&net_once).ok_or(Error::NoTimes)?.mid;
    // ∂/∂f of (T − f)/(T₁ − f) is (ratio − 1)/(T₁ − f).
    let slope = (of_samples.mid - 1.0).abs() / work;
    let widened = Interval {
        mid: of_samples.mid,
        low: of_samples.low - slope * (fixed.mid - fixed.low),
        high: of_samples.high + slope * (fixed.high - fixed.mid),
    };
    let reason = "time without the fixed cost, over that of the work once";
    let finding = Finding::judged(name(effect), widened, effect, LINEAR, times.len(), reason);
    Ok(if effect != 1.0 && widened.contains(1.0) {
        finding.fails("it is not told from no effect")
    } else {
        finding
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A time known to a share of it.
    fn time(mid: f64, share: f64) -> Interval {
        Interval { mid, low: mid * (1.0 - share), high: mid * (1.0 + share) }
    }

    /// A hundred times within a share of their median, the same distance apart.
    fn times(mid: f64, share: f64) -> Vec<f64> {
        let within = |index: i32| f64::from(index * 37 % 100) / 49.5 - 1.0;
        (0..100).map(|index| mid * (1.0 + share * within(index))).collect()
    }

    /// The verdict where the truth is `truth` times the work and a fixed cost of 10 of 1010.
    fn verdict(effect: f64, truth: f64, share: f64) -> Verdict {
        let fixed = fixed_cost(&time(260.0, share), &time(510.0, share));
        assert!((fixed.mid - 10.0).abs() < 1e-9);
        told(effect, &times(10.0 + 1000.0 * truth, share), &times(1010.0, share), &fixed).unwrap().verdict
    }

    #[test]
    fn an_effect_is_told_as_what_it_is() {
        for effect in EFFECTS {
            assert_eq!(verdict(effect, effect, 1e-4), Verdict::Holds, "{effect}");
            assert_eq!(verdict(effect, effect * 1.005, 1e-4), Verdict::Fails, "{effect}, but 0.5 % more");
        }
    }

    #[test]
    fn an_interval_too_wide_to_tell_is_no_proof() {
        assert_eq!(verdict(1.02, 1.02, 0.2), Verdict::Fails);
        assert_eq!(verdict(1.0, 1.0, 0.2), Verdict::Holds);
    }

    #[test]
    fn the_smallest_effect_is_the_first_from_which_on_all_were_told() {
        let finding = |mid: f64, low: f64| {
            let value = Interval { mid, low, high: mid + (mid - low) };
            Finding { expected: Some(mid), ..Finding::stated(name(mid), "", value, 9, "") }
        };
        let lucky =
            [finding(1.0005, 1.0001), finding(1.001, 0.999), finding(1.002, 1.001), finding(1.005, 1.004)];
        let smallest = smallest_told(&lucky);
        assert_eq!((smallest.expected, smallest.verdict), (Some(1.002), Verdict::Holds));
        assert_eq!(smallest_told(&lucky[..2]).verdict, Verdict::Fails);
    }

    #[test]
    fn effects_have_whole_rounds_and_plain_names() {
        for effect in EFFECTS.into_iter().chain(SMALL_EFFECTS) {
            let rounds = f64::from(super::super::instrument::GRAIN) * effect;
            assert!((rounds - rounds.round()).abs() < 1e-6, "{effect}");
        }
        assert_eq!([name(1.0), name(1.02), name(1.0005)], ["1.00×", "1.02×", "1.0005×"]);
    }
}
