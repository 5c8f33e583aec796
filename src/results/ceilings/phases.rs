//! Which phases of an experiment must follow one another, as far as its rows tell.

use crate::results::columns::Row;
use crate::results::values::Phase;

/// The sum over `phases`, isolated rows of one run, of what each takes at least, where of two phases that nothing orders
/// the longer alone counts.
///
/// Every phase reads what an earlier one wrote, and so waits for it, but for the filter transform: it needs nothing of
/// the input transform beside it. A prefix that ends with it is followed by a consumer of XHAT, which needs nothing of
/// it in turn. With `schedule.barriers = "full"` everything waits.
pub fn in_sequence(phases: &[&Row], least: impl Fn(&Row) -> f64) -> f64 {
    let of = |phase: Phase| phases.iter().find(|row| row.phase == phase).map(|row| least(row));
    let sum = phases.iter().map(|row| least(row)).sum::<f64>();
    let is_ordered = phases.iter().any(|row| row.barriers == "full");
    let is_unused = phases.iter().any(|row| row.stop_after == "ghat");
    let beside = of(Phase::Xhat).or(of(Phase::Consume).filter(|_| is_unused));
    match (of(Phase::Ghat), beside) {
        (Some(ghat), Some(beside)) if !is_ordered => sum - ghat.min(beside),
        _ => sum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::synthetic::row;

    fn least(phases: &[(Phase, f64)], change: impl Fn(&mut Row)) -> f64 {
        let rows: Vec<Row> = phases
            .iter()
            .map(|&(phase, least)| {
                let mut row = Row { phase, floor_ns: Some(least), ..row() };
                change(&mut row);
                row
            })
            .collect();
        in_sequence(&rows.iter().collect::<Vec<_>>(), |row| row.floor_ns.unwrap())
    }

    #[test]
    fn only_the_filter_transform_runs_beside_another() {
        use Phase::{Consume, Direct, Ghat, Mhat, Output, Xhat};
        assert_eq!(least(&[(Direct, 5.0)], |_| {}), 5.0);
        let whole = [(Xhat, 4.0), (Ghat, 1.0), (Mhat, 10.0), (Output, 3.0)];
        assert_eq!(least(&whole, |_| {}), 17.0);
        assert_eq!(least(&whole, |row| row.barriers = "full".into()), 18.0);
        // XHAT is fused: the multiply waits for GHAT.
        assert_eq!(least(&whole[1..], |_| {}), 14.0);
        // GHAT is dead code, and its consumer reads x.
        let dead = [(Ghat, 1.0), (Consume, 2.0)];
        assert_eq!(least(&dead, |row| row.stop_after = "ghat".into()), 2.0);
        assert_eq!(least(&[(Ghat, 1.0)], |row| row.stop_after = "ghat".into()), 1.0);
    }
}
