//! Where the wall time of a command that measured went, in one line.

use std::time::Duration;

use crate::measure::Activity;

/// Each activity's share of wall time, and how many experiments a minute that is; `None` where nothing was measured.
pub fn line(spent: &[(Activity, Duration)], measured: usize) -> Option<String> {
    let total: Duration = spent.iter().map(|&(_, time)| time).sum();
    let total = total.as_secs_f64();
    if measured == 0 || total == 0.0 {
        return None;
    }
    let share = |&(activity, time): &(Activity, Duration)| {
        format!("{} {:.1} %", activity.as_str(), 100.0 * time.as_secs_f64() / total)
    };
    let shares: Vec<String> = spent.iter().map(share).collect();
    let rate = 60.0 * measured as f64 / total;
    Some(format!(
        "wall time: {total:.1} s; experiments measured: {measured}, {rate:.1} a minute; {}",
        shares.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all_wall_time() {
        let spent = [
            (Activity::Sampling, Duration::from_secs(9)),
            (Activity::Compiling, Duration::from_millis(2500)),
            (Activity::Other, Duration::from_millis(500)),
        ];
        assert_eq!(
            line(&spent, 8).unwrap(),
            "wall time: 12.0 s; experiments measured: 8, 40.0 a minute; sampling 75.0 %, compiling 20.8 %, other 4.2 %"
        );
        assert_eq!(line(&spent, 0), None);
    }
}
