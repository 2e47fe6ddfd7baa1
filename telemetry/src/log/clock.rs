//! The time as a line shows it: RFC 3339, UTC, microseconds.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time since 1970; zero if the clock is before that.
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// `2026-01-31T23:59:59`
const SECOND: usize = 19;

/// The text of the second that was printed last.
#[derive(Clone, Copy)]
struct Cached {
    second: u64,
    text: [u8; SECOND],
}

thread_local! {
    // Without a destructor, so that it works while a thread ends.
    static CACHED: Cell<Cached> = const { Cell::new(Cached { second: u64::MAX, text: [b'0'; SECOND] }) };
}

/// Appends a time as `2026-01-31T23:59:59.000001Z`. Past the year 9999 it stays at the end of that year, which is as
/// far as [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339#section-5.6) goes.
///
/// A thread works out the date once a second.
pub(super) fn push(since_1970: Duration, out: &mut String) {
    let second = since_1970.as_secs();
    let mut cached = CACHED.get();
    if cached.second != second {
        cached = Cached { second, text: text(second) };
        CACHED.set(cached);
    }
    let mut text = [b'0'; SECOND + 8];
    text[..SECOND].copy_from_slice(&cached.text);
    text[SECOND] = b'.';
    digits(since_1970.subsec_micros().into(), &mut text[SECOND + 1..SECOND + 7]);
    text[SECOND + 7] = b'Z';
    // All of it is ASCII.
    out.push_str(str::from_utf8(&text).unwrap_or_default());
}

fn text(second: u64) -> [u8; SECOND] {
    const DAY: u64 = 24 * 60 * 60;
    const LAST: u64 = 253_402_300_799;
    let second = second.min(LAST);
    let (year, month, day) = date(second / DAY);
    let mut text = *b"0000-00-00T00:00:00";
    let parts = [
        (year, 0..4),
        (month, 5..7),
        (day, 8..10),
        (second / 3_600 % 24, 11..13),
        (second / 60 % 60, 14..16),
        (second % 60, 17..19),
    ];
    for (number, place) in parts {
        digits(number, &mut text[place]);
    }
    text
}

/// The number's last digits, as many as there is place for.
fn digits(mut number: u64, place: &mut [u8]) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Year, month and day of a day since 1970.
///
/// After `civil_from_days` of Howard Hinnant's [chrono-Compatible Low-Level Date Algorithms]: years begin in March, so
/// that the leap day is their last, and 400 of them, an era, always have 146,097 days.
///
/// [chrono-Compatible Low-Level Date Algorithms]: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
fn date(days_since_1970: u64) -> (u64, u64, u64) {
    const ERA: u64 = 146_097;
    // From 1 March of the year 0.
    let days = days_since_1970 + 719_468;
    let of_era = days % ERA;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / (ERA - 1)) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months of 30.6 days: five of them, from March on and from August on, have 153.
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (days / ERA * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(seconds: u64, micros: u32) -> String {
        let mut out = String::new();
        push(Duration::new(seconds, micros * 1_000), &mut out);
        out
    }

    /// As GNU `date -u --iso-8601=seconds -d @SECONDS` prints them.
    #[test]
    fn a_time_is_rfc_3339() {
        assert_eq!(pushed(0, 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(pushed(951_782_399, 999_999), "2000-02-28T23:59:59.999999Z");
        assert_eq!(pushed(951_782_400, 1), "2000-02-29T00:00:00.000001Z");
        assert_eq!(pushed(951_868_800, 20), "2000-03-01T00:00:00.000020Z");
        assert_eq!(pushed(1_777_885_200, 0), "2026-05-04T09:00:00.000000Z");
        assert_eq!(pushed(4_107_542_400, 0), "2100-03-01T00:00:00.000000Z");
        assert_eq!(pushed(253_402_300_799, 0), "9999-12-31T23:59:59.000000Z");
        assert_eq!(pushed(u64::MAX, 0), "9999-12-31T23:59:59.000000Z");
    }

    /// Day by day over 900 years, beside a calendar that only counts.
    #[test]
    fn a_day_follows_the_other() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..900 * 365 {
            assert_eq!(date(days), (year, month, day));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = [31, 28 + u64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            day += 1;
            if day > length[usize::try_from(month).unwrap_or(1) - 1] {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }
}
