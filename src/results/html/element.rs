//! An element of the page: HTML or SVG, well-formed by construction, with every text escaped.

use std::fmt::{self, Display, Formatter, Write};

/// An element with its attributes and content.
#[derive(Clone, Debug)]
pub struct Element {
    name: &'static str,
    attributes: String,
    content: String,
}

impl Element {
    /// An empty element.
    pub fn new(name: &'static str) -> Self {
        Self { name, attributes: String::new(), content: String::new() }
    }

    /// An element of a class.
    pub fn of_class(name: &'static str, class: impl Display) -> Self {
        Self::new(name).set("class", class)
    }

    /// Sets an attribute, which has no value yet.
    pub fn set(mut self, name: &str, value: impl Display) -> Self {
        let _ = write!(self.attributes, " {name}=\"{}\"", escaped(&value.to_string()));
        self
    }

    /// Sets an attribute to a length in pixels, to a tenth.
    pub fn at(self, name: &str, pixels: f64) -> Self {
        self.set(name, px(pixels))
    }

    /// Adds text.
    pub fn text(mut self, text: impl Display) -> Self {
        self.content += &escaped(&text.to_string());
        self
    }

    /// Adds an element.
    pub fn child(mut self, child: Self) -> Self {
        let _ = write!(self.content, "{child}");
        self
    }

    /// Adds elements.
    pub fn children(self, children: impl IntoIterator<Item = Self>) -> Self {
        children.into_iter().fold(self, Self::child)
    }
}

impl Display for Element {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { name, attributes, content } = self;
        if *name == "meta" {
            // HTML knows no end of it.
            return writeln!(f, "<{name}{attributes}/>");
        }
        write!(f, "<{name}{attributes}>{content}</{name}>")?;
        // A line for each block, so that two pages can be compared.
        if matches!(
            *name,
            "p" | "tr" | "table" | "figure" | "svg" | "g" | "h1" | "h2" | "h3" | "li" | "ul" | "ol"
        ) {
            f.write_str("\n")?;
        }
        Ok(())
    }
}

/// A length in pixels, to a tenth.
pub fn px(pixels: f64) -> String {
    let text = format!("{pixels:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Text as content or as an attribute's value. Control characters, which XML cannot have, become spaces.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            control if control.is_control() => safe.push(' '),
            // Not characters of XML either.
            '\u{fffe}' | '\u{ffff}' => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let element = Element::new("a").set("title", "\"><b onload='x'>").text("</a><script>&\u{1}");
        assert_eq!(
            element.to_string(),
            "<a title=\"&quot;&gt;&lt;b onload=&#39;x&#39;&gt;\">&lt;/a&gt;&lt;script&gt;&amp; </a>"
        );
    }

    #[test]
    fn lengths_are_short() {
        assert_eq!([0.0, 12.0, 12.34, -0.25].map(px), ["0", "12", "12.3", "-0.2"]);
    }
}
