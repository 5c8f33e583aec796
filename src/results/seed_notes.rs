//! The notes of the seed's table: where the time of a run went, and why.

use super::columns::Row;
use super::format::{self, evaluations, factor};
use super::kernel_figures::Figures;
use super::kernels::KernelFact;
use super::run::Run;
use super::seed_steps::Step;
use super::shares::ShareRow;
use super::timestamp::order_key;
use super::values::Mode;

/// The phase that takes most, and why: what is evaluated more than once, the rates that it reaches, its floor, and what
/// the driver tells of its kernels:
/// `mostly mhat (98 %; XHAT ×16, GHAT ×64 evaluated; 527 Gflop/s, 1.45 GB/s; 168 registers, 512 B of local memory)`.
pub(super) fn mostly(run: &Run<'_>, kernels: &[KernelFact]) -> Option<String> {
    let (phase, share) = run.largest_phase()?;
    let row = run.row(phase, Mode::Isolated)?;
    let kernels = kernels.iter().filter(|fact| fact.is_of(row));
    let why = [
        Some(format::percent(share)),
        recomputed(row),
        rates(row),
        above_floor(row),
        Figures::of(kernels).note(),
    ];
    Some(format!("mostly {phase} ({})", why.into_iter().flatten().collect::<Vec<_>>().join("; ")))
}

/// Which buffers are evaluated more than once, in the whole run.
fn recomputed(row: &Row) -> Option<String> {
    let settled = &row.settled;
    let buffers = [
        ("XHAT", settled.xhat_evaluations),
        ("GHAT", settled.ghat_evaluations),
        ("MHAT", settled.mhat_evaluations),
    ];
    let several = buffers.into_iter().filter_map(|(name, times)| {
        let times = times.filter(|&times| times > 1.0)?;
        Some(format!("{name} {}", evaluations(times)))
    });
    let several: Vec<String> = several.collect();
    (!several.is_empty()).then(|| format!("{} evaluated", several.join(", ")))
}

/// Operations and bytes that its plan counts, each over its time.
fn rates(row: &Row) -> Option<String> {
    let per_ns = |count: Option<u64>| Some(count? as f64 / row.median_ns?);
    let [flops, bytes] = [per_ns(row.flops)?, per_ns(row.bytes)?];
    Some(format!("{}, {}", format::rate(flops, "flop"), format::rate(bytes, "B")))
}

/// Its time over the least that this device can take.
fn above_floor(row: &Row) -> Option<String> {
    let floor = row.floor_ns.filter(|&floor| floor > 0.0)?;
    Some(format!("{}× its floor", factor(row.median_ns? / floor)))
}

/// The factor with the largest share of NEW/OLD among those that stand out of the noise, where the step has been
/// attributed from OLD to NEW.
pub(super) fn largest_factor(step: &Step<'_>, shares: &[ShareRow]) -> Option<String> {
    let (new, old) = (step.new.as_ref().ok()?.any(), step.old.as_ref().ok()?.any());
    let of_step: Vec<&ShareRow> = shares
        .iter()
        .filter(|share| {
            (&share.config, &share.device, share.mode) == (&new.config, &new.device, Mode::Pipelined)
                && (&share.from, &share.to) == (&old.experiment, &new.experiment)
        })
        .collect();
    let latest = of_step.iter().map(|share| order_key(&share.timestamp_utc)).max()?;
    let effect = |share: &ShareRow| share.share.ln().abs();
    let largest = of_step
        .into_iter()
        .filter(|share| order_key(&share.timestamp_utc) == latest)
        .filter(|share| share.factor != ShareRow::WHOLE && share.is_noise == 0)
        .max_by(|one, other| effect(one).total_cmp(&effect(other)))?;
    let ShareRow { factor: name, from_value, to_value, share, .. } = largest;
    Some(format!("largest factor {name} ({from_value} → {to_value}), {}×", factor(*share)))
}

#[cfg(test)]
mod tests {
    use super::super::seed_steps::{FORMS, Steps};
    use super::super::synthetic::{RowsBuilder, fact, row, share};
    use super::super::values::Phase;
    use super::*;
    use crate::results::run::latest_runs;

    #[test]
    fn what_is_known_of_the_largest_phase() {
        let mut largest =
            Row { median_ns: Some(1000.0), ci_low_ns: Some(990.0), ci_high_ns: Some(1010.0), ..row() };
        largest.flops = Some(2_500_000);
        largest.bytes = Some(48_000);
        let note = |row: &Row| mostly(&Run { rows: vec![row] }, &[]).unwrap();
        assert_eq!(note(&largest), "mostly mhat (100 %; 2.50 Tflop/s, 48.0 GB/s)");
        largest.settled.xhat_evaluations = Some(16.0);
        largest.settled.ghat_evaluations = Some(64.0);
        largest.settled.mhat_evaluations = Some(1.0);
        largest.floor_ns = Some(40.0);
        assert_eq!(
            note(&largest),
            "mostly mhat (100 %; XHAT ×16, GHAT ×64 evaluated; 2.50 Tflop/s, 48.0 GB/s; 25.0× its floor)"
        );
    }

    #[test]
    fn the_kernels_of_the_largest_phase_are_told() {
        let timed =
            Row { median_ns: Some(1000.0), ci_low_ns: Some(990.0), ci_high_ns: Some(1010.0), ..row() };
        let of_another = KernelFact { phase: Phase::Output, ..fact("Register Count", "255") };
        let facts = [fact("Register Count", "168"), fact("Local Memory Size", "512"), of_another];
        let note = mostly(&Run { rows: vec![&timed] }, &facts).unwrap();
        assert!(note.ends_with("; 168 registers, 512 B of local memory)"), "{note}");
    }

    #[test]
    fn the_largest_factor_is_of_the_latest_attribution_and_no_noise() {
        let mut rows = RowsBuilder::default();
        for variant in ["new", "old"] {
            rows.prefix(variant, "mhat", &[("mhat", 50.0)], 50.0);
        }
        let runs = latest_runs(&rows.rows);
        let steps = Steps::of(&runs, &FORMS[0]);
        let largest = |shares: &[ShareRow]| largest_factor(steps.multiply(), shares);
        let latest = [
            share(ShareRow::WHOLE, 9.0),
            share("transforms.evaluation", 0.3),
            share("buffers.mhat.layout", 2.0),
            ShareRow { is_noise: 1, ..share("schedule.grid", 8.0) },
        ];
        let earlier =
            ShareRow { timestamp_utc: "2024-01-01T00:00:00Z".to_owned(), ..share("schedule.grid", 8.0) };
        let another = ShareRow { to: "new/stop_after=output".to_owned(), ..share("schedule.grid", 8.0) };
        let shares: Vec<ShareRow> = latest.into_iter().chain([earlier, another]).collect();
        assert_eq!(largest(&shares).unwrap(), "largest factor transforms.evaluation (a → b), 0.300×");
        assert_eq!(largest(&shares[..1]), None);
        assert_eq!(largest(&[]), None);
    }
}
