//! Exact arithmetic in ℚ(√2), the field that every interpolation point and matrix element here lies in.

use std::fmt;
use std::iter::{Product, Sum};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// An exact rational number.
pub type Rational = num_rational::Ratio<i128>;

/// a + b√2 with a and b rational.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Surd {
    rational: Rational,
    /// The factor of √2.
    radical: Rational,
}

impl Surd {
    /// √2.
    pub const SQRT_2: Self = Self { rational: Rational::new_raw(0, 1), radical: Rational::new_raw(1, 1) };

    /// The number as a rational one, if it is that.
    pub fn as_rational(self) -> Option<Rational> {
        (self.radical == Rational::ZERO).then_some(self.rational)
    }

    /// a² − 2b², which is 0 for 0 alone because √2 is irrational.
    fn norm(self) -> Rational {
        self.rational * self.rational - self.radical * self.radical * 2
    }

    /// a − b√2.
    fn conjugate(self) -> Self {
        Self { radical: -self.radical, ..self }
    }

    /// Whether it is below 0. Where a and b differ in sign, a² − 2b² says which of the two decides.
    pub fn is_negative(self) -> bool {
        let Self { rational, radical } = self;
        let deciding = if self.norm() > Rational::ZERO { rational } else { radical };
        deciding < Rational::ZERO
    }

    /// |a + b√2|.
    pub fn abs(self) -> Self {
        if self.is_negative() { -self } else { self }
    }

    /// The nearest f64 of a rational number, and one within three units in the last place of any other.
    pub fn to_f64(self) -> f64 {
        let float = |q: Rational| *q.numer() as f64 / *q.denom() as f64;
        let sum = |x: Self| float(x.rational) + float(x.radical) * std::f64::consts::SQRT_2;
        // a and b√2 would cancel: (a + b√2)(a − b√2) = a² − 2b² is exact.
        let cancels = self.rational * self.radical < Rational::ZERO;
        if cancels { float(self.norm()) / sum(self.conjugate()) } else { sum(self) }
    }
}

impl From<i64> for Surd {
    fn from(integer: i64) -> Self {
        Rational::from(i128::from(integer)).into()
    }
}

impl From<Rational> for Surd {
    fn from(rational: Rational) -> Self {
        Self { rational, radical: Rational::ZERO }
    }
}

impl Add for Surd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { rational: self.rational + other.rational, radical: self.radical + other.radical }
    }
}

impl Neg for Surd {
    type Output = Self;

    fn neg(self) -> Self {
        Self { rational: -self.rational, radical: -self.radical }
    }
}

impl Sub for Surd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Surd {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self {
            rational: self.rational * other.rational + self.radical * other.radical * 2,
            radical: self.rational * other.radical + self.radical * other.rational,
        }
    }
}

impl Div for Surd {
    type Output = Self;

    /// # Panics
    /// If `other` is 0.
    fn div(self, other: Self) -> Self {
        let numerator = self * other.conjugate();
        let norm = other.norm();
        Self { rational: numerator.rational / norm, radical: numerator.radical / norm }
    }
}

impl Sum for Surd {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(0.into(), Add::add)
    }
}

impl Product for Surd {
    fn product<I: Iterator<Item = Self>>(factors: I) -> Self {
        factors.fold(1.into(), Mul::mul)
    }
}

/// `3/2`, `-√2`, `1/√2`, `2/3·√2`, `1 + 2·√2`.
impl fmt::Display for Surd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rational, radical } = self;
        if *radical == Rational::ZERO {
            return rational.fmt(f);
        }
        if *rational != Rational::ZERO {
            write!(f, "{rational} + ")?;
        }
        match (radical.numer(), radical.denom()) {
            (1, 1) => f.write_str("√2"),
            (-1, 1) => f.write_str("-√2"),
            (numerator, 2) => write!(f, "{numerator}/√2"),
            _ => write!(f, "{radical}·√2"),
        }
    }
}

impl fmt::Debug for Surd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surd(rational: (i128, i128), radical: (i128, i128)) -> Surd {
        let ratio = |(numerator, denominator)| Rational::new(numerator, denominator);
        Surd { rational: ratio(rational), radical: ratio(radical) }
    }

    #[test]
    fn the_field_is_exact() {
        let (a, b) = (surd((1, 2), (-3, 4)), surd((5, 1), (2, 7)));
        assert_eq!(Surd::SQRT_2 * Surd::SQRT_2, Surd::from(2));
        assert_eq!(a + b - b, a);
        assert_eq!(a * b, surd((29, 14), (-101, 28)));
        assert_eq!(a * b / b, a);
        assert_eq!(a / a, Surd::from(1));
        assert_eq!(a - a, Surd::from(0));
        assert_eq!(Surd::from(7).as_rational(), Some(Rational::from(7)));
        assert_eq!(a.as_rational(), None);
    }

    #[test]
    fn the_sign_is_exact() {
        // 577/408 and 1393/985 are convergents of √2, from above and from below.
        for (x, is_negative) in [
            (surd((577, 408), (-1, 1)), false),
            (surd((-577, 408), (1, 1)), true),
            (surd((1393, 985), (-1, 1)), true),
            (surd((-1393, 985), (1, 1)), false),
            (surd((-1, 1), (-1, 1)), true),
            (surd((1, 1), (1, 1)), false),
            (Surd::from(0), false),
            (Surd::from(-1), true),
            (-Surd::SQRT_2, true),
        ] {
            assert_eq!(x.is_negative(), is_negative, "{x}");
            assert!(!x.abs().is_negative(), "{x}");
        }
    }

    #[test]
    fn conversion_survives_cancellation() {
        assert_eq!(Surd::SQRT_2.to_f64(), std::f64::consts::SQRT_2);
        assert_eq!((Surd::from(1) / Surd::SQRT_2).to_f64(), std::f64::consts::FRAC_1_SQRT_2);
        assert_eq!(Surd::from(Rational::new(-1, 6)).to_f64(), -1.0 / 6.0);
        // 577/408 − √2 = 1/(408²·(577/408 + √2)).
        let exact = 1.0 / (408.0 * 408.0 * (577.0 / 408.0 + std::f64::consts::SQRT_2));
        assert!((surd((577, 408), (-1, 1)).to_f64() / exact - 1.0).abs() < 1e-15);
    }

    #[test]
    fn numbers_are_written_as_a_person_writes_them() {
        let written = |x: Surd| x.to_string();
        assert_eq!(written(Surd::from(-2)), "-2");
        assert_eq!(written(-Surd::SQRT_2), "-√2");
        assert_eq!(written(Surd::from(-1) / Surd::SQRT_2), "-1/√2");
        assert_eq!(written(surd((0, 1), (2, 3))), "2/3·√2");
        assert_eq!(written(surd((1, 1), (2, 1))), "1 + 2·√2");
    }
}
