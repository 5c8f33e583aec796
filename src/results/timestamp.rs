//! Timestamps of runs: how they are written, and which of two is later.

use jiff::Timestamp;

/// Now, UTC, RFC 3339 to the millisecond: fine enough that two runs of one experiment never share it.
pub fn timestamp_utc() -> String {
    format!("{:.3}", Timestamp::now())
}

/// A key that orders timestamps by time, however they are written; what is no timestamp comes first.
pub(super) fn order_key(timestamp: &str) -> (Option<Timestamp>, &str) {
    (timestamp.parse().ok(), timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_utc_to_the_millisecond() {
        let now = timestamp_utc();
        assert_eq!(now.len(), "2025-11-01T10:00:00.000Z".len(), "{now}");
        assert!(now.ends_with('Z') && order_key(&now).0.is_some(), "{now}");
    }

    #[test]
    fn order_is_by_time_not_by_spelling() {
        assert!(order_key("2025-11-01T10:00:00.5Z") > order_key("2025-11-01T10:00:00Z"));
        assert!(order_key("2025-11-01T10:00:00Z") > order_key("yesterday"));
    }
}
