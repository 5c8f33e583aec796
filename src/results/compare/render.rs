//! A comparison as tables with their sentences, in Markdown.

use std::fmt::Write;

use super::changes::{Change, Changes, named};
use super::pairs::caches;
use super::ties::{Group, Ties};
use super::timed::is_of_samples;
use super::{MISS, Verdict};
use crate::results::columns::Row;
use crate::results::format::{self, percent};
use crate::results::interval::Interval;
use crate::results::report::{shape, software_caution};
use crate::results::table::{escaped, markdown, phase_label};

/// What a row says of where it comes from.
type OfRow = fn(&Row) -> &str;

impl Changes<'_> {
    /// What is printed: what is compared, each change with its verdict, and what has no partner.
    pub fn render(&self) -> String {
        let mut text = String::from("# Comparison\n\n");
        let _ = writeln!(text, "{}\n", self.provenance());
        if let Some((a, b)) = self.devices() {
            let _ = writeln!(
                text,
                "**CAUTION: the devices differ. Every ratio below is one of {a} and {b} as much as of anything else.**\n"
            );
        }
        let _ = writeln!(text, "{}\n", self.table());
        let _ = writeln!(text, "{}\n", self.counts());
        let count = self.changes.len();
        text += &method(&format!("all {count} of them"), self.same_within);
        text += &of_medians(self.changes.iter().map(Change::is_of_samples));
        text += &self.not_compared();
        text + self.changes.first().map_or("", |change| software_caution(&change.b.row.device))
    }

    /// Where both sides come from, a line for each thing, with what differs marked.
    fn provenance(&self) -> String {
        let mut table = markdown(["", "A", "B", ""], &[]);
        let [a, b] = self.files.map(escaped);
        table.add_row(["File".to_owned(), a, b, String::new()]);
        let lines: [(&str, OfRow); 6] = [
            ("Device", |row| &row.device),
            ("Driver", |row| &row.driver),
            ("Shader compiler", |row| &row.shader_compiler),
            ("Commit", |row| &row.git_commit),
            ("Configuration", |row| &row.config),
            ("Measured", |row| &row.timestamp_utc),
        ];
        for (name, value) in lines {
            let a = distinct(self.changes.iter().map(|change| value(change.a.row)));
            let b = distinct(self.changes.iter().map(|change| value(change.b.row)));
            // Two runs are never at one time.
            let differs = if a != b && name != "Measured" { "**differs**" } else { "" };
            table.add_row([name.to_owned(), escaped(&a), escaped(&b), differs.to_owned()]);
        }
        table.to_string()
    }

    fn table(&self) -> String {
        let header = ["Experiment", "Phase", "A", "B", "B / A", "Verdict", "Note"];
        let mut table = markdown(header, &[2, 3, 4]);
        let mut earlier = None;
        for change in &self.changes {
            let Change { a, b, ratio, verdict } = change;
            let is_first = earlier.replace(&b.row.experiment) != Some(&b.row.experiment);
            table.add_row([
                if is_first { escaped(&b.row.experiment) } else { String::new() },
                phase_label(b.row),
                format::time(&a.time),
                format::time(&b.time),
                ratio_cell(ratio),
                verdict.as_str().to_owned(),
                note(change),
            ]);
        }
        table.to_string()
    }

    fn counts(&self) -> String {
        let count = |verdict: Verdict| format!("{} {}", self.count(verdict), verdict.as_str());
        format!("{}.", Verdict::ALL.map(count).join(", "))
    }

    fn not_compared(&self) -> String {
        let mut lines = String::new();
        for (row, reason) in &self.untimed {
            let _ = writeln!(lines, "- {}: {reason}.", named(row));
        }
        for (rows, file) in [(&self.only_a, "A"), (&self.only_b, "B")] {
            for row in rows {
                let _ = writeln!(lines, "- {}, {}: only in {file}.", named(row), about(row));
            }
        }
        if lines.is_empty() { lines } else { format!("\nNot compared:\n\n{lines}") }
    }
}

impl Ties<'_> {
    /// What is printed: of each group the fastest, with what ties with it and what does not.
    pub fn render(&self) -> String {
        let mut text = format!("# The fastest of {}\n\n", self.file);
        for group in &self.groups {
            let row = group.fastest.row;
            let stop = if row.stop_after.is_empty() || row.stop_after == "output" {
                String::new()
            } else {
                format!(", up to {}", row.stop_after)
            };
            let _ = writeln!(text, "## {} ({}){stop}: {}\n", row.phase, row.mode, about(row));
            let _ = writeln!(text, "On {}.\n", row.device);
            let _ = writeln!(text, "{}\n\n{}\n", table(group), fastest(group));
        }
        text += &method(
            &format!("as would those of all {} pairs, any of which could be the fastest", self.pairs),
            self.same_within,
        );
        let rivals = self
            .groups
            .iter()
            .flat_map(|group| group.rivals.iter().map(|rival| is_of_samples(&group.fastest, &rival.timed)));
        text += &of_medians(rivals);
        text + self.groups.first().map_or("", |group| software_caution(&group.fastest.row.device))
    }
}

fn table(group: &Group<'_>) -> String {
    let mut table = markdown(["Experiment", "Median", "Over the fastest", "Verdict"], &[1, 2]);
    let Group { fastest, rivals } = group;
    table.add_row([
        escaped(&fastest.row.experiment),
        format::time(&fastest.time),
        "1×".to_owned(),
        "fastest".to_owned(),
    ]);
    for rival in rivals {
        table.add_row([
            escaped(&rival.timed.row.experiment),
            format::time(&rival.timed.time),
            ratio_cell(&rival.ratio),
            rival.verdict.as_str().to_owned(),
        ]);
    }
    table.to_string()
}

/// The problem of a row, and that its caches were cold where they were.
fn about(row: &Row) -> String {
    match caches(row) {
        "cold" => format!("{}, caches cold", shape(row)),
        _ => shape(row),
    }
}

/// The sentence that names the fastest and its ties.
fn fastest(group: &Group<'_>) -> String {
    let tied = group.rivals.iter().filter(|rival| rival.is_tied());
    let names: Vec<String> =
        tied.map(|rival| format!("`{}` ({})", rival.timed.row.experiment, rival.verdict.as_str())).collect();
    let name = &group.fastest.row.experiment;
    if names.is_empty() {
        format!("Fastest: `{name}`, alone.")
    } else {
        format!("Fastest: `{name}`, tied with {}.", names.join(", "))
    }
}

/// How the ratios and verdicts are meant, and which comparisons count together.
fn method(together: &str, same_within: f64) -> String {
    let margin = percent(same_within);
    format!(
        "- In brackets are intervals that hold with {} together, {together}. They see nothing that is the same in all \
         samples of a process.\n\
         - `slower` and `faster`: the whole interval is beyond ±{margin}; `same`: all of it is within; `unclear`: it \
         reaches over an end.\n",
        percent(1.0 - MISS)
    )
}

/// How many intervals are not of samples, where there are any.
fn of_medians(are_of_samples: impl Iterator<Item = bool>) -> String {
    let are_of_samples: Vec<bool> = are_of_samples.collect();
    let others = are_of_samples.iter().filter(|is_of_samples| !*is_of_samples).count();
    if others == 0 {
        return String::new();
    }
    format!(
        "- {others} of the {} intervals are of the rows' own, as if of normal distributions: the raw samples do not lie \
         beside the rows.\n",
        are_of_samples.len()
    )
}

fn ratio_cell(ratio: &Interval) -> String {
    if ratio.high.is_finite() {
        format::ratio(ratio)
    } else {
        format!("{}× [too few samples]", format::factor(ratio.mid))
    }
}

/// What else differs between two rows.
fn note(change: &Change<'_>) -> String {
    let (a, b) = (change.a.row, change.b.row);
    let notes = [
        (a.config_hash != b.config_hash, "configured otherwise"),
        (a.spirv_hash != b.spirv_hash, "other kernel"),
        (!change.is_of_samples(), "medians"),
    ];
    let notes: Vec<&str> = notes.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note).collect();
    notes.join(", ")
}

/// Each value once, in order.
fn distinct<'v>(values: impl Iterator<Item = &'v str>) -> String {
    let mut found: Vec<&str> = Vec::new();
    for value in values {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found.join("; ")
}
