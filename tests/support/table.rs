//! Results files, read without the program's own reader.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A CSV file.
#[derive(Debug, PartialEq)]
pub struct Table {
    /// The names of its columns.
    pub header: Vec<String>,
    /// Its lines after the header.
    pub rows: Vec<Row>,
}

/// A line: cells by column.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(BTreeMap<String, String>);

impl Table {
    /// Reads a file whose lines must all be whole: as many fields as the header has, and one line each.
    #[track_caller]
    pub fn read(path: &Path) -> Self {
        Self::parse(
            &std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        )
    }

    /// Reads a file's text; see [`Table::read`].
    #[track_caller]
    pub fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "it ends inside a line: {text}");
        // Not flexible: a line with too many or too few fields is an error.
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows: Vec<Row> = reader
            .records()
            .map(|record| {
                Row(header.iter().cloned().zip(record.unwrap().iter().map(str::to_owned)).collect())
            })
            .collect();
        assert_eq!(text.lines().count(), rows.len() + 1, "a cell has a line break: {text}");
        Self { header, rows }
    }

    /// The rows of an experiment.
    pub fn of(&self, experiment: &str) -> Vec<&Row> {
        self.rows.iter().filter(|row| &row["experiment"] == experiment).collect()
    }

    /// The one `total` row of an experiment.
    #[track_caller]
    pub fn total(&self, experiment: &str) -> &Row {
        let totals: Vec<&Row> =
            self.of(experiment).into_iter().filter(|row| &row["phase"] == "total").collect();
        assert_eq!(totals.len(), 1, "`total` rows of {experiment} in {:#?}", self.rows);
        totals[0]
    }

    /// The phases of an experiment, in the order of the file.
    pub fn phases(&self, experiment: &str) -> Vec<&str> {
        self.of(experiment).into_iter().map(|row| &row["phase"]).collect()
    }

    /// The names of the experiments.
    pub fn experiments(&self) -> BTreeSet<&str> {
        self.rows.iter().map(|row| &row["experiment"]).collect()
    }
}

impl std::ops::Index<&str> for Row {
    type Output = str;

    #[track_caller]
    fn index(&self, column: &str) -> &str {
        self.0.get(column).unwrap_or_else(|| panic!("no column {column}"))
    }
}

impl Row {
    /// The number in a cell.
    #[track_caller]
    pub fn number(&self, column: &str) -> f64 {
        self[column].parse().unwrap_or_else(|error| panic!("{column} is {:?}: {error}", &self[column]))
    }

    /// What says to which region of which run it belongs, alike in rows and samples.
    fn region(&self) -> [&str; 4] {
        ["experiment", "phase", "mode", "timestamp_utc"].map(|column| &self[column])
    }
}

/// Checks that each row's figures are those of its raw samples, and that rows without times have none.
#[track_caller]
pub fn assert_rows_follow_from_samples(rows: &Table, samples: &Table) {
    for row in &rows.rows {
        let own = samples.rows.iter().filter(|sample| sample.region() == row.region());
        let own: Vec<&Row> = own.collect();
        let numbers: Vec<usize> = own.iter().map(|sample| sample.number("sample") as usize).collect();
        assert_eq!(numbers, (0..own.len()).collect::<Vec<_>>(), "samples of {row:?}");
        if own.is_empty() {
            assert_eq!((&row["samples"], &row["median_ns"]), ("", ""), "{row:?} has times and no samples");
            continue;
        }
        let mut times: Vec<f64> = own.iter().map(|sample| sample.number("nanoseconds")).collect();
        times.sort_by(f64::total_cmp);
        let median = f64::midpoint(times[(times.len() - 1) / 2], times[times.len() / 2]);
        assert_eq!(row.number("samples") as usize, times.len(), "{row:?}");
        assert_eq!(row.number("median_ns"), median, "{row:?}");
        assert_eq!(row.number("min_ns"), times[0], "{row:?}");
        for bound in ["ci_low_ns", "ci_high_ns", "p95_ns"] {
            assert!(times.contains(&row.number(bound)), "{bound} of {row:?} is none of its samples");
        }
        assert!(row.number("ci_low_ns") <= median && median <= row.number("ci_high_ns"), "{row:?}");
    }
}
