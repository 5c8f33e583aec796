//! Compares a buffer with its f64 twin.

use crate::parallel;
use crate::plan::{BufferSpec, Expected, Tolerance};

/// How many times the tolerated error per element a single element may be off before it counts as wrong by
/// itself: a wrong element among millions hardly moves the norm.
const OUTLIER: f64 = 50.0;

/// Elements that are summed by one thread: sums are then the same whatever the threads.
const PART: usize = 1 << 16;

/// What a comparison found.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// ‖b − b₆₄‖₂ / ‖b₆₄‖₂; 0 where both are zero, infinite where the buffer holds a NaN.
    pub rel_error: f64,
    /// The largest |b − b₆₄| of an element; infinite where the buffer holds a NaN.
    pub max_abs_error: f64,
    /// The first thing that is wrong, as a sentence.
    pub wrong: Option<String>,
}

/// Compares `actual`, the contents of `buffer`, with the twin's elements. Elements without a twin are padding.
pub fn compare(buffer: &BufferSpec, actual: &[f32], expected: &Expected<'_>) -> Comparison {
    let count = expected.count();
    let mut parts = vec![Sums::default(); count.div_ceil(PART)];
    parallel::chunks(&mut parts, 1, count, |part, sums| {
        for (index, expected) in expected.elements(part * PART..((part + 1) * PART).min(count)) {
            sums[0].add(index, f64::from(actual.get(index).copied().unwrap_or(f32::NAN)), expected);
        }
    });
    let sums = parts.into_iter().reduce(Sums::and).unwrap_or_default();
    sums.judge(&buffer.name, buffer.tolerance)
}

#[derive(Clone, Default)]
struct Sums {
    count: u64,
    unwritten: u64,
    first_unwritten: Option<usize>,
    error: f64,
    norm: f64,
    worst: Option<(f64, usize, f64, f64)>,
}

impl Sums {
    fn add(&mut self, index: usize, actual: f64, expected: f64) {
        self.count += 1;
        if actual.is_nan() {
            self.unwritten += 1;
            self.first_unwritten.get_or_insert(index);
            return;
        }
        let error = (actual - expected).abs();
        self.error += error * error;
        self.norm += expected * expected;
        if self.worst.is_none_or(|(worst, ..)| error > worst) {
            self.worst = Some((error, index, actual, expected));
        }
    }

    /// The sums of these elements and of `others`, which follow them.
    fn and(self, others: Self) -> Self {
        let worst = match (self.worst, others.worst) {
            (Some(a), Some(b)) => Some(if b.0 > a.0 { b } else { a }),
            (a, b) => a.or(b),
        };
        Self {
            count: self.count + others.count,
            unwritten: self.unwritten + others.unwritten,
            first_unwritten: self.first_unwritten.or(others.first_unwritten),
            error: self.error + others.error,
            norm: self.norm + others.norm,
            worst,
        }
    }

    fn judge(&self, name: &str, tolerance: Tolerance) -> Comparison {
        let (error, norm, root) = (self.error.sqrt(), self.norm.sqrt(), (self.count as f64).sqrt());
        if let Some(first) = self.first_unwritten {
            let wrong = format!(
                "{name} holds NaN in {} of {} elements, first at {first}: never written, or computed from what was \
                 never written",
                self.unwritten, self.count
            );
            return Comparison { rel_error: f64::INFINITY, max_abs_error: f64::INFINITY, wrong: Some(wrong) };
        }
        let rel_error = if error == 0.0 { 0.0 } else { error / norm };
        let max_abs_error = self.worst.map_or(0.0, |(worst, ..)| worst);
        let allowed = tolerance.relative * norm + tolerance.absolute * root;
        let worst = || {
            let (_, index, actual, expected) = self.worst.unwrap_or_default();
            format!("worst at element {index}: {actual:e} instead of {expected:e}")
        };
        let wrong = if error.is_nan() || error > allowed {
            Some(format!(
                "{name} is {rel_error:.1e} from its f64 twin, {:.1e} allowed; {}",
                allowed / norm,
                worst()
            ))
        } else if max_abs_error > OUTLIER * allowed / root {
            Some(format!("{name} has an element far from its f64 twin; {}", worst()))
        } else {
            None
        };
        Comparison { rel_error, max_abs_error, wrong }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Role;

    fn check(actual: &[f32], expected: &[f64]) -> Comparison {
        let tolerance = Tolerance { relative: 1e-5, absolute: 1e-5 };
        let buffer = BufferSpec {
            name: "b".into(),
            shape: String::new(),
            elements: actual.len() as u64,
            role: Role::Output,
            tolerance,
        };
        compare(&buffer, actual, &Expected::of(expected))
    }

    #[test]
    fn rounding_passes_and_its_size_is_told() {
        let comparison = check(&[1.0, 2.000_001], &[1.0, 2.0]);
        assert_eq!(comparison.wrong, None);
        assert!((comparison.rel_error - 1e-6 / 5f64.sqrt()).abs() < 1e-7);
        assert!((comparison.max_abs_error - 1e-6).abs() < 1e-7);
    }

    #[test]
    fn an_unwritten_element_is_wrong_and_named() {
        let comparison = check(&[1.0, f32::NAN], &[1.0, 2.0]);
        assert_eq!((comparison.rel_error, comparison.max_abs_error), (f64::INFINITY, f64::INFINITY));
        assert!(comparison.wrong.unwrap().starts_with("b holds NaN in 1 of 2 elements, first at 1"));
    }

    #[test]
    fn one_wrong_element_among_a_million_is_found() {
        let expected = vec![1.0; 1_000_000];
        let mut actual = vec![1.0f32; 1_000_000];
        actual[123_456] = 1.005;
        let comparison = check(&actual, &expected);
        assert!(comparison.rel_error < 1e-5, "the norm alone does not see it");
        assert!(comparison.wrong.unwrap().contains("element 123456"));
    }

    #[test]
    fn the_first_of_many_unwritten_elements_is_named_whichever_thread_saw_it() {
        let mut actual = vec![1.0f32; 1_000_000];
        for unwritten in [700_001, 200_003, 999_999] {
            actual[unwritten] = f32::NAN;
        }
        let wrong = check(&actual, &vec![1.0; 1_000_000]).wrong.unwrap();
        assert!(wrong.starts_with("b holds NaN in 3 of 1000000 elements, first at 200003"), "{wrong}");
    }

    #[test]
    fn a_buffer_shorter_than_its_twin_is_wrong() {
        assert!(check(&[1.0], &[1.0, 2.0]).wrong.is_some());
    }

    #[test]
    fn padding_is_not_compared() {
        let comparison = check(&[1.0, 2.0, f32::NAN, f32::INFINITY], &[1.0, 2.0]);
        assert_eq!(comparison.wrong, None);
    }
}
