//! One experiment's run: the rows that share its timestamp, and what they say of a phase's time.

use super::columns::Row;
use super::interval::Time;
use super::timestamp::order_key;
use super::values::{Mode, Phase, Status};

/// The rows of one experiment's run, in the order in which they were given; never empty.
#[derive(Clone, Debug)]
pub(super) struct Run<'a> {
    pub rows: Vec<&'a Row>,
}

impl<'a> Run<'a> {
    /// A row that speaks for all in what they share: factors, problem, provenance.
    pub fn any(&self) -> &'a Row {
        self.rows[0]
    }

    /// Whether the run has ended: its `total` row is there, whatever its status.
    pub fn has_ended(&self) -> bool {
        self.rows.iter().any(|row| row.phase == Phase::Total)
    }

    /// Whether the host's clock timed it, or was to: such times are never shown among device times.
    pub fn is_by_host(&self) -> bool {
        self.any().mode == Mode::HostLazy
    }

    /// The row of a phase in a mode.
    pub fn row(&self, phase: Phase, mode: Mode) -> Option<&'a Row> {
        self.rows.iter().copied().find(|row| row.phase == phase && row.mode == mode)
    }

    /// The worst status of its rows, with its row.
    pub fn worst(&self) -> &'a Row {
        let badness = |row: &&&Row| match row.status {
            Status::Ok => 0,
            Status::Unsupported => 1,
            Status::Failed => 2,
            Status::Wrong => 3,
        };
        self.rows.iter().max_by_key(badness).copied().unwrap_or(self.any())
    }

    /// The time of a phase in a mode, or why there is none, as a sentence without its full stop.
    ///
    /// Where any row of the run is not ok there is none: a wrong result never yields a number.
    pub fn time(&self, phase: Phase, mode: Mode) -> Result<Time, String> {
        let name = &self.any().experiment;
        let worst = self.worst();
        if worst.status != Status::Ok {
            return Err(format!("`{name}` is {}", status_with_reason(worst)));
        }
        let row = self.row(phase, mode).ok_or_else(|| format!("`{name}` has no {mode} `{phase}` row"))?;
        Time::of(row)
            .ok_or_else(|| format!("the {mode} `{phase}` row of `{name}` has no time with an interval"))
    }

    /// The isolated phase that takes most, with its share of the isolated phases' sum.
    pub fn largest_phase(&self) -> Option<(Phase, f64)> {
        let times: Vec<(Phase, f64)> = Phase::ALL
            .iter()
            .filter_map(|&phase| Some((phase, self.time(phase, Mode::Isolated).ok()?.interval.mid)))
            .collect();
        let sum: f64 = times.iter().map(|(_, time)| time).sum();
        let (phase, time) = times.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        (sum > 0.0).then_some((phase, time / sum))
    }
}

/// The one run among `runs` that is `wanted`, or why there is none, as a sentence without its full stop.
pub(super) fn only<'a>(
    runs: &[Run<'a>],
    wanted: &str,
    is_wanted: impl Fn(&Run<'a>) -> bool,
) -> Result<Run<'a>, String> {
    let found: Vec<&Run<'a>> = runs.iter().filter(|run| is_wanted(run)).collect();
    match found.as_slice() {
        [] => Err(format!("no rows of {wanted}")),
        [run] => Ok((*run).clone()),
        several => {
            let names: Vec<String> =
                several.iter().map(|run| format!("`{}`", run.any().experiment)).collect();
            Err(format!("{} experiments are {wanted} ({})", names.len(), names.join(", ")))
        }
    }
}

/// A row's status, with its reason where it has one.
pub(super) fn status_with_reason(row: &Row) -> String {
    match row.reason.trim().trim_end_matches('.') {
        "" => row.status.to_string(),
        reason => format!("{}: {reason}", row.status),
    }
}

/// The latest run of each experiment, in the order in which the experiments first appear.
pub(super) fn latest_runs<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::new();
    for row in rows {
        let same =
            |run: &&mut Run<'a>| run.any().config == row.config && run.any().experiment == row.experiment;
        match runs.iter_mut().find(same) {
            None => runs.push(Run { rows: vec![row] }),
            Some(run) => {
                let latest = run.any();
                if row.timestamp_utc == latest.timestamp_utc && row.device == latest.device {
                    run.rows.push(row);
                } else if order_key(&row.timestamp_utc) >= order_key(&latest.timestamp_utc) {
                    run.rows = vec![row];
                }
            }
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::row;
    use super::*;

    #[test]
    fn the_latest_run_of_each_experiment_wins() {
        let at = |experiment: &str, timestamp: &str, phase| Row {
            experiment: experiment.to_owned(),
            timestamp_utc: timestamp.to_owned(),
            phase,
            ..row()
        };
        let rows = [
            at("a", "2025-11-02T00:00:00Z", Phase::Mhat),
            at("b", "2025-11-02T00:00:00Z", Phase::Total),
            at("a", "2025-11-02T00:00:00Z", Phase::Total),
            at("b", "2025-11-02T00:00:01Z", Phase::Mhat),
            at("a", "2025-11-01T00:00:00Z", Phase::Xhat),
        ];
        let runs = latest_runs(&rows);
        assert_eq!(runs.iter().map(|run| run.rows.len()).collect::<Vec<_>>(), [2, 1]);
        assert!(runs[0].has_ended() && !runs[1].has_ended());
    }
}
