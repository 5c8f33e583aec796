//! What the documents quote is what the committed results say, and what they show a reader works.

use std::path::{Path, PathBuf};
use std::process::Command;

use winoscope::config::{Configuration, Tuned};
use winoscope::results;
use winoscope::results::ceilings::SavedCeilings;
use winoscope::winograd::{Transforms, balanced_points, integer_points, sqrt2_points};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What `winoscope report` prints of a committed results file.
fn report(path: &str) -> String {
    let path = root().join(path);
    let (mut rows, beside) = (results::read_rows(&path).unwrap().rows, results::Beside::read(&path).unwrap());
    let devices: Vec<String> = rows.iter().map(|row| row.device.clone()).collect();
    let devices = devices.iter().map(String::as_str);
    SavedCeilings::in_folder(path.parent().unwrap(), devices).unwrap().fill(&mut rows);
    results::report::render(&rows, &beside).trim_end().to_owned() + "\n"
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

#[test]
fn the_committed_hypotheses_are_what_report_prints() {
    assert_eq!(text("docs/hypothesis-report.md"), report("results/h200/hypothesis.csv"));
}

#[test]
fn the_committed_columns_are_what_columns_prints() {
    assert_eq!(text("docs/columns.md"), results::reference(), "winoscope columns > docs/columns.md");
}

/// The results files of a folder.
fn files_in(folder: &str) -> Vec<String> {
    let files = std::fs::read_dir(root().join(folder)).unwrap();
    let mut files: Vec<String> =
        files.map(|file| format!("{folder}/{}", file.unwrap().file_name().to_str().unwrap())).collect();
    files.sort();
    files
}

#[test]
fn the_suites_tables_are_those_of_the_rows() {
    let page = text("docs/performance.md");
    for (folder, options) in [
        ("results/h200/suite", &[][..]),
        ("results/h200/suite", &["-v", "max_rel_error=1e-5"]),
        ("results/h200/suite", &["-v", "variant=direct"]),
        ("results/h200/random", &[]),
        ("results/h100/suite", &[]),
        ("results/h100/suite", &["-v", "max_rel_error=1e-5"]),
        ("results/h100/suite", &["-v", "variant=direct"]),
        ("results/h100/random", &[]),
        ("results/h100/random_20261129", &[]),
    ] {
        let table = table_with(options, "suite", &files_in(folder));
        assert!(table.contains("Geometric mean"), "{table}");
        assert!(page.contains(&table), "scripts/lib/suite.awk prints of {folder} with {options:?}\n{table}");
    }
    for device in DEVICES {
        let products =
            ["suite.cublas.csv", "suite_vgg3_2.csv"].map(|file| format!("results/{device}/suite/{file}"));
        let table = table_with(&[], "products", &products);
        assert!(table.contains("Geometric mean") && page.contains(&table), "products.awk prints\n{table}");
    }
}

/// Those that the suite was measured on.
const DEVICES: [&str; 2] = ["h200", "h100"];

/// The geometric mean that an awk program of `scripts/lib` prints of a folder.
fn mean_of(folder: &str, options: &[&str]) -> String {
    let table = table_with(options, "suite", &files_in(folder));
    let mean = table.split("over Winoscope's: ").nth(1).and_then(|rest| rest.split('×').next());
    mean.expect("a mean").to_owned()
}

/// The ratios that the README begins with are those of the suite.
#[test]
fn the_readmes_ratios_are_the_suites() {
    for device in DEVICES {
        let ratio = mean_of(&format!("results/{device}/suite"), &[]);
        assert!(text("README.md").contains(&format!("{ratio}×")), "README.md must say {ratio}× of {device}");
    }
}

/// So are the means in the table of goals.
#[test]
fn the_goals_means_are_those_of_the_rows() {
    let page = text("docs/performance.md");
    let suite = mean_of("results/h200/suite", &[]);
    let accurate = mean_of("results/h200/suite", &["-v", "max_rel_error=1e-5"]);
    let random = mean_of("results/h200/random", &[]);
    for goal in [
        format!("| **{suite}×**, none slower; {accurate}× with errors of at most 1e-5 |"),
        format!("| {random}×, none slower |"),
    ] {
        assert!(page.contains(&goal), "docs/performance.md must say {goal}");
    }
}

/// The table stands in the page as it is printed, and what the page says besides is of its figures.
#[test]
fn the_proofs_figures_stand_in_their_table() {
    let results::Saved::Proofs(rows) = results::read_saved(&root().join("results/h200/proof.csv")).unwrap()
    else {
        panic!("proofs")
    };
    assert!(rows.iter().all(|row| row.verdict != results::Verdict::Fails), "the page says that all hold");
    let printed = results::proofs(&rows);
    let table: Vec<&str> = printed.lines().take_while(|line| line.starts_with('|')).collect();
    assert!(table.len() > 15, "{printed}");
    let page = text("docs/method.md");
    assert!(
        page.contains(&table.join("\n")),
        "docs/method.md must have what `winoscope report` prints\n{printed}"
    );
}

/// The ratios (`2.10×`) and times (`16.8 µs`) of a text's prose, tables left out.
fn figures(page: &str) -> Vec<String> {
    let prose: Vec<&str> = page.lines().filter(|line| !line.starts_with('|')).collect();
    let prose = prose.join(" ");
    let words: Vec<&str> = prose.split(' ').collect();
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    let of_word = |(index, word): (usize, &&str)| {
        let word = word.trim_matches(|c: char| !c.is_ascii_digit() && c != '×' && c != 'µ' && c != 's');
        match word.strip_suffix('×') {
            Some(ratio) if is_number(ratio) => Some(word.to_owned()),
            _ if word == "µs" => {
                let number = words[index.checked_sub(1)?].trim_start_matches('(');
                is_number(number).then(|| format!("{number} µs"))
            }
            _ => None,
        }
    };
    words.iter().enumerate().filter_map(of_word).collect()
}

/// Every figure in the prose of `page` must stand in `tables`; at least `least` are found.
fn assert_figures_stand(page: &str, tables: &str, least: usize) {
    let figures = figures(&text(page));
    for figure in &figures {
        assert!(tables.contains(figure.as_str()), "{page}: no row behind it gives {figure}");
    }
    assert!(
        figures.len() >= least,
        "{page}: only {} figures: is it still read as it is written?",
        figures.len()
    );
}

/// What the awk script `name` prints of a committed results file.
fn table(name: &str, path: &str) -> String {
    table_of(name, &[path.to_owned()])
}

/// What it prints of several.
fn table_of(name: &str, paths: &[String]) -> String {
    table_with(&[], name, paths)
}

/// What it prints of several with options of awk.
fn table_with(options: &[&str], name: &str, paths: &[String]) -> String {
    let script = format!("scripts/lib/{name}.awk");
    let awk = Command::new("awk")
        .args(options)
        .args(["-f", "scripts/lib/csv.awk", "-f", &script])
        .args(paths)
        .current_dir(root())
        .output()
        .expect("awk, which every system of these tests has");
    assert!(awk.status.success(), "{}", String::from_utf8_lossy(&awk.stderr));
    String::from_utf8(awk.stdout).expect("UTF-8")
}

const PLACEMENTS: [&str; 4] = [
    "results/h200/placements_element.csv",
    "results/h200/placements_blocked.csv",
    "results/h200/placements_blocked_layer.csv",
    "results/h200/placements_element_layer.csv",
];

const SHARES: [&str; 2] =
    ["results/h200/investigation.shares.csv", "results/h200/investigation_64.shares.csv"];

/// The tables that a script makes of `files`, each of which must stand in `page`.
fn tables_in(page: &str, script: &str, files: &[&str]) -> String {
    let tables: Vec<String> = files.iter().map(|file| table(script, file)).collect();
    for (file, table) in files.iter().zip(&tables) {
        assert!(
            text(page).contains(table),
            "{page} must have what scripts/lib/{script}.awk prints of {file}"
        );
    }
    tables.concat()
}

#[test]
fn the_placements_tables_and_figures_are_those_of_the_rows() {
    let tables = tables_in("docs/placements.md", "placements", &PLACEMENTS);
    assert_figures_stand("docs/placements.md", &tables, 12);
}

#[test]
fn the_factors_tables_and_figures_are_those_of_the_shares() {
    let tables = tables_in("docs/attribution.md", "shares", &SHARES);
    assert_figures_stand("docs/attribution.md", &tables, 10);
}

/// Every ratio and every time in the investigation's prose stands in a report or table of committed rows.
#[test]
fn the_investigations_figures_stand_in_the_reports() {
    let known = [
        report("results/h200/investigation.csv"),
        report("results/h200/hypothesis.csv"),
        report("results/h200/suite/suite.tinygrad.csv"),
        tables_in("docs/placements.md", "placements", &PLACEMENTS),
        tables_in("docs/attribution.md", "shares", &SHARES),
    ];
    assert_figures_stand("docs/investigation.md", &known.concat(), 40);
    // Its own table is put together by hand of two reports.
    let page = text("docs/investigation.md");
    let cells: Vec<&str> =
        page.lines().filter(|line| line.starts_with("| ")).flat_map(|line| line.split('|')).collect();
    let times: Vec<&str> = cells.into_iter().map(str::trim).filter(|cell| cell.ends_with("µs")).collect();
    assert_eq!(times.len(), 16);
    for time in times {
        assert!(known.concat().contains(&format!(" {time} ")), "no report gives {time}");
    }
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
    [2, 4, 5, 6, 7]
        .into_iter()
        .flat_map(|m| {
            [integer_points, sqrt2_points, balanced_points]
                .map(|points| Transforms::cook_toom(m, &points(m + 1)))
        })
        .map(|transforms| format!("{:.1}×", transforms.amplification()))
        .collect()
}

/// The table is what the script prints, and every error and ratio besides is in it, published, a target, or computed
/// from the matrices.
#[test]
fn the_accuracys_figures_stand_in_its_table() {
    let page = text("docs/accuracy.md");
    let tables =
        ["accuracy", "partial_sums"].map(|name| table("accuracy", &format!("results/lavapipe/{name}.csv")));
    for table in &tables {
        assert!(page.contains(table), "scripts/lib/accuracy.awk prints\n{table}");
    }
    let table = tables.concat();
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
    let folders = ["configs", "configs/exemplars", "configs/placements", "configs/suite"];
    let files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    assert!(files.len() >= 27);
    for file in files {
        Configuration::load(&file, &[], &Tuned::default()).unwrap_or_else(|error| panic!("{error}"));
    }
}
