//! `winoscope report` on files that are not what they should be.

use predicates::str::contains;

use crate::support::scratch::{rows_file, samples_file, stdout};
use crate::support::{Scratch, config, exit, in_order};

/// A folder with results of `direct.toml`.
fn measured() -> Scratch {
    let scratch = Scratch::with("direct.toml", config::direct());
    scratch.run("direct.toml");
    scratch
}

#[test]
fn a_missing_file_is_named() {
    let report = Scratch::new().winoscope(&["report", "nosuch.csv"]).assert();
    report
        .code(exit::UNREADABLE)
        .stdout("")
        .stderr(in_order(&["error: cannot read nosuch.csv: No such file"]));
}

#[test]
fn rows_of_two_files_are_one_report() {
    let scratch = measured();
    scratch.write("second.toml", config::direct().replace("name = \"direct\"", "name = \"another\""));
    scratch.run("second.toml");
    let files = [rows_file("direct"), rows_file("second")];
    let report = scratch.winoscope(&["report", &files[0], &files[1]]).assert().code(0).stderr("");
    report.stdout(in_order(&["direct: direct", "second: another"]));
}

#[test]
fn a_malformed_cell_is_shown_with_line_and_column() {
    let scratch = measured();
    let text = scratch.read(&rows_file("direct")).replacen(",ok,", ",fine,", 1);
    scratch.write("bad.csv", text);
    let report = scratch.winoscope(&["report", "bad.csv"]).assert().code(exit::BAD_RESULTS).stdout("");
    report.stderr(in_order(&["error: bad.csv line 2, column `status`: expected one of `ok`", "`fine`"]));
}

#[test]
fn a_short_line_is_shown_with_its_number() {
    let scratch = measured();
    let text = scratch.read(&rows_file("direct")).replacen("\ndirect,", "\na,b\ndirect,", 1);
    scratch.write("bad.csv", text);
    let report = scratch.winoscope(&["report", "bad.csv"]).assert().code(exit::BAD_RESULTS).stdout("");
    let columns = winoscope::results::COLUMNS.len();
    report.stderr(contains(format!("error: bad.csv line 2: it has 2 fields, its header {columns}")));
}

#[test]
fn another_kind_of_file_is_refused() {
    let scratch = Scratch::with("notes.csv", "a,b\n1,2\n");
    let report = scratch.winoscope(&["report", "notes.csv"]).assert().code(exit::BAD_RESULTS).stdout("");
    report.stderr(in_order(&[
        "error: notes.csv: it lacks the columns ",
        "that this version of `winoscope run` wrote",
    ]));
}

#[test]
fn samples_are_passed_over() {
    let scratch = measured();
    let (rows, samples) = (rows_file("direct"), samples_file("direct"));
    let report = scratch.winoscope(&["report", &rows, &samples]).assert().code(0);
    let report = report.stderr(contains("warning: results/direct.samples.csv holds raw samples, not rows"));
    report.stdout(contains("| direct "));
}

#[test]
fn nothing_to_report_is_said() {
    let scratch = Scratch::with("empty.csv", "");
    scratch.winoscope(&["report", "empty.csv"]).assert().code(0).stdout("There are no rows to report on.\n");
}

#[test]
fn shares_beside_the_rows_are_read() {
    let scratch = measured();
    scratch.write("results/direct.shares.csv", "a,b\n1,2\n");
    let report = scratch.winoscope(&["report", &rows_file("direct")]).assert();
    let report = report.code(exit::BAD_RESULTS).stdout("");
    report.stderr(contains("error: results/direct.shares.csv: it lacks the columns config, from, to,"));
}

#[test]
fn a_run_that_tests_explanations_says_what_it_supports() {
    let stored = "[[variant]]\nname = \"recompute_none\"\n";
    let inline = "[[variant]]\nname = \"recompute_xhat\"\nbuffers.xhat.placement = \"inline\"\n";
    let rest =
        "[multiply]\nmapping = \"element\"\n[sweep]\n\"schedule.stop_after\" = [\"mhat\", \"output\"]\n";
    let text = [config::PROBLEM, config::QUICK, stored, inline, rest].concat();
    let scratch = Scratch::with("explained.toml", text);
    let run = scratch.run("explained.toml");
    let said = in_order(&[
        "## Hypotheses",
        "### 1. The seed's",
        "**Cannot tell.** Missing: no rows of `written_none` with stop_after `mhat`",
        "### 2. Recomputation",
        // XHAT once for each of two filters.
        "| xhat (×2) ",
        "### 3. The clock",
        "### The single factor nearest to 40×",
        "`buffers.xhat.placement` (global → inline)",
    ]);
    run.stdout(said);
    let report = scratch.winoscope(&["report", &rows_file("explained")]).assert().code(0);
    assert!(!stdout(&report).contains("## The seed's investigation"));
}

#[test]
fn a_page_is_written_in_place_of_the_text() {
    let scratch = measured();
    let report = scratch.winoscope(&["report", &rows_file("direct"), "--html", "page.html"]).assert();
    report.code(0).stdout("").stderr("page: page.html\n");
    let page = scratch.read("page.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "{page}");
    for found in ["Time of each phase", "Samples about their median", "llvmpipe", "Not drawn:"] {
        assert!(page.contains(found), "no {found} in {page}");
    }
}

#[test]
fn a_page_that_cannot_be_written_is_told() {
    let scratch = measured();
    let rows = rows_file("direct");
    let before = scratch.read(&rows);
    let cases = [
        ("nosuch/page.html", exit::NOT_WRITABLE, "error: cannot write nosuch/page.html: No such file"),
        ("/dev/full", exit::DISK_FULL, "error: cannot write /dev/full: No space left"),
        (rows.as_str(), exit::NOT_WRITABLE, "is one of the results files: choose another name for the page"),
    ];
    for (page, code, message) in cases {
        let report = scratch.winoscope(&["report", &rows, "--html", page]).assert();
        report.code(code).stdout("").stderr(contains(message));
    }
    assert_eq!(scratch.read(&rows), before);
}
