//! Whole outputs, kept under `tests/snapshots` (`cargo insta review` shows what changed).

use crate::support::Scratch;
use crate::support::scratch::{repository, stdout};

/// Compares with the snapshot `name`.
pub fn assert_golden(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_plans_of_the_investigation() {
    let configuration = repository().join("configs/investigation.toml");
    let arguments = ["explain", configuration.to_str().unwrap()];
    let plans = stdout(&Scratch::new().winoscope(&arguments).assert().code(0).stderr(""));
    let experiments = plans.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).count();
    assert_eq!(experiments, 17);
    assert_golden("explain_investigation", &plans);
}

#[test]
fn the_help() {
    for command in [
        "",
        "devices",
        "explain",
        "list",
        "run",
        "tune",
        "report",
        "attribute",
        "compare",
        "prove",
        "ceilings",
        "schema",
        "columns",
    ] {
        let arguments: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let scratch = Scratch::new();
        let mut help = scratch.winoscope(&arguments);
        // The help states what it finds in the environment.
        help.env_remove("WINOSCOPE_CACHE");
        let help = stdout(&help.assert().code(0).stderr(""));
        let name = if command.is_empty() { "help".to_owned() } else { format!("help_{command}") };
        assert_golden(&name, &help);
    }
}
