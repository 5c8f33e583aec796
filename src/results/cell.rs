//! How a value becomes a CSV cell and is read back the same.

use super::values::{Ceiling, Mode, Phase, Status, Stopped, Verdict};

/// A value that is one CSV cell.
pub trait Cell: Sized {
    /// What a reader expects, as the end of the sentence "expected …".
    const EXPECTED: &str;

    /// The cell's text: bare, one line, and such that [`read`](Self::read) gives the value back.
    fn write(&self) -> String;

    /// The value, or `None` where the text is not one.
    fn read(text: &str) -> Option<Self>;
}

/// A cell that is not what its column holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found `{found}`")]
pub struct CellError {
    /// The column's name.
    pub column: &'static str,
    /// What the column holds.
    pub expected: &'static str,
    /// What the cell has.
    pub found: String,
}

/// Text. One record is one line, so that a torn line is told from a whole one and line-based tools work: line
/// breaks and other control characters are written as spaces.
impl Cell for String {
    const EXPECTED: &str = "text";

    fn write(&self) -> String {
        self.trim().replace(char::is_control, " ")
    }

    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Cell for u32 {
    const EXPECTED: &str = "a whole number";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Cell for u64 {
    const EXPECTED: &str = "a whole number";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The shortest text that reads back as the same number; `NaN` and `inf` where it is none, as a wrong
/// result's error may be.
impl Cell for f64 {
    const EXPECTED: &str = "a number";

    fn write(&self) -> String {
        let size = self.abs();
        if size != 0.0 && size.is_finite() && !(1e-5..1e16).contains(&size) {
            format!("{self:e}")
        } else {
            self.to_string()
        }
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// An absent value is an empty cell.
impl<T: Cell> Cell for Option<T> {
    const EXPECTED: &str = T::EXPECTED;

    fn write(&self) -> String {
        self.as_ref().map(T::write).unwrap_or_default()
    }

    fn read(text: &str) -> Option<Self> {
        if text.is_empty() { Some(None) } else { T::read(text).map(Some) }
    }
}

/// Makes a cell of each of the closed sets.
macro_rules! value_cells {
    ($($name:ident),+) => {
        $(impl Cell for $name {
            const EXPECTED: &str = $name::EXPECTED;

            fn write(&self) -> String {
                self.as_str().to_owned()
            }

            fn read(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        })+
    };
}

value_cells!(Phase, Mode, Stopped, Status, Verdict, Ceiling);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_the_same() {
        let numbers =
            [0.0, -0.0, 1.0, 0.1, 1e-5, 9.9e-6, 1e15, 1e16, 4.9e-324, f64::MAX, f64::MIN, 1.0 / 3.0];
        for number in numbers {
            let text = number.write();
            assert_eq!(f64::read(&text).map(f64::to_bits), Some(number.to_bits()), "{text}");
        }
        assert!(f64::read(&f64::NAN.write()).is_some_and(f64::is_nan));
        assert_eq!(f64::read(&f64::INFINITY.write()), Some(f64::INFINITY));
    }

    #[test]
    fn numbers_are_bare_and_short() {
        assert_eq!(1500.0.write(), "1500");
        assert_eq!(1_234_567.25.write(), "1234567.25");
        assert_eq!(4.1e-7.write(), "4.1e-7");
        assert_eq!(13_107_200_u64.write(), "13107200");
    }

    #[test]
    fn absent_is_empty() {
        assert_eq!(None::<f64>.write(), "");
        assert_eq!(Option::<f64>::read(""), Some(None));
        assert_eq!(Option::<u64>::read("x"), None);
    }

    #[test]
    fn text_stays_on_one_line() {
        assert_eq!("first\nsecond\r\n".to_owned().write(), "first second");
    }

    #[test]
    fn closed_sets_read_back() {
        for &phase in Phase::ALL {
            assert_eq!(Phase::parse(phase.as_str()), Some(phase));
        }
        assert_eq!(
            Mode::ALL.iter().map(|mode| mode.as_str()).collect::<Vec<_>>().join("|"),
            "isolated|pipelined|host_lazy"
        );
        assert_eq!(Status::EXPECTED, "one of `ok` `wrong` `unsupported` `failed`");
    }
}
