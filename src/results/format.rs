//! Figures as a person reads them: times with their uncertainty, ratios, shares.

use super::interval::{Interval, Time};

/// A time in the unit that suits it, to four digits: `12.34 µs`.
pub(super) fn nanoseconds(ns: f64) -> String {
    let ns = to_digits(ns, 4);
    let (unit, scale) = time_unit(ns);
    format!("{} {unit}", digits(ns / scale, 4))
}

/// A round time, as of a tick of an axis: `20 µs`.
pub(super) fn round_nanoseconds(ns: f64) -> String {
    let (unit, scale) = time_unit(ns);
    format!("{} {unit}", to_digits(ns / scale, 4))
}

fn time_unit(ns: f64) -> (&'static str, f64) {
    match ns.abs() {
        size if size < 1e3 => ("ns", 1.0),
        size if size < 1e6 => ("µs", 1e3),
        size if size < 1e9 => ("ms", 1e6),
        _ => ("s", 1e9),
    }
}

/// A time with half its interval: `12.34 µs ± 0.5 %`, and `(< noise)` where it is not above the noise floor.
pub(super) fn time(time: &Time) -> String {
    let mut text = format!("{} ± {}", nanoseconds(time.interval.mid), percent(time.interval.half_share()));
    if time.noise_above.is_some() {
        text += " (< noise)";
    }
    text
}

/// A ratio with its interval: `40.0× [38.1, 42.0]`.
pub(super) fn ratio(ratio: &Interval) -> String {
    format!("{}× [{}, {}]", factor(ratio.mid), factor(ratio.low), factor(ratio.high))
}

/// A ratio's figure to three digits, and to four near 1, where the fourth decides.
pub(super) fn factor(value: f64) -> String {
    digits(value, if (0.99..1.1).contains(&value) { 4 } else { 3 })
}

/// A rate to three digits, given per nanosecond: `377 Gflop/s`, `4.80 TB/s`.
pub(super) fn rate(per_ns: f64, unit: &str) -> String {
    let per_ns = to_digits(per_ns, 3);
    let (prefix, scale) = rate_prefix(per_ns);
    format!("{} {prefix}{unit}/s", digits(per_ns / scale, 3))
}

/// A round rate, as of a tick of an axis: `10 Tflop/s`.
pub(super) fn round_rate(per_ns: f64, unit: &str) -> String {
    let (prefix, scale) = rate_prefix(per_ns);
    format!("{} {prefix}{unit}/s", to_digits(per_ns / scale, 3))
}

fn rate_prefix(per_ns: f64) -> (&'static str, f64) {
    match per_ns {
        size if size < 1.0 => ("M", 1e-3),
        size if size < 1e3 => ("G", 1.0),
        _ => ("T", 1e3),
    }
}

/// How many times each element is evaluated: `×16`, `×7.11`.
pub(super) fn evaluations(times: f64) -> String {
    if times.fract() == 0.0 { format!("×{times:.0}") } else { format!("×{}", factor(times)) }
}

/// A share in percent: `0.5 %`, `12 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if percent > 0.0 && percent < 0.05 => "< 0.1 %".to_owned(),
        _ if percent < 9.95 => format!("{percent:.1} %"),
        _ => format!("{percent:.0} %"),
    }
}

/// A relative error: `4.1e-7`.
pub(super) fn error(value: f64) -> String {
    format!("{value:.1e}")
}

/// A value to `count` significant digits, without an exponent.
fn digits(value: f64, count: i32) -> String {
    let value = to_digits(value, count);
    let decimals = usize::try_from(count - 1 - magnitude(value)).unwrap_or(0);
    format!("{value:.decimals$}")
}

fn to_digits(value: f64, count: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10f64.powi(count - 1 - magnitude(value));
    (value * scale).round() / scale
}

/// The power of ten of the first digit.
fn magnitude(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() { 0 } else { value.abs().log10().floor() as i32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_four_digits_and_a_fitting_unit() {
        let cases = [
            (0.5, "0.5000 ns"),
            (999.96, "1.000 µs"),
            (12_340.0, "12.34 µs"),
            (16.3e6, "16.30 ms"),
            (2.5e9, "2.500 s"),
            (123e9, "123.0 s"),
            (0.0, "0.000 ns"),
        ];
        for (ns, text) in cases {
            assert_eq!(nanoseconds(ns), text);
        }
    }

    #[test]
    fn a_time_shows_half_its_interval_and_noise() {
        let interval = Interval { mid: 1000.0, low: 990.0, high: 1020.0 };
        assert_eq!(time(&Time { interval, noise_above: None }), "1.000 µs ± 1.5 %");
        assert_eq!(time(&Time { interval, noise_above: Some(2e3) }), "1.000 µs ± 1.5 % (< noise)");
    }

    #[test]
    fn ratios_keep_what_decides() {
        let show = |mid, low, high| ratio(&Interval { mid, low, high });
        assert_eq!(show(40.0, 38.12, 42.0), "40.0× [38.1, 42.0]");
        assert_eq!(show(1.004, 1.002, 1.13), "1.004× [1.002, 1.13]");
        assert_eq!(show(0.0533, 0.05, 0.9996), "0.0533× [0.0500, 0.9996]");
        assert_eq!(show(1234.5, 999.6, 2000.0), "1230× [1000, 2000]");
    }

    #[test]
    fn rates_have_three_digits_and_a_fitting_prefix() {
        let rates = [0.0452, 20.24, 999.6].map(|per_ns| rate(per_ns, "B"));
        assert_eq!(rates, ["45.2 MB/s", "20.2 GB/s", "1.00 TB/s"]);
    }

    #[test]
    fn whole_evaluations_are_bare() {
        assert_eq!([1.0, 576.0, 64.0 / 9.0].map(evaluations), ["×1", "×576", "×7.11"]);
    }

    #[test]
    fn shares() {
        assert_eq!(percent(0.005), "0.5 %");
        assert_eq!(percent(0.0001), "< 0.1 %");
        assert_eq!(percent(0.0), "0.0 %");
        assert_eq!(percent(0.123), "12 %");
        assert_eq!(percent(0.0996), "10 %");
    }
}
