//! `winoscope prove`: work of a known amount → measure → verdicts.

use rand::RngExt;

use super::arguments::ProveOptions;
use super::exit::{ExitCode, Failure};
use super::print;
use super::progress::Progress;
use super::rows::COMMIT;
use super::session::Session;
use crate::gpu::Device;
use crate::kernels::compiler_version;
use crate::proof::{Comparison, Effort, Finding, Instrument, PROOFS};
use crate::results::{ComparisonRow, Interval, ProofFiles, ProofRow, Verdict, proofs, timestamp_utc};

/// Runs every proof on the device, records what each finds as it ends, and prints the verdicts.
pub fn run(options: &ProveOptions) -> Result<(), Failure> {
    Session::open(&options.measuring)?.each(&[()], |session, ()| {
        let (mut files, warnings) = ProofFiles::open(&options.measuring.results, session.existing())?;
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        let seed = options.measuring.seed.unwrap_or_else(|| rand::rng().random());
        let device = &session.opened.device;
        let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
        let (ledger, interrupted) = (session.ledger.clone(), &*session.interrupted);
        let monitor = session.opened.monitor();
        let mut instrument =
            Instrument::new(device, &session.compiler, ledger, interrupted, monitor, seed, effort);
        let provenance = Provenance {
            device,
            seed,
            timestamp: timestamp_utc(),
            unjudged: unjudged(options, instrument.is_software()),
        };
        let mut progress = Progress::new(PROOFS.len());
        let mut rows = Vec::new();
        for (proof, prove) in PROOFS {
            progress.now(proof.to_owned());
            let outcome = prove(&mut instrument)?;
            let new: Vec<ProofRow> =
                outcome.findings.into_iter().map(|finding| provenance.row(proof, finding)).collect();
            let comparisons = (0..).zip(outcome.comparisons);
            let comparisons: Vec<ComparisonRow> = comparisons
                .map(|(number, comparison)| provenance.comparison(proof, number, &comparison))
                .collect();
            files.record(&new, &comparisons)?;
            progress.ended(proof, &counted(&new));
            rows.extend(new);
        }
        drop(progress);
        let printed = print::line(proofs(&rows).trim_end());
        eprintln!("proofs: {}", files.path().display());
        printed.and(judged(&rows))
    })
}

/// Why nothing is judged, if nothing is.
fn unjudged(options: &ProveOptions, is_software: bool) -> Option<&'static str> {
    match options {
        _ if is_software => Some("a software driver's times are those of a busy processor"),
        ProveOptions { quick: true, .. } => Some("too little was measured"),
        options if options.measuring.validate => Some("the validation layer takes time of its own"),
        _ => None,
    }
}

/// How many of each verdict.
fn counted(rows: &[ProofRow]) -> String {
    let count = |verdict: Verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    let counts =
        Verdict::ALL.iter().map(|&verdict| (count(verdict), verdict)).filter(|&(count, _)| count > 0);
    counts.map(|(count, verdict)| format!("{count} {verdict}")).collect::<Vec<_>>().join(", ")
}

/// Fails where a figure is not what it should be.
fn judged(rows: &[ProofRow]) -> Result<(), Failure> {
    let failed = rows.iter().filter(|row| row.verdict == Verdict::Fails);
    let failed: Vec<String> = failed.map(|row| format!("{}, {}", row.proof, row.case)).collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        ExitCode::Unproven,
        format!(
            "not proven: {}; see that nothing else uses the device, and run `winoscope prove` again",
            failed.join("; ")
        ),
    ))
}

/// What every row of a run says alike.
struct Provenance<'a> {
    device: &'a Device,
    seed: u64,
    timestamp: String,
    unjudged: Option<&'static str>,
}

impl Provenance<'_> {
    fn row(&self, proof: &str, finding: Finding) -> ProofRow {
        let Finding { case, unit, value, expected, tolerance, samples, verdict, reason } = finding;
        let (verdict, reason) = match (self.unjudged, verdict) {
            (Some(why), Verdict::Holds | Verdict::Fails) => (Verdict::Unjudged, format!("{reason}; {why}")),
            _ => (verdict, reason),
        };
        let info = self.device.info();
        let part = |part: fn(Interval) -> f64| value.map(part);
        ProofRow {
            proof: proof.to_owned(),
            case,
            unit: unit.to_owned(),
            value: part(|value| value.mid),
            ci_low: part(|value| value.low),
            ci_high: part(|value| value.high),
            expected,
            tolerance,
            samples,
            verdict,
            reason,
            device: info.name.clone(),
            driver: info.driver.clone(),
            shader_compiler: compiler_version().to_owned(),
            git_commit: COMMIT.to_owned(),
            timestamp_utc: self.timestamp.clone(),
            seed: self.seed,
        }
    }

    fn comparison(&self, proof: &str, number: u64, comparison: &Comparison) -> ComparisonRow {
        let Comparison { ratio, samples } = *comparison;
        ComparisonRow {
            proof: proof.to_owned(),
            comparison: number,
            ratio: ratio.mid,
            ci_low: ratio.low,
            ci_high: ratio.high,
            samples,
            timestamp_utc: self.timestamp.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(verdict: Verdict) -> ProofRow {
        ProofRow {
            proof: "clocks".into(),
            case: "timestamps over host".into(),
            unit: String::new(),
            value: None,
            ci_low: None,
            ci_high: None,
            expected: None,
            tolerance: None,
            samples: 0,
            verdict,
            reason: String::new(),
            device: String::new(),
            driver: String::new(),
            shader_compiler: String::new(),
            git_commit: String::new(),
            timestamp_utc: String::new(),
            seed: 0,
        }
    }

    #[test]
    fn only_a_figure_that_fails_is_a_failure() {
        let all: Vec<ProofRow> = Verdict::ALL.iter().map(|&verdict| row(verdict)).collect();
        let failure = judged(&all).unwrap_err();
        assert_eq!(failure.code, ExitCode::Unproven);
        assert!(failure.message.starts_with("not proven: clocks, timestamps over host;"), "{failure}");
        let others: Vec<ProofRow> = all.into_iter().filter(|row| row.verdict != Verdict::Fails).collect();
        assert!(judged(&others).is_ok());
        assert_eq!(counted(&others), "1 holds, 1 stated, 1 unsupported, 1 unjudged");
    }
}
