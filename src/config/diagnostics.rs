//! What can be wrong with a configuration, where, and how it is told.

use std::fmt;
use std::ops::Range;

/// What sort of problem it is; commands choose their exit code by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The file is missing or cannot be read.
    Unreadable,
    /// The file is not TOML.
    Syntax,
    /// A key is unknown, missing, given twice or out of place.
    Key,
    /// A key's value is not one of those it can have.
    Value,
    /// Each value is valid, but not beside the others.
    Contradiction,
    /// A size is zero, too small or too large.
    Size,
}

/// Where a problem stands: a file or an override and, where known, the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's path, or the override as it was given.
    pub origin: String,
    /// From 1.
    pub line: Option<usize>,
    /// That line and its marked part, for the caret.
    source: Option<Source>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    text: String,
    /// Spaces, and tabs where the line has them, up to the mark.
    indent: String,
    /// Characters that are marked, at least one.
    width: usize,
}

impl Place {
    /// All of `origin`.
    pub fn of(origin: &str) -> Self {
        Self { origin: origin.to_owned(), line: None, source: None }
    }

    /// The bytes `span` of `text`, marked as far as they are on one line.
    pub fn in_text(origin: &str, text: &str, span: Range<usize>) -> Self {
        // A parser may point one past the end, or into a character; both are moved back to a boundary.
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
        let start = boundary(span.start).unwrap_or(0);
        let end = boundary(span.end).unwrap_or(0).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let indent = text[line_start..start].chars().map(|c| if c == '\t' { c } else { ' ' }).collect();
        let source = Source {
            text: text[line_start..line_end].trim_end().to_owned(),
            indent,
            width: text[start..end.min(line_end)].trim_end().chars().count().max(1),
        };
        let line = text[..start].matches('\n').count() + 1;
        Self { origin: origin.to_owned(), line: Some(line), source: Some(source) }
    }
}

/// One problem: its kind, its place, a sentence and, where there is one, the nearest valid choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What sort of problem it is.
    pub kind: ErrorKind,
    /// Where it stands.
    pub place: Place,
    /// What is wrong and what was expected.
    pub message: String,
    /// For a contradiction, the change that makes it valid, as TOML where it sets a key.
    pub nearest: Option<String>,
    /// The experiments that have it, by name; empty where it concerns the file as a whole.
    pub experiments: Vec<String>,
}

impl Diagnostic {
    pub(super) fn new(kind: ErrorKind, place: Place, message: impl Into<String>) -> Self {
        Self { kind, place, message: message.into(), nearest: None, experiments: Vec::new() }
    }
}

/// Experiments that a message names before it only counts them.
const NAMED_EXPERIMENTS: usize = 4;

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place.origin)?;
        if let Some(line) = self.place.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(nearest) = &self.nearest {
            write!(f, "; nearest valid: {nearest}")?;
        }
        if let (Some(line), Some(source)) = (self.place.line, &self.place.source) {
            let margin = " ".repeat(line.to_string().len());
            write!(f, "\n{margin} |\n{line} | {}", source.text)?;
            write!(f, "\n{margin} | {}{}", source.indent, "^".repeat(source.width))?;
        }
        if !self.experiments.is_empty() {
            let named = self.experiments.iter().take(NAMED_EXPERIMENTS).map(String::as_str);
            write!(f, "\n  in {}", named.collect::<Vec<_>>().join(", "))?;
            if let Some(more @ 1..) = self.experiments.len().checked_sub(NAMED_EXPERIMENTS) {
                write!(f, " and {more} more")?;
            }
        }
        Ok(())
    }
}

/// Why a configuration is refused: one problem or several, in the order they were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    first: Box<Diagnostic>,
    others: Vec<Diagnostic>,
}

impl Error {
    /// All of `diagnostics`, or `None` where there are none.
    pub(super) fn all(diagnostics: Vec<Diagnostic>) -> Option<Self> {
        let mut diagnostics = diagnostics.into_iter();
        let first = diagnostics.next()?;
        Some(Self { first: Box::new(first), others: diagnostics.collect() })
    }

    /// The first problem's kind.
    pub fn kind(&self) -> ErrorKind {
        self.first.kind
    }

    /// Every problem that was found, at least one.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        std::iter::once(&*self.first).chain(&self.others)
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { first: Box::new(diagnostic), others: Vec::new() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.diagnostics().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
