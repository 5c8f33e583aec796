//! How near each experiment comes to the floor of its device.

use super::columns::Row;
use super::format;
use super::interval::Time;
use super::run::Run;
use super::table::{markdown, name_cell, phase_label};
use super::values::{Mode, Phase};

/// What is said above rows that are faster than their floors.
const BEATEN: &str = "Caution: these take less than their floors, so that one of two is wrong: a kernel does less than its \
     plan counts, or the ceilings are too low. `winoscope ceilings` measures them anew.";

/// Every experiment on one line: the share of its floor in each phase's median and in the pipelined total's. Floors above
/// their times are told below. `None` where no row has a floor.
pub(super) fn floor_shares(runs: &[Run<'_>], with_config: bool) -> Option<String> {
    let isolated = |phase| (phase, Mode::Isolated);
    let mut parts: Vec<(Phase, Mode)> = Phase::ALL.iter().copied().map(isolated).collect();
    parts.push((Phase::Total, Mode::Pipelined));
    parts.retain(|&(phase, mode)| {
        runs.iter().filter_map(|run| run.row(phase, mode)).any(|row| share(row).is_some())
    });
    if parts.is_empty() {
        return None;
    }
    let header = |&(phase, mode): &(Phase, Mode)| match mode {
        Mode::Isolated => phase.to_string(),
        _ => format!("{phase} ({mode})"),
    };
    let names: Vec<String> = ["Experiment".to_owned()].into_iter().chain(parts.iter().map(header)).collect();
    let mut table = markdown(names, &(1..=parts.len()).collect::<Vec<_>>());
    let mut cautions = String::new();
    for run in runs {
        let rows: Vec<Option<&Row>> = parts.iter().map(|&(phase, mode)| run.row(phase, mode)).collect();
        let cells = rows.iter().map(|row| row.and_then(share).map(format::percent).unwrap_or_default());
        table.add_row([name_cell(run.any(), with_config)].into_iter().chain(cells));
        cautions.extend(rows.into_iter().flatten().filter_map(beaten));
    }
    let caution = if cautions.is_empty() { String::new() } else { format!("\n{BEATEN}\n\n{cautions}") };
    Some(format!("{table}\n{caution}"))
}

/// The share of the floor in a row's time.
fn share(row: &Row) -> Option<f64> {
    Some(row.floor_ns? / Time::of(row)?.interval.mid)
}

/// What is said of a row that is faster than its floor.
fn beaten(row: &Row) -> Option<String> {
    let (floor, time) = (row.floor_ns?, Time::of(row)?.interval.mid);
    let (phase, floor_text) = (phase_label(row), format::nanoseconds(floor));
    let line = || {
        format!(
            "- `{}`: {phase} takes {}, its floor is {floor_text}\n",
            row.experiment,
            format::nanoseconds(time)
        )
    };
    (floor > time).then(line)
}

#[cfg(test)]
mod tests {
    use super::super::run::latest_runs;
    use super::super::synthetic::RowsBuilder;
    use super::*;

    #[test]
    fn a_floor_above_its_time_is_told() {
        let mut rows = RowsBuilder::default();
        rows.prefix("new", "mhat", &[("mhat", 30.0)], 31.0);
        assert_eq!(floor_shares(&latest_runs(&rows.rows), false), None);
        (rows.rows[0].floor_ns, rows.rows[1].floor_ns) = (Some(3_000.0), Some(62_000.0));
        let text = floor_shares(&latest_runs(&rows.rows), false).unwrap();
        assert!(text.contains(" 10 % |") && text.contains(" 200 % |"), "{text}");
        let (_, beaten) = text.split_once(BEATEN).unwrap();
        let line = "- `new/stop_after=mhat`: total takes 31.00 µs, its floor is 62.00 µs";
        assert_eq!(beaten.trim(), line);
    }
}
