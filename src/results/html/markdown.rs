//! The report's Markdown as HTML: headings, paragraphs, lists, tables, `code`, **bold** and *italics*, and nothing else.
//!
//! Whatever else a name or a reason contains stays the text that it is.

use super::element::Element;

/// The elements of a Markdown text.
pub fn elements(text: &str) -> Vec<Element> {
    let mut lines = text.lines().peekable();
    let mut elements = Vec::new();
    while let Some(line) = lines.peek().copied() {
        if line.trim().is_empty() {
            lines.next();
            continue;
        }
        let kind = Kind::of(line);
        let mut block = vec![line];
        lines.next();
        while let Some(line) = lines.next_if(|line| kind.goes_on(line)) {
            block.push(line);
        }
        elements.push(kind.element(&block));
    }
    elements
}

/// What a block begins as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Heading(&'static str),
    Table,
    Bullets,
    Numbers,
    Paragraph,
}

impl Kind {
    fn of(line: &str) -> Self {
        match line {
            _ if line.starts_with("# ") => Self::Heading("h1"),
            _ if line.starts_with("## ") => Self::Heading("h2"),
            _ if line.starts_with("### ") => Self::Heading("h3"),
            _ if line.starts_with('|') => Self::Table,
            _ if line.starts_with("- ") => Self::Bullets,
            _ if number(line).is_some() => Self::Numbers,
            _ => Self::Paragraph,
        }
    }

    /// Whether the next line belongs to the same block.
    fn goes_on(self, line: &str) -> bool {
        match self {
            Self::Heading(_) => false,
            Self::Bullets | Self::Numbers if line.starts_with(' ') => true,
            _ => !line.trim().is_empty() && Self::of(line) == self,
        }
    }

    fn element(self, lines: &[&str]) -> Element {
        match self {
            Self::Heading(name) => inline(Element::new(name), lines[0].trim_start_matches('#').trim()),
            Self::Table => table(lines),
            Self::Bullets => list("ul", lines, |line| line.strip_prefix("- ")),
            Self::Numbers => list("ol", lines, number),
            Self::Paragraph => inline(Element::new("p"), &lines.join(" ")),
        }
    }
}

/// The text of a numbered line.
fn number(line: &str) -> Option<&str> {
    let (number, text) = line.split_once(". ")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// A list; lines that are indented belong to the item above them, as text or as a list of its own.
fn list<'t>(name: &'static str, lines: &[&'t str], item: impl Fn(&'t str) -> Option<&'t str>) -> Element {
    let mut items: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        match (item(line), items.last_mut()) {
            (Some(text), _) => items.push((text, Vec::new())),
            (None, Some((_, below))) => below.push(line.trim_start()),
            (None, None) => {}
        }
    }
    Element::new(name).children(
        items
            .into_iter()
            .map(|(text, below)| inline(Element::new("li"), text).children(elements(&below.join("\n")))),
    )
}

/// A table, of which the first line is the header and the second a rule.
fn table(lines: &[&str]) -> Element {
    let row = |(index, line): (usize, &&str)| {
        let name = if index == 0 { "th" } else { "td" };
        Element::new("tr").children(cells(line).iter().map(|cell| {
            let is_number = cell.starts_with(|first: char| first.is_ascii_digit() || first == '<');
            inline(if is_number { Element::of_class(name, "number") } else { Element::new(name) }, cell)
        }))
    };
    let is_rule = |line: &str| line.chars().all(|character| "|-: ".contains(character));
    let rows = lines.iter().enumerate().filter(|&(index, line)| index != 1 || !is_rule(line)).map(row);
    Element::of_class("div", "wide").child(Element::new("table").children(rows))
}

/// The cells of a line of a table, in which `\|` is a bar.
fn cells(line: &str) -> Vec<String> {
    const BAR: char = '\u{1}';
    let line = line.replace("\\|", &BAR.to_string());
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|cell| cell.trim().replace(BAR, "|")).collect()
}

/// Adds text to an element, with what is between marks marked up.
fn inline(element: Element, text: &str) -> Element {
    const MARKS: [(&str, &str); 3] = [("`", "code"), ("**", "strong"), ("*", "em")];
    let mut element = element;
    let mut rest = text;
    let found = |rest: &str| {
        let marked = MARKS.iter().filter_map(|&(mark, name)| {
            let start = rest.find(mark)?;
            let inside = &rest[start + mark.len()..];
            let end = inside.find(mark)?;
            // A lone star between spaces is a star.
            (end > 0 && !inside.starts_with(' ')).then_some((start, mark, name, end))
        });
        marked.min_by_key(|&(start, mark, ..)| (start, std::cmp::Reverse(mark.len())))
    };
    while let Some((start, mark, name, end)) = found(rest) {
        let inside = &rest[start + mark.len()..];
        element = element.text(&rest[..start]).child(Element::new(name).text(&inside[..end]));
        rest = &inside[end + mark.len()..];
    }
    element.text(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        elements(text).iter().map(Element::to_string).collect::<String>().replace('\n', "")
    }

    #[test]
    fn blocks_become_elements() {
        assert_eq!(html("# A\n\nb\nc\n## D"), "<h1>A</h1><p>b c</p><h2>D</h2>");
        assert_eq!(html("- a\n- b"), "<ul><li>a</li><li>b</li></ul>");
        assert_eq!(
            html("1. a?\n   **No.** b\n   - c\n2. d?"),
            "<ol><li>a?<p><strong>No.</strong> b</p><ul><li>c</li></ul></li><li>d?</li></ol>"
        );
    }

    #[test]
    fn tables_have_a_header_and_numbers_to_the_right() {
        assert_eq!(
            html("| A | B |\n|---|--:|\n| x\\|y | 1.5 µs |"),
            "<div class=\"wide\"><table><tr><th>A</th><th>B</th></tr>\
             <tr><td>x|y</td><td class=\"number\">1.5 µs</td></tr></table></div>"
        );
    }

    #[test]
    fn marks_mark_and_everything_else_is_text() {
        assert_eq!(html("a `b*c` *d*"), "<p>a <code>b*c</code> <em>d</em></p>");
        assert_eq!(html("2 * 3 * 4 ** `"), "<p>2 * 3 * 4 ** `</p>");
        assert_eq!(html("[a](http://b) <b>"), "<p>[a](http://b) &lt;b&gt;</p>");
    }
}
