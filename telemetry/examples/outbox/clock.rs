//! Simulated time: moments, and the clock that the scheduler advances.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use serde::Deserialize;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment, in milliseconds since 1970; so it stands in the database and in the input files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "i64")]
pub(crate) struct Time(i64);

impl Time {
    pub(crate) const EPOCH: Self = Self(0);

    /// The last millisecond of the year 9999. A moment read from outside that is later than this
    /// was most likely written in another unit.
    const LAST: i64 = 253_402_300_799_999;

    /// Returns the time since `earlier`, or zero if that is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

impl TryFrom<i64> for Time {
    type Error = String;

    fn try_from(millis: i64) -> Result<Self, String> {
        if (0..=Self::LAST).contains(&millis) {
            Ok(Self(millis))
        } else {
            Err(format!("{millis} is no time in milliseconds since 1970, which is 0..={}", Self::LAST))
        }
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl ToSql for Time {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for Time {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

/// The only clock of a run. Only the scheduler moves it, so every run is the same, and an hour takes less
/// than a second.
#[derive(Debug)]
pub(crate) struct Clock {
    now: Time,
}

impl Clock {
    pub(crate) fn starting_at(now: Time) -> Self {
        Self { now }
    }

    pub(crate) fn now(&self) -> Time {
        self.now
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.now = self.now + by;
    }

    /// Moves on to `time`, and never back.
    pub(crate) fn advance_to(&mut self, time: Time) {
        self.now = self.now.max(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_clock_never_goes_back() {
        let mut clock = Clock::starting_at(Time::EPOCH + SECOND);
        clock.advance_to(Time::EPOCH);
        assert_eq!(clock.now(), Time::EPOCH + SECOND);
        clock.advance(SECOND);
        assert_eq!(clock.now().since(Time::EPOCH), 2 * SECOND);
    }

    #[test]
    fn a_later_moment_is_no_time_ago() {
        assert_eq!(Time::EPOCH.since(Time::EPOCH + SECOND), Duration::ZERO);
    }

    #[test]
    fn times_in_another_unit_are_refused() {
        assert!(Time::try_from(1_777_885_200_000).is_ok());
        assert!(Time::try_from(1_777_885_200_000_000).is_err());
        assert!(Time::try_from(-1).is_err());
    }
}
