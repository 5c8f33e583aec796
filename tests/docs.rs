//! What the documents quote is what the committed results say, and what they show a reader works.

use std::path::{Path, PathBuf};

use winoscope::config::Configuration;
use winoscope::results;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What `winoscope report` prints of a committed results file.
fn report(path: &str) -> String {
    let rows = results::read_rows(&root().join(path)).unwrap().rows;
    results::report::render(&rows).trim_end().to_owned() + "\n"
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
