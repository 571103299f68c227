//! A moment, to the millisecond, in the one form that the log, the databases and the wire share.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Unit};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment in UTC with millisecond precision.
///
/// Its text is fixed-width RFC 3339 (`2026-11-21T14:02:11.000Z`), so byte order is time order on every database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The moment `milliseconds` after the Unix epoch; out of range clamps to the nearest representable one.
    pub fn from_millis(milliseconds: i64) -> Self {
        let clamped = milliseconds.clamp(
            jiff::Timestamp::MIN.as_millisecond() + 1_000,
            jiff::Timestamp::MAX.as_millisecond() - 1_000,
        );
        Self(jiff::Timestamp::from_millisecond(clamped).expect("clamped into range"))
    }

    /// Milliseconds since the Unix epoch.
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// This moment plus `seconds` (negative: before it), saturating.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_millis(
            self.as_millis()
                .saturating_add(seconds.saturating_mul(1000)),
        )
    }

    /// This moment plus `milliseconds`, saturating.
    pub fn plus_millis(self, milliseconds: i64) -> Self {
        Self::from_millis(self.as_millis().saturating_add(milliseconds))
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Timestamp) -> std::time::Duration {
        std::time::Duration::from_millis(
            u64::try_from(self.as_millis() - earlier.as_millis()).unwrap_or(0),
        )
    }

    /// The underlying instant, for calendar arithmetic in a zone.
    pub fn as_jiff(self) -> jiff::Timestamp {
        self.0
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(value: jiff::Timestamp) -> Self {
        let truncated = value
            .round(
                jiff::TimestampRound::new()
                    .smallest(Unit::Millisecond)
                    .mode(jiff::RoundMode::Trunc),
            )
            .unwrap_or(
                value
                    - SignedDuration::from_nanos(i64::from(value.subsec_nanosecond() % 1_000_000)),
            );
        Self(truncated)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an RFC 3339 moment.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a time; write RFC 3339, such as 2026-11-21T14:02:11.000Z")]
pub struct TimestampError(String);

impl FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>()
            .map(Self::from)
            .map_err(|_| TimestampError(text.to_owned()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_fixed_width_and_round_trips() {
        let whole = Timestamp::from_millis(1_795_270_931_000);
        assert_eq!(whole.to_string().len(), "2026-11-21T14:02:11.000Z".len());
        assert_eq!(whole.to_string().split_once('.').map(|p| p.1), Some("000Z"));
        assert_eq!(whole.to_string().parse::<Timestamp>().unwrap(), whole);
    }

    #[test]
    fn finer_than_a_millisecond_is_cut_off() {
        let t: Timestamp = "2026-11-21T14:02:11.123999Z".parse().unwrap();
        assert_eq!(t.to_string(), "2026-11-21T14:02:11.123Z");
    }

    #[test]
    fn arithmetic_saturates() {
        let far = Timestamp::from_millis(i64::MAX);
        assert!(far.plus_seconds(i64::MAX) >= far);
        assert_eq!(
            Timestamp::from_millis(5).since(Timestamp::from_millis(9)),
            std::time::Duration::ZERO
        );
    }
}
