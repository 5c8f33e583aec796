//! What a results file already has, so that a run leaves out what is measured.

use super::columns::Row;
use super::run::latest_runs;

/// The rows that were in a file when it was opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExistingRows {
    rows: Vec<Row>,
}

impl ExistingRows {
    pub(super) fn new(rows: Vec<Row>) -> Self {
        Self { rows }
    }

    /// Every row, in the order of the file.
    pub fn all(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of the latest run of an experiment on a device, whether it has ended or not; empty where
    /// there is none.
    pub fn latest(&self, experiment: &str, device: &str) -> Vec<&Row> {
        let rows = self.rows.iter().filter(|row| row.experiment == experiment && row.device == device);
        latest_runs(rows).pop().map(|run| run.rows).unwrap_or_default()
    }

    /// The rows of the latest run of an experiment on a device, if it has ended (its `total` row is there,
    /// whatever its status) and each of its rows `matches`: that is where the caller compares provenance
    /// (`config_hash`, `driver`, `shader_compiler`, `git_commit`, `spirv_hash`) and says which statuses it
    /// would rather try again.
    pub fn completed(
        &self,
        experiment: &str,
        device: &str,
        matches: impl Fn(&Row) -> bool,
    ) -> Option<Vec<&Row>> {
        let rows = self.rows.iter().filter(|row| row.experiment == experiment && row.device == device);
        let run = latest_runs(rows).pop()?;
        (run.has_ended() && run.rows.iter().all(|row| matches(row))).then_some(run.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::row;
    use super::super::values::{Mode, Phase};
    use super::*;

    fn run(device: &str, commit: &str, timestamp: &str) -> [Row; 2] {
        let row = Row {
            device: device.to_owned(),
            git_commit: commit.to_owned(),
            timestamp_utc: timestamp.to_owned(),
            ..row()
        };
        [row.clone(), Row { phase: Phase::Total, mode: Mode::Pipelined, ..row }]
    }

    #[test]
    fn the_latest_run_on_the_device_decides() {
        let rows: Vec<Row> =
            [run("gpu", "1", "2025-01-01T00:00:00Z"), run("cpu", "1", "2025-01-02T00:00:00Z")]
                .into_iter()
                .chain([run("gpu", "2", "2025-01-03T00:00:00Z")])
                .flatten()
                .collect();
        let name = rows[0].experiment.clone();
        let existing = ExistingRows::new(rows.clone());
        let completed =
            |device, commit: &str| existing.completed(&name, device, |row| row.git_commit == commit);
        assert_eq!(completed("gpu", "2").unwrap(), [&rows[4], &rows[5]]);
        assert_eq!(completed("gpu", "1"), None, "an older build's run does not count");
        assert_eq!(completed("cpu", "1").unwrap().len(), 2);
        assert_eq!(existing.completed("another", "gpu", |_| true), None);
    }

    #[test]
    fn a_run_without_its_total_has_not_ended() {
        let [phase, total] = run("gpu", "1", "2025-01-01T00:00:00Z");
        let [cut, _] = run("gpu", "1", "2025-01-02T00:00:00Z");
        let name = phase.experiment.clone();
        let existing = ExistingRows::new(vec![phase, total, cut.clone()]);
        assert_eq!(existing.completed(&name, "gpu", |_| true), None);
        assert_eq!(existing.latest(&name, "gpu"), [&cut]);
    }
}
