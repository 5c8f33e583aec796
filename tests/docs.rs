//! What the documents quote is what the committed results say, and what they show a reader works.

use std::path::{Path, PathBuf};
use std::process::Command;

use winoscope::config::Configuration;
use winoscope::results;
use winoscope::winograd::{Transforms, integer_points, sqrt2_points};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What `winoscope report` prints of a committed results file.
fn report(path: &str) -> String {
    let path = root().join(path);
    let (rows, shares) =
        (results::read_rows(&path).unwrap().rows, results::read_shares_beside(&path).unwrap());
    results::report::render(&rows, &shares).trim_end().to_owned() + "\n"
}

#[test]
fn the_committed_report_is_what_report_prints() {
    assert_eq!(text("docs/investigation-report.md"), report("results/h200/investigation.csv"));
}

#[test]
fn the_readmes_tables_stand_in_the_report() {
    let (readme, report) = (text("README.md"), report("results/h200/investigation.csv"));
    let quoted: Vec<&str> =
        readme.lines().filter(|line| line.starts_with("| ") && line.contains("µs")).collect();
    assert_eq!(quoted.len(), 10, "five phases, as written and as compiled");
    for line in quoted {
        assert!(report.contains(line), "not in the report: {line}");
    }
}

/// Every ratio and every time in the investigation's prose is one that the report prints.
#[test]
fn the_investigations_figures_stand_in_the_report() {
    let (prose, report) = (text("docs/investigation.md"), report("results/h200/investigation.csv"));
    let prose = prose.replace('\n', " ");
    let words: Vec<&str> = prose.split(' ').collect();
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    let mut found = 0;
    for (index, word) in words.iter().enumerate() {
        let word = word.trim_matches(|c: char| !c.is_ascii_digit() && c != '×' && c != 'µ' && c != 's');
        let figure = match word.strip_suffix('×') {
            Some(ratio) if is_number(ratio) => word.to_owned(),
            _ if word == "µs" && is_number(words[index - 1].trim_start_matches('(')) => {
                format!("{} µs", words[index - 1].trim_start_matches('('))
            }
            _ => continue,
        };
        assert!(report.contains(&figure), "the report does not print {figure}");
        found += 1;
    }
    assert!(found >= 30, "only {found} figures were found: is the prose still read as it is written?");
}

/// What `scripts/accuracy.sh` prints of a committed results file.
fn accuracy_table(path: &str) -> String {
    let awk = Command::new("awk")
        .args(["-f", "scripts/lib/accuracy.awk", path])
        .current_dir(root())
        .output()
        .expect("awk, which every system of these tests has");
    assert!(awk.status.success(), "{}", String::from_utf8_lossy(&awk.stderr));
    String::from_utf8(awk.stdout).expect("UTF-8")
}

/// Lavin and Gray (2016), table 4, conv3.2: direct, F(2×2), F(4×4).
const PUBLISHED: [&str; 3] = ["1.53e-4", "5.34e-5", "9.06e-4"];

/// The largest relative error that F(4×4) may have at 256 channels, by its points.
const TARGETS: [(&str, &str); 2] = [("integer", "3.5e-6"), ("sqrt2", "1.7e-6")];

#[test]
fn the_accuracy_targets_are_met() {
    let rows = results::read_rows(&root().join("results/lavapipe/accuracy.csv")).unwrap().rows;
    for (points, target) in TARGETS {
        let row = rows
            .iter()
            .find(|row| row.tile == Some(4) && row.points == points && row.phase == results::Phase::Output)
            .expect("the experiment");
        assert_eq!(row.in_channels, 256);
        let error = row.rel_error.expect("an error");
        assert!(error <= target.parse().unwrap(), "{points}: {error:e}");
    }
}

/// The ratios of y's error to MHAT's that the matrices imply.
fn amplifications() -> Vec<String> {
    [2, 4, 6]
        .into_iter()
        .flat_map(|m| {
            [integer_points(m + 1), sqrt2_points(m + 1)].map(|points| Transforms::cook_toom(m, &points))
        })
        .map(|transforms| format!("{:.1}×", transforms.amplification()))
        .collect()
}

/// The table is what the script prints, and every error and ratio besides is in it, published, a target, or computed
/// from the matrices.
#[test]
fn the_accuracys_figures_stand_in_its_table() {
    let (page, table) = (text("docs/accuracy.md"), accuracy_table("results/lavapipe/accuracy.csv"));
    assert!(page.contains(&table), "scripts/accuracy.sh prints\n{table}");
    let amplifications = amplifications();
    let known: Vec<&str> = table
        .split(&[' ', '\n'])
        .chain(PUBLISHED)
        .chain(TARGETS.map(|(_, target)| target))
        .chain(amplifications.iter().map(String::as_str))
        .collect();
    let mut found = 0;
    for word in page.split(|c: char| c.is_whitespace()) {
        let word = word.trim_matches(|c: char| !c.is_ascii_digit() && c != '×');
        let number = word.strip_suffix('×').unwrap_or(word);
        let is_figure = number.parse::<f64>().is_ok() && (word.contains("e-") || word.ends_with('×'));
        if is_figure {
            assert!(known.contains(&word), "neither the table nor a source has {word}");
            found += 1;
        }
    }
    assert!(found >= 45, "only {found} figures were found: is the page still read as it is written?");
}

#[test]
fn the_readmes_configuration_is_valid() {
    let readme = text("README.md");
    let toml =
        readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a TOML example");
    let configuration =
        Configuration::parse(toml, "layers.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(configuration.experiments.len(), 3);
}

#[test]
fn every_committed_configuration_is_valid() {
    let files: Vec<PathBuf> = std::fs::read_dir(root().join("configs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    assert!(files.len() >= 2);
    for file in files {
        Configuration::load(&file, &[]).unwrap_or_else(|error| panic!("{error}"));
    }
}
