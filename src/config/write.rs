//! Experiments as configurations: every factor spelled out, so that nothing is left to another default.

use std::fmt::Write;

use super::experiment::Experiment;
use super::factors::AlgorithmKind;
use super::mixture;

/// The settings of an experiment's factors, each a dotted key and its value as TOML, in the order of the reference. What
/// the plan chooses, and what has no meaning for the algorithm, is left out.
pub fn settings(experiment: &Experiment) -> Vec<(&'static str, String)> {
    let has_meaning = |key: &str| match experiment.algorithm {
        AlgorithmKind::Direct => {
            matches!(key, "algorithm.kind" | "schedule.grid") || key.starts_with("direct.")
        }
        // After the output nothing is left to consume.
        AlgorithmKind::Winograd => key != "schedule.consume" && !key.starts_with("direct."),
    };
    mixture::factors(experiment)
        .filter(|(key, _)| has_meaning(key))
        .map(|(key, value)| (key, if value.parse::<u32>().is_ok() { value } else { format!("\"{value}\"") }))
        .collect()
}

/// The sizes of an experiment's problem, likewise.
pub fn sizes(experiment: &Experiment) -> Vec<(&'static str, String)> {
    let problem = &experiment.problem;
    vec![
        ("batch", problem.batch.to_string()),
        ("in_channels", problem.in_channels.to_string()),
        ("out_channels", problem.out_channels.to_string()),
        ("height", problem.height.to_string()),
        ("width", problem.width.to_string()),
        ("padding", problem.padding.to_string()),
        ("dtype", format!("\"{}\"", experiment.dtype)),
    ]
}

/// A configuration called `name` of one variant, which is `experiment`, under `comments`.
pub fn configuration(name: &str, experiment: &Experiment, comments: &[String]) -> String {
    let mut text = String::new();
    for comment in comments {
        let _ = writeln!(text, "# {comment}");
    }
    let _ = write!(text, "\nname = \"{name}\"\n\n[problem]\n{}", lines(sizes(experiment)));
    let _ = write!(text, "\n[[variant]]\nname = \"{}\"\n{}", experiment.variant, lines(settings(experiment)));
    text
}

/// `key = value` on a line each.
pub(super) fn lines(settings: Vec<(&'static str, String)>) -> String {
    settings.into_iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
}
