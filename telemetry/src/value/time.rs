//! Points in time as numbers: nanoseconds since the Unix epoch, which back ends write in seconds.

use super::{Number, Repr, Representation, Value, sealed};
use std::time::{Duration, SystemTime};

const NANOS: i64 = 1_000_000_000;

/// Returns the seconds since the Unix epoch as a float.
#[allow(clippy::cast_precision_loss, reason = "a float of seconds since the epoch is what was asked for")]
#[inline]
pub(super) fn seconds(nanos: i64) -> f64 {
    nanos.div_euclid(NANOS) as f64 + nanos.rem_euclid(NANOS) as f64 / NANOS as f64
}

/// Returns the nanoseconds since the Unix epoch. Saturates.
fn nanos(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
    }
}

/// Returns the time of these nanoseconds since the Unix epoch.
fn time(nanos: i64) -> SystemTime {
    let distance = Duration::from_nanos(nanos.unsigned_abs());
    let time = if nanos < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    debug_assert!(time.is_some(), "every system has the years 1677 to 2262");
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}

#[diagnostic::do_not_recommend]
impl Value for SystemTime {
    type Repr = SystemTime;
    const IS_STATE: bool = true;

    #[inline]
    fn repr(self) -> SystemTime {
        self
    }

    fn from_repr(repr: SystemTime) -> Self {
        repr
    }
}

impl sealed::Repr for SystemTime {}

impl Repr for SystemTime {
    const REPRESENTATION: Representation = Representation::Time;
    const ZERO: Self = SystemTime::UNIX_EPOCH;

    fn plus(self, other: Self) -> Self {
        time(nanos(self).saturating_add(nanos(other)))
    }

    fn from_number(number: Number) -> Option<Self> {
        if let Number::Time(nanos) = number { Some(time(nanos)) } else { None }
    }
}

impl From<SystemTime> for Number {
    fn from(time: SystemTime) -> Number {
        Number::Time(nanos(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_kept_to_the_nanosecond() {
        let epoch = SystemTime::UNIX_EPOCH;
        let now = epoch + Duration::new(1_764_408_854, 123_456_700);
        let before = epoch - Duration::new(1, 500_000_000);
        for time in [epoch, now, before] {
            assert_eq!(SystemTime::read(time.number()), Some(time));
        }
        assert_eq!(Number::from(now).as_f64().to_bits(), 1_764_408_854.123_456_7_f64.to_bits());
        assert_eq!(Number::from(before).as_f64().to_bits(), (-1.5_f64).to_bits());
        assert_eq!(size_of::<Number>(), 16, "each call passes some");
    }

    #[test]
    fn a_time_that_is_too_far_saturates() {
        let thousand_years = Duration::from_hours(1_000 * 365 * 24);
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(Number::from(epoch + thousand_years), Number::Time(i64::MAX));
        assert_eq!(Number::from(epoch - thousand_years), Number::Time(i64::MIN));
        for nanos in [i64::MIN, i64::MAX] {
            assert_eq!(Number::from(time(nanos)), Number::Time(nanos));
        }
    }
}
