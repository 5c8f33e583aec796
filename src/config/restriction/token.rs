//! The words of an expression, each with its place.

use std::ops::Range;

use super::{Comparison, Fault};

/// One word, number or sign.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A factor's key, or `and`, `or`, `not`, `in`.
    Name(String),
    Number(i64),
    /// A constant in quotes.
    Word(String),
    Comparison(Comparison),
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
}

/// The signs, the longer before those that they begin with.
const SIGNS: [(&str, Token); 11] = [
    ("==", Token::Comparison(Comparison::Equal)),
    ("!=", Token::Comparison(Comparison::Unequal)),
    ("<=", Token::Comparison(Comparison::LessOrEqual)),
    (">=", Token::Comparison(Comparison::GreaterOrEqual)),
    ("<", Token::Comparison(Comparison::Less)),
    (">", Token::Comparison(Comparison::Greater)),
    ("(", Token::Open),
    (")", Token::Close),
    ("[", Token::OpenList),
    ("]", Token::CloseList),
    (",", Token::Comma),
];

/// Cuts an expression into tokens, each with its bytes.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Fault> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        if first.is_whitespace() {
            start += first.len_utf8();
            continue;
        }
        let (token, length) =
            if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
                (token.clone(), sign.len())
            } else if matches!(first, '\'' | '"') {
                let Some(end) = rest[1..].find(first) else {
                    return Err(Fault::new(start..text.len(), format!("the string has no closing {first}")));
                };
                (Token::Word(rest[1..=end].to_owned()), end + 2)
            } else if first.is_ascii_digit() || first == '-' {
                let length = prefix(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'));
                let number = rest[..length].parse().map_err(|_| {
                    Fault::new(start..start + length, format!("`{}` is not a whole number", &rest[..length]))
                })?;
                (Token::Number(number), length)
            } else if first.is_ascii_alphabetic() || first == '_' {
                let length = prefix(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
                (Token::Name(rest[..length].to_owned()), length)
            } else {
                let span = start..start + first.len_utf8();
                let hint = if first == '=' { "; equality is `==`" } else { "" };
                return Err(Fault::new(span, format!("`{first}` has no meaning here{hint}")));
            };
        found.push((token, start..start + length));
        start += length;
    }
    Ok(found)
}

/// The length of the first characters that `belong`, in bytes.
fn prefix(text: &str, belong: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belong(c)).unwrap_or(text.len())
}
