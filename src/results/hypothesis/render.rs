//! The verdicts as text: a table and a verdict for each explanation, then the nearest single factor.

use std::fmt::Write;

use super::nearest::{Effect, nearest};
use super::totals::Ratio;
use super::verdict::{Case, Explanation, RECOVERED, SLOW, Verdict};
use crate::results::format::{factor, percent, ratio};
use crate::results::interval::Interval;
use crate::results::questions::{PREVIOUS_PHASE_3, against_previous};
use crate::results::table::{MISSING, escaped, markdown};

/// Reasons that are named where something is missing; the others are counted.
const REASONS: usize = 3;

/// All of it, in Markdown without a heading of its own.
pub(super) fn render(explanations: &[Explanation], effects: &[Effect], spread: Option<f64>) -> String {
    let mut text = format!(
        "Is any of these why phase 3 was found {PREVIOUS_PHASE_3}× slower and phase 4 not? An explanation is supported \
         where one of its cases has a first ratio of at least {SLOW}× (phase 3 is slow) and a second of at most \
         {RECOVERED}× (what it says should recover does), each with its whole interval, and where the control, if \
         there is one, has not. Ratios are of pipelined totals, or of the host's times where that is said. {}\n",
        noise(spread)
    );
    for (number, explanation) in (1..).zip(explanations) {
        let _ = write!(text, "\n### {number}. {}\n\n{}\n\n", explanation.title, explanation.claim);
        text += &table(explanation, spread);
        for note in &explanation.notes {
            let _ = write!(text, "\n{note}\n");
        }
        let _ = writeln!(text, "\n{}", verdict(explanation));
    }
    let _ = write!(
        text,
        "\n### The single factor nearest to {PREVIOUS_PHASE_3}×\n\n{}\n",
        single_factor(effects, spread)
    );
    text
}

fn noise(spread: Option<f64>) -> String {
    match spread {
        Some(spread) => format!(
            "A ratio is marked as within noise where its interval contains 1, or where it is no farther from 1 than the \
             {} by which equal kernels of phases besides the multiply differ between experiments.",
            percent(spread)
        ),
        None => "A ratio is marked as within noise where its interval contains 1; by how much equal kernels differ \
                 between experiments is not known."
            .to_owned(),
    }
}

fn is_noise(ratio: &Interval, spread: Option<f64>) -> bool {
    ratio.contains(1.0) || spread.is_some_and(|spread| ratio.mid.ln().abs() <= spread.ln_1p())
}

fn table(explanation: &Explanation, spread: Option<f64>) -> String {
    let [what, slow, recovered] = explanation.headings;
    let mut table = markdown([what, slow, recovered, "Slow, then recovered"], &[1, 2]);
    let cell = |value: &Ratio| match value {
        Ok(found) if is_noise(found, spread) => format!("{} (within noise)", ratio(found)),
        Ok(found) => ratio(found),
        Err(_) => MISSING.to_owned(),
    };
    let answer = |is: Option<bool>| is.map_or("?", |is| if is { "yes" } else { "no" });
    let named = explanation.cases.iter().map(|case| (case, case.name.clone()));
    let control = explanation.control.iter().map(|case| (case, format!("{} (control)", case.name)));
    for (case, name) in named.chain(control) {
        table.add_row([
            escaped(&name),
            cell(&case.slow),
            cell(&case.recovered),
            format!("{}, {}", answer(case.is_slow()), answer(case.is_recovered())),
        ]);
    }
    format!("{table}\n")
}

fn verdict(explanation: &Explanation) -> String {
    let [slow, recovered] = columns(explanation);
    let figures = |case: &Case| {
        let show = |value: &Ratio| value.as_ref().map_or(MISSING.to_owned(), ratio);
        format!("{slow} is {}, {recovered} is {}", show(&case.slow), show(&case.recovered))
    };
    match explanation.verdict() {
        Verdict::Supported(cases) => {
            let found: Vec<String> =
                cases.iter().map(|case| format!("With {}, {}.", case.name, figures(case))).collect();
            let change = format!(
                "It would no longer be if {slow} fell below {SLOW}× or {recovered} rose above {RECOVERED}×{}",
                explanation
                    .control
                    .as_ref()
                    .map_or(String::new(), |control| format!(", or if {} showed the same", control.name))
            );
            format!("**Supported.** {} {change}.", found.join(" "))
        }
        Verdict::NotTheCause(case, control) => format!(
            "**Not supported.** With {}, {}; but {} shows the same: {}. It would be supported if {} did not.",
            case.name,
            figures(case),
            control.name,
            figures(control),
            control.name
        ),
        Verdict::NotSupported(cases) if cases.is_empty() => {
            "**Not supported.** No case has both ratios, and the one that it has rules it out.".to_owned()
        }
        Verdict::NotSupported(cases) => {
            let told = cases.iter().zip(["Nearest", "Slowest in phase 3"]).map(|(case, which)| {
                format!(" {which} is {}: {}. {}", case.name, figures(case), shortfall(explanation, case))
            });
            format!("**Not supported.**{}", told.collect::<String>())
        }
        Verdict::CannotTell(missing) => format!("**Cannot tell.** Missing: {}.", some_of(&missing)),
    }
}

/// The columns of both ratios, as sentences name them.
fn columns(explanation: &Explanation) -> [String; 2] {
    let [_, slow, recovered] = explanation.headings;
    [slow, recovered].map(|heading| format!("*{heading}*"))
}

/// What a case lacks, and would need.
fn shortfall(explanation: &Explanation, case: &Case) -> String {
    let [slow, recovered] = columns(explanation);
    let [short, over] = case.shortfall().unwrap_or([1.0; 2]);
    let slower = (short > 1.0).then(|| format!("{slow} were {}× as large", factor(short)));
    let recovering = (over > 1.0).then(|| format!("{recovered} were {}× smaller", factor(over)));
    let lacking = match (&slower, &recovering) {
        (None, _) => "Phase 3 is slow, but nothing recovers.",
        (_, None) => "Phase 3 is not that slow.",
        _ => "Phase 3 is not that slow, and nothing recovers.",
    };
    let needed: Vec<String> = [slower, recovering].into_iter().flatten().collect();
    format!("{lacking} It would be supported if {}.", needed.join(" and "))
}

fn single_factor(effects: &[Effect], spread: Option<f64>) -> String {
    let Some((Effect { factor, place, .. }, found)) = nearest(effects) else {
        let reasons: Vec<String> = effects.iter().filter_map(|effect| effect.ratio.clone().err()).collect();
        return format!("**Cannot tell.** Missing: {}.", some_of(&reasons));
    };
    let noise = if is_noise(found, spread) { ", which is within noise" } else { "" };
    let missing = effects.iter().filter(|effect| effect.ratio.is_err()).count();
    let known = effects.len() - missing;
    let counted = match missing {
        0 => format!("all {known} changes of one factor"),
        _ => format!("{known} changes of one factor ({missing} more could not be compared)"),
    };
    format!(
        "Of {counted}, the nearest is {factor} in {place}: {}{noise}. {}",
        ratio(found),
        against_previous(found)
    )
}

/// The first few reasons.
fn some_of(reasons: &[String]) -> String {
    let mut named: Vec<String> = reasons.iter().take(REASONS).cloned().collect();
    if reasons.len() > REASONS {
        named.push(format!("and {} more", reasons.len() - REASONS));
    }
    named.join("; ")
}
