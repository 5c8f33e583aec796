//! The seed's three key questions, answered from the figures of one form's steps.

use super::columns::Row;
use super::format::{factor, ratio as show, time as show_time};
use super::interval::{Interval, Time};
use super::seed_steps::{Side, Step, Steps, ratio};
use super::values::{Mode, Phase};

/// From this ratio on, the whole interval at or above it, a regression is called massive.
pub(super) const MASSIVE: f64 = 10.0;
/// What the seed's authors had found for phase 3.
pub(super) const PREVIOUS_PHASE_3: f64 = 40.0;
/// What the seed's authors had found for phase 4.
const PREVIOUS_PHASE_4: f64 = 1.13;

/// The three questions with their answers, as a numbered list.
pub(super) fn render(steps: &Steps<'_>) -> String {
    let recovery = recovery(steps);
    format!(
        "1. Does Phase 3 show massive runtime regression? (Previous: {PREVIOUS_PHASE_3}×)\n   {}\n\
         2. Does Phase 4 recover? (Previous: only {PREVIOUS_PHASE_4}×)\n   {}\n\
         3. If so, WHY does adding output transform fix the runtime issue?\n   {}\n",
        regression(steps.multiply()),
        recovery.answer(),
        why(steps, &recovery),
    )
}

/// Question 1.
fn regression(step: &Step<'_>) -> String {
    let found = match &step.ratio {
        Err(reason) => return cannot(reason),
        Ok(found) => found,
    };
    if let Some(noise) = step.noise() {
        return format!("**Within noise.** {noise}.");
    }
    let figures = format!("NEW/OLD at phase 3 is {}", show(found));
    let (verdict, sentence) = if found.low >= MASSIVE {
        ("Yes", format!("{figures}, wholly at or above {MASSIVE}×, from which on it is called massive"))
    } else if found.contains(1.0) {
        ("Within noise", format!("{figures}, which contains 1: neither is shown to be slower"))
    } else if found.high < 1.0 {
        ("No", format!("{figures}: NEW is the faster one"))
    } else if found.high < MASSIVE {
        (
            "No",
            format!(
                "{figures}: NEW is slower, but by less than {MASSIVE}×, from which on it is called massive"
            ),
        )
    } else {
        (
            "No",
            format!(
                "{figures}: NEW is slower, but not wholly at or above {MASSIVE}×, from which on it is called massive"
            ),
        )
    };
    format!("**{verdict}.** {sentence}. {}", against_previous(found))
}

/// Where the previous figure lies, beside the interval of a ratio.
pub(super) fn against_previous(found: &Interval) -> String {
    if found.contains(PREVIOUS_PHASE_3) {
        format!("The previous {PREVIOUS_PHASE_3}× lies within that interval.")
    } else {
        let side = if found.high < PREVIOUS_PHASE_3 { "above" } else { "below" };
        let apart = (PREVIOUS_PHASE_3 / found.mid).max(found.mid / PREVIOUS_PHASE_3);
        format!("The previous {PREVIOUS_PHASE_3}× lies {side} that interval, {}× away.", factor(apart))
    }
}

/// The verdict on question 2, each with its sentence.
enum Recovery {
    Yes(String),
    NothingToRecover(String),
    No(String),
    WithinNoise(String),
    Unknown(String),
}

impl Recovery {
    fn answer(&self) -> String {
        match self {
            Self::Yes(sentence) => format!("**Yes.** {sentence}."),
            Self::NothingToRecover(sentence) | Self::No(sentence) => format!("**No.** {sentence}."),
            Self::WithinNoise(sentence) => format!("**Within noise.** {sentence}."),
            Self::Unknown(reason) => cannot(reason),
        }
    }
}

/// Question 2.
fn recovery(steps: &Steps<'_>) -> Recovery {
    let (three, four) = match (&steps.multiply().ratio, &steps.whole().ratio) {
        (Ok(three), Ok(four)) => (three, four),
        (Err(three), Err(four)) if three != four => return Recovery::Unknown(format!("{three}; {four}")),
        (Err(reason), _) | (_, Err(reason)) => return Recovery::Unknown(reason.clone()),
    };
    if let Some(noise) = steps.multiply().noise() {
        return Recovery::WithinNoise(format!("In phase 3, {noise}"));
    }
    if let Some(noise) = steps.whole().noise() {
        return Recovery::WithinNoise(format!("In phase 4, {noise}"));
    }
    let (from, to) = (show(three), show(four));
    if three.low <= 1.0 {
        let phase_3 =
            if three.contains(1.0) { "shows no regression beyond noise" } else { "shows no regression" };
        return Recovery::NothingToRecover(format!(
            "There is nothing to recover from: phase 3 {phase_3} (NEW/OLD {from}); phase 4 is at {to}"
        ));
    }
    if four.high <= three.low {
        if four.low <= PREVIOUS_PHASE_4 {
            return Recovery::Yes(format!(
                "NEW/OLD falls from {from} to {to}, whose interval reaches {PREVIOUS_PHASE_4}× or below"
            ));
        }
        return Recovery::No(format!("NEW/OLD falls from {from} to {to}, not to {PREVIOUS_PHASE_4}×"));
    }
    if four.low >= three.high {
        return Recovery::No(format!("NEW/OLD does not fall: it rises from {from} to {to}"));
    }
    Recovery::WithinNoise(format!(
        "NEW/OLD is {from} in phase 3 and {to} in phase 4, and these intervals overlap"
    ))
}

/// Question 3.
fn why(steps: &Steps<'_>, recovery: &Recovery) -> String {
    let opening = match recovery {
        Recovery::Yes(_) => "What the rows show of the recovery:",
        Recovery::NothingToRecover(_) => {
            "There is no regression for the output transform to fix. What the rows show:"
        }
        Recovery::No(_) => "Adding it does not bring the recovery asked about. What the rows show:",
        Recovery::WithinNoise(_) => "Whether there is a recovery is within noise. What the rows show:",
        Recovery::Unknown(_) => "Whether there is a recovery cannot be answered. What the rows show:",
    };
    let sides = [
        Change::of("NEW", &steps.multiply().new, &steps.whole().new, steps.spread),
        Change::of("OLD", &steps.multiply().old, &steps.whole().old, steps.spread),
    ];
    if sides.iter().all(|side| side.multiply.is_err()) {
        let reasons: Vec<&str> =
            sides.iter().filter_map(|side| side.multiply.as_ref().err()).map(String::as_str).collect();
        return cannot(&reasons.join("; "));
    }
    let mut lines = vec![opening.to_owned()];
    lines.extend(sides.iter().map(|side| format!("   - {}", side.sentence())));
    lines.push(format!("   - {}", conclusion(&sides, recovery)));
    lines.join("\n")
}

/// What becomes of one variant from phase 3 to phase 4.
struct Change<'a> {
    name: &'static str,
    /// The multiply-reduce in phase 3 and in phase 4, isolated.
    multiply: Result<Multiply<'a>, String>,
    /// Phase 3's consumer and phase 4's output transform, isolated.
    last: Result<[Time; 2], String>,
    /// The pipelined totals.
    total: Result<[Time; 2], String>,
}

struct Multiply<'a> {
    times: [Time; 2],
    rows: [&'a Row; 2],
    /// By what share the same kernel differs between experiments.
    spread: Option<f64>,
}

impl Multiply<'_> {
    /// Phase 4 over phase 3.
    fn ratio(&self) -> Interval {
        self.times[1].interval.over(&self.times[0].interval)
    }

    /// Whether the times cannot be told apart.
    fn is_same(&self) -> bool {
        self.is_noise() || self.within_spread().is_some()
    }

    fn is_noise(&self) -> bool {
        self.ratio().contains(1.0) || self.times.iter().any(|time| time.noise_above.is_some())
    }

    /// The share by which the same kernel differs between experiments, where these two are the same kernel and
    /// differ by no more.
    fn within_spread(&self) -> Option<f64> {
        let ratio = self.ratio().mid;
        self.spread
            .filter(|spread| self.is_same_code() == Some(true) && ratio.max(1.0 / ratio) <= 1.0 + spread)
    }

    /// Whether both ran the same SPIR-V, where that is recorded.
    fn is_same_code(&self) -> Option<bool> {
        let [three, four] = self.rows.map(|row| row.spirv_hash.as_str());
        (!three.is_empty() && !four.is_empty()).then_some(three == four)
    }
}

impl<'a> Change<'a> {
    fn of(name: &'static str, three: &Side<'a>, four: &Side<'a>, spread: Option<f64>) -> Self {
        let both = |phase_3: Phase, phase_4: Phase, mode: Mode| {
            let time = |side: &Side<'a>, phase| side.as_ref().map_err(Clone::clone)?.time(phase, mode);
            let (three, four) = (time(three, phase_3), time(four, phase_4));
            // The ratio's error is that of whichever is missing.
            ratio(&four, &three)?;
            Ok([three?, four?])
        };
        let row = |side: &Side<'a>| side.as_ref().ok()?.row(Phase::Mhat, Mode::Isolated);
        let multiply = both(Phase::Mhat, Phase::Mhat, Mode::Isolated).and_then(|times| {
            let rows = [row(three), row(four)].into_iter().flatten().collect::<Vec<_>>();
            let rows = <[&Row; 2]>::try_from(rows).map_err(|_| "no isolated `mhat` rows".to_owned())?;
            Ok(Multiply { times, rows, spread })
        });
        Self {
            name,
            multiply,
            last: both(Phase::Consume, Phase::Output, Mode::Isolated),
            total: both(Phase::Total, Phase::Total, Mode::Pipelined),
        }
    }

    fn sentence(&self) -> String {
        let mut parts = vec![match &self.multiply {
            Err(reason) => format!("the multiply-reduce cannot be compared ({reason})"),
            Ok(multiply) => {
                let [three, four] = multiply.times.map(|time| show_time(&time));
                let noise = match multiply.within_spread() {
                    _ if multiply.is_noise() => ", within noise".to_owned(),
                    Some(spread) => format!(
                        ", within the {:.1} % by which the same kernels of other phases differ between experiments",
                        spread * 100.0
                    ),
                    None => String::new(),
                };
                let code = match multiply.is_same_code() {
                    Some(true) => ", the same SPIR-V",
                    Some(false) => ", different SPIR-V",
                    None => "",
                };
                format!(
                    "the multiply-reduce takes {three} in phase 3 and {four} in phase 4 (phase 4/phase 3: {}{noise}{code})",
                    show(&multiply.ratio())
                )
            }
        }];
        parts.push(match &self.last {
            Err(reason) => format!("the last steps cannot be compared ({reason})"),
            Ok(times) => {
                let [consumer, output] = times.map(|time| show_time(&time));
                format!("phase 3 ends with the consumer ({consumer}), phase 4 with the output transform ({output})")
            }
        });
        // Without a total the multiply-reduce's sentence has given the reason.
        if let Ok(times) = &self.total {
            let [three, four] = times.map(|time| show_time(&time));
            parts.push(format!("the totals are {three} and {four}"));
        }
        format!("{}: {}.", self.name, parts.join("; "))
    }
}

fn conclusion(sides: &[Change<'_>; 2], recovery: &Recovery) -> String {
    let mut sentences = Vec::new();
    let known: Vec<(&str, &Multiply<'_>)> =
        sides.iter().filter_map(|side| Some((side.name, side.multiply.as_ref().ok()?))).collect();
    let changed: Vec<&(&str, &Multiply<'_>)> =
        known.iter().filter(|(_, multiply)| !multiply.is_same()).collect();
    if changed.is_empty() {
        let who = if known.len() == 2 {
            "either".to_owned()
        } else {
            known.iter().map(|(name, _)| *name).collect()
        };
        sentences.push(format!(
            "Adding the output transform changes nothing beyond noise in {who}'s multiply-reduce"
        ));
        if matches!(recovery, Recovery::Yes(_)) && known.len() == 2 {
            sentences.push("So the recovery is not in the multiply-reduce itself".to_owned());
        }
        let ends: Vec<String> = sides
            .iter()
            .filter_map(|side| {
                let [consumer, output] = side.last.as_ref().ok()?.map(|time| show_time(&time));
                Some(format!("{} {consumer} against {output}", side.name))
            })
            .collect();
        if !ends.is_empty() {
            sentences.push(format!(
                "What differs is the last step, the consumer against the output transform: {}",
                ends.join(", ")
            ));
        }
    }
    for (name, multiply) in changed {
        let direction = if multiply.ratio().mid < 1.0 { "faster" } else { "slower" };
        let code = match multiply.is_same_code() {
            Some(true) => ", though both run the same SPIR-V",
            Some(false) => ", and its SPIR-V is another",
            None => "",
        };
        sentences.push(format!(
            "{name}'s multiply-reduce itself is {direction} in phase 4 ({} of its time in phase 3){code}",
            show(&multiply.ratio())
        ));
    }
    sentences.join(". ") + "."
}

fn cannot(reason: &str) -> String {
    format!("**Cannot be answered:** {reason}.")
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::super::synthetic::RowsBuilder;
    use super::Row;

    fn render(rows: &[Row]) -> String {
        report::render(rows, &super::super::Beside::default())
    }

    /// The three answers for totals of NEW and OLD in phases 3 and 4, in µs, ±1 % each.
    fn answers(new: [f64; 2], old: [f64; 2]) -> Vec<String> {
        let mut rows = RowsBuilder::default();
        for (variant, [three, four]) in [("new", new), ("old", old)] {
            rows.prefix(
                variant,
                "mhat",
                &[("xhat", 5.0), ("ghat", 2.0), ("mhat", 50.0), ("consume", 3.0)],
                three,
            );
            rows.prefix(
                variant,
                "output",
                &[("xhat", 5.0), ("ghat", 2.0), ("mhat", 50.0), ("output", 4.0)],
                four,
            );
        }
        let text = render(&rows.rows);
        text.lines().filter(|line| line.starts_with("   ")).map(|line| line.trim().to_owned()).collect()
    }

    fn first_two(new: [f64; 2], old: [f64; 2]) -> [String; 2] {
        let answers = answers(new, old);
        [answers[0].clone(), answers[1].clone()]
    }

    #[test]
    fn massive_and_recovered() {
        let [one, two] = first_two([4000.0, 110.0], [100.0, 100.0]);
        assert_eq!(
            one,
            "**Yes.** NEW/OLD at phase 3 is 40.0× [39.2, 40.8], wholly at or above 10×, from which on it is called \
             massive. The previous 40× lies within that interval."
        );
        assert_eq!(
            two,
            "**Yes.** NEW/OLD falls from 40.0× [39.2, 40.8] to 1.10× [1.078, 1.12], whose interval reaches 1.13× \
             or below."
        );
    }

    #[test]
    fn partly_recovered() {
        let [one, two] = first_two([300.0, 200.0], [100.0, 100.0]);
        assert!(
            one.starts_with("**No.** NEW/OLD at phase 3 is 3.00× [2.94, 3.06]: NEW is slower, but by less"),
            "{one}"
        );
        assert!(one.ends_with("The previous 40× lies above that interval, 13.3× away."), "{one}");
        assert_eq!(two, "**No.** NEW/OLD falls from 3.00× [2.94, 3.06] to 2.00× [1.96, 2.04], not to 1.13×.");
    }

    #[test]
    fn about_massive() {
        let [one, _] = first_two([1000.0, 100.0], [100.0, 100.0]);
        assert!(
            one.starts_with(
                "**No.** NEW/OLD at phase 3 is 10.0× [9.80, 10.2]: NEW is slower, but not wholly"
            ),
            "{one}"
        );
    }

    #[test]
    fn more_than_previous() {
        let [one, _] = first_two([9000.0, 100.0], [100.0, 100.0]);
        assert!(one.ends_with("The previous 40× lies below that interval, 2.25× away."), "{one}");
    }

    #[test]
    fn no_regression() {
        let [one, two] = first_two([100.0, 200.0], [100.0, 100.0]);
        assert!(
            one.starts_with(
                "**Within noise.** NEW/OLD at phase 3 is 1.000× [0.980, 1.020], which contains 1"
            ),
            "{one}"
        );
        assert!(
            two.starts_with(
                "**No.** There is nothing to recover from: phase 3 shows no regression beyond noise"
            ),
            "{two}"
        );
    }

    #[test]
    fn new_is_faster() {
        let [one, two] = first_two([50.0, 50.0], [100.0, 100.0]);
        assert!(one.contains(": NEW is the faster one."), "{one}");
        assert!(two.contains("phase 3 shows no regression (NEW/OLD 0.500× [0.490, 0.510])"), "{two}");
    }

    #[test]
    fn it_rises() {
        let [_, two] = first_two([200.0, 300.0], [100.0, 100.0]);
        assert!(two.starts_with("**No.** NEW/OLD does not fall: it rises from 2.00×"), "{two}");
    }

    #[test]
    fn ratios_overlap() {
        let [_, two] = first_two([200.0, 201.0], [100.0, 100.0]);
        assert!(two.starts_with("**Within noise.**") && two.contains("overlap"), "{two}");
    }

    #[test]
    fn the_same_multiply_is_not_the_reason() {
        let answers = answers([4000.0, 110.0], [100.0, 100.0]);
        let last = answers.iter().find(|line| line.contains("changes nothing")).unwrap();
        assert_eq!(
            last,
            "- Adding the output transform changes nothing beyond noise in either's multiply-reduce. So the \
             recovery is not in the multiply-reduce itself. What differs is the last step, the consumer against \
             the output transform: NEW 3.000 µs ± 1.0 % against 4.000 µs ± 1.0 %, OLD 3.000 µs ± 1.0 % against \
             4.000 µs ± 1.0 %."
        );
    }

    #[test]
    fn noise_is_no_regression() {
        let mut rows = RowsBuilder::default();
        for (variant, time) in [("new", 40.0), ("old", 1.0)] {
            rows.prefix(variant, "mhat", &[("mhat", time)], time);
        }
        for row in &mut rows.rows {
            row.noise_floor_ns = Some(2000.0);
        }
        let text = render(&rows.rows);
        assert!(
            text.contains("**Within noise.** OLD's 1.000 µs is not above the noise floor of 2.000 µs."),
            "{text}"
        );
    }
}
