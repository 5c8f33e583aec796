//! An expression's text as an [`Expression`], by recursive descent:
//!
//! ```text
//! any        = all { "or" all }
//! all        = one { "and" one }
//! one        = "not" one | "(" any ")" | comparison
//! comparison = factor ( sign ( factor | constant ) | [ "not" ] "in" "[" constant { "," constant } "]" )
//! ```

use std::ops::Range;

use super::factor::{Factor, Value};
use super::token::{Token, tokens};
use super::{Comparison, Expression, Fault, Operand};

/// Parentheses and `not`s within one another. More are a slip, and would overflow the stack.
const MAX_DEPTH: usize = 64;

/// Words that are no factors.
const WORDS: [&str; 4] = ["and", "or", "not", "in"];

/// Reads all of `text`; `variants` are the names that `variant` can have.
pub(super) fn expression(text: &str, variants: &[&str]) -> Result<Expression, Fault> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, end: text.len(), depth: 0, variants };
    let expression = parser.any()?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser<'v> {
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
    end: usize,
    depth: usize,
    variants: &'v [&'v str],
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expression, Fault> {
        let parts = self.several("or", Self::all)?;
        Ok(joined(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, Fault> {
        let parts = self.several("and", Self::one)?;
        Ok(joined(parts, Expression::All))
    }

    /// One part or more with a word between them.
    fn several(
        &mut self,
        between: &str,
        part: impl Fn(&mut Self) -> Result<Expression, Fault>,
    ) -> Result<Vec<Expression>, Fault> {
        let mut parts = vec![part(self)?];
        while self.skip_word(between) {
            parts.push(part(self)?);
        }
        Ok(parts)
    }

    fn one(&mut self) -> Result<Expression, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::new(self.span(), format!("more than {MAX_DEPTH} levels within one another")));
        }
        self.depth += 1;
        let found = if self.skip_word("not") {
            Ok(Expression::Not(Box::new(self.one()?)))
        } else if self.skip(&Token::Open) {
            let inner = self.any()?;
            if self.skip(&Token::Close) { Ok(inner) } else { Err(self.expected("`)`")) }
        } else {
            self.comparison()
        };
        self.depth -= 1;
        found
    }

    fn comparison(&mut self) -> Result<Expression, Fault> {
        let span = self.span();
        let factor = self.factor()?.ok_or_else(|| self.expected("the name of a factor"))?;
        if let Some(Token::Comparison(sign)) = self.peek().cloned() {
            self.next += 1;
            if sign.orders() && !factor.is_number() {
                return Err(Fault::new(
                    span,
                    "only numbers have an order; compare words with `==`, `!=` or `in`",
                ));
            }
            let operand = self.operand(&factor, sign)?;
            return Ok(Expression::Compare(factor, sign, operand));
        }
        if self.skip_word("in") {
            return Ok(Expression::In(factor.clone(), self.list(&factor)?));
        }
        if self.skip_word("not") && self.skip_word("in") {
            return Ok(Expression::Not(Box::new(Expression::In(factor.clone(), self.list(&factor)?))));
        }
        Err(self.expected("`==`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `not in`"))
    }

    /// What stands after a sign.
    fn operand(&mut self, left: &Factor, sign: Comparison) -> Result<Operand, Fault> {
        let span = self.span();
        if let Some(right) = self.factor()? {
            if sign.orders() && !right.is_number() {
                return Err(Fault::new(
                    span,
                    "only numbers have an order; compare words with `==`, `!=` or `in`",
                ));
            }
            return Ok(Operand::Factor(right));
        }
        match self.constant()? {
            Value::Word(_) if sign.orders() => Err(Fault::new(span, "only numbers have an order")),
            // A bound need not be a value that the factor takes.
            value @ Value::Number(_) if sign.orders() => Ok(Operand::Constant(value)),
            value => self.checked(left, value, span).map(Operand::Constant),
        }
    }

    fn list(&mut self, factor: &Factor) -> Result<Vec<Value>, Fault> {
        if !self.skip(&Token::OpenList) {
            return Err(self.expected("`[`"));
        }
        let mut values = Vec::new();
        loop {
            let span = self.span();
            let value = self.constant()?;
            values.push(self.checked(factor, value, span)?);
            if self.skip(&Token::CloseList) {
                return Ok(values);
            }
            if !self.skip(&Token::Comma) {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    /// A constant that the factor can be equal to: any other is a slip that would hold for nothing.
    fn checked(&self, factor: &Factor, value: Value, span: Range<usize>) -> Result<Value, Fault> {
        factor.refuses(&value, self.variants).map_or(Ok(value), |why| Err(Fault::new(span, why)))
    }

    /// The factor whose name is next, or `None` where no name is.
    fn factor(&mut self) -> Result<Option<Factor>, Fault> {
        let Some(Token::Name(name)) = self.peek() else { return Ok(None) };
        if WORDS.contains(&name.as_str()) {
            return Ok(None);
        }
        let factor = Factor::named(name).map_err(|why| {
            let quoted =
                if why.contains("did you mean") { "" } else { "; a word that is a value stands in quotes" };
            Fault::new(self.span(), why + quoted)
        })?;
        self.next += 1;
        Ok(Some(factor))
    }

    fn constant(&mut self) -> Result<Value, Fault> {
        let value = match self.peek() {
            Some(Token::Number(number)) => Value::Number(*number),
            Some(Token::Word(text)) => Value::Word(text.clone()),
            _ => return Err(self.expected("a number, or a word in quotes")),
        };
        self.next += 1;
        Ok(value)
    }

    fn skip_word(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Name(name)) if name == word);
        self.next += usize::from(is_next);
        is_next
    }

    fn skip(&mut self, token: &Token) -> bool {
        let is_next = self.peek() == Some(token);
        self.next += usize::from(is_next);
        is_next
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    /// The bytes of the next token, or of the last one where there is none.
    fn span(&self) -> Range<usize> {
        let place = self.tokens.get(self.next).or(self.tokens.last());
        place.map_or(0..self.end, |(_, span)| span.clone())
    }

    fn expected(&self, what: &str) -> Fault {
        let after = if self.peek().is_none() { " at the end" } else { "" };
        Fault::new(self.span(), format!("expected {what}{after}"))
    }
}

/// Several parts as one, or the only part itself.
fn joined(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}
