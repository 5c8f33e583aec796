//! Finds the spelling that was meant.

/// Similarity below which a suggestion would mislead: one slip in a word of four letters passes, two do not.
const THRESHOLD: f64 = 0.8;

/// The candidate that is most like `word`, if any is like it at all.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, candidate), candidate))
        .filter(|&(likeness, _)| likeness >= THRESHOLD)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let values = ["global", "shared", "register", "inline"];
        assert_eq!(nearest("golbal", values), Some("global"));
        assert_eq!(nearest("Inline", values), Some("inline"));
        assert_eq!(nearest("texture", values), None);
        assert_eq!(nearest("f16", ["f32"]), None);
    }
}
