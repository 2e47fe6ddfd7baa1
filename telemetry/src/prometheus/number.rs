//! Writes numbers in the form of both formats: integers exactly, floats in their shortest form.
#![allow(clippy::inline_always, reason = "measured: a line takes little more than its number")]

pub(super) use crate::schema::bound;
use crate::value::Number;
use std::time::Duration;

/// Writes a sample's value to the beginning of `room`, and returns its length. Up to seven bytes after it may
/// change too. `room` has at least [`Digits::MAX`] bytes.
#[inline(always)]
pub(super) fn write(number: Number, room: &mut [u8]) -> usize {
    match number {
        Number::U64(n) if n < EIGHT_DIGITS => write_short(n, room),
        Number::U64(n) => write_long(n, room),
        number => write_any(number, room),
    }
}

/// The first number with more than eight digits. Most counts are below.
const EIGHT_DIGITS: u64 = 100_000_000;

/// Writes without a branch on the number of digits, which no processor predicts.
#[inline(always)]
fn write_short(n: u64, room: &mut [u8]) -> usize {
    let digits = eight_digits(n);
    // The last digit stays, also of 0.
    let zeros = (digits | (1 << 56)).trailing_zeros() / 8;
    let text = (digits | u64::from_le_bytes([b'0'; 8])) >> (zeros * 8);
    if let Some(room) = room.first_chunk_mut() {
        *room = text.to_le_bytes();
    }
    8 - zeros as usize
}

/// Returns the eight decimal digits of a number, one in each byte, the first in the lowest. Computes both
/// halves at the same time, as Khuong describes in "How to print integers really fast", 2017.
#[inline(always)]
const fn eight_digits(n: u64) -> u64 {
    let fours = (n / 10_000) | ((n % 10_000) << 32);
    // Both divisions are exact in their ranges, up to 9,999 and up to 99.
    let hundreds = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let twos = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((twos * 103) >> 10) & 0x0f_000f_000f_000f;
    tens | ((twos - tens * 10) << 8)
}

/// Writes an integer. It is passed by value, so that callers keep it in a register.
#[inline(never)]
fn write_long(n: u64, room: &mut [u8]) -> usize {
    write_any(Number::U64(n), room)
}

#[inline(never)]
fn write_any(number: Number, room: &mut [u8]) -> usize {
    let mut digits = Digits::new();
    let digits = digits.of(number);
    if let Some(room) = room.get_mut(..digits.len()) {
        room.copy_from_slice(digits);
    }
    digits.len()
}

/// A buffer for the text of a number.
pub(super) struct Digits {
    integer: itoa::Buffer,
    float: zmij::Buffer,
    /// 20 digits of seconds, the point, and 9 digits of nanoseconds.
    seconds: [u8; 30],
}

impl Digits {
    /// The longest text of a number in a registry: a float's 17 digits, signs, point and exponent.
    pub(super) const MAX: usize = 24;

    pub(super) fn new() -> Self {
        Digits { integer: itoa::Buffer::new(), float: zmij::Buffer::new(), seconds: [0; 30] }
    }

    /// Formats a sample's value in ASCII. Integers never pass through `f64`; a duration is in seconds, exact
    /// to the nanosecond.
    #[inline]
    pub(super) fn of(&mut self, number: Number) -> &[u8] {
        match number {
            Number::U64(n) => self.integer.format(n).as_bytes(),
            Number::I64(n) => self.integer.format(n).as_bytes(),
            Number::F64(n) => self.of_float(n),
            Number::Duration(duration) => self.of_seconds(duration),
            Number::Time(_) => self.of_float(number.as_f64()),
        }
    }

    /// Formats the shortest text that reads back as the same float, without a trailing `.0`. Infinities and
    /// NaN have OpenMetrics' spelling, which the text format accepts.
    fn of_float(&mut self, n: f64) -> &[u8] {
        if n.is_finite() {
            let text = self.float.format_finite(n);
            text.strip_suffix(".0").unwrap_or(text).as_bytes()
        } else if n.is_nan() {
            b"NaN"
        } else if n > 0.0 {
            b"+Inf"
        } else {
            b"-Inf"
        }
    }

    fn of_seconds(&mut self, duration: Duration) -> &[u8] {
        let whole = self.integer.format(duration.as_secs()).as_bytes();
        let (start, fraction) = self.seconds.split_at_mut(whole.len());
        start.copy_from_slice(whole);
        fraction[0] = b'.';
        let mut nanos = duration.subsec_nanos();
        for digit in fraction[1..10].iter_mut().rev() {
            *digit = b'0' + (nanos % 10) as u8;
            nanos /= 10;
        }
        let significant = fraction[..10].iter().rposition(|digit| !matches!(digit, b'0' | b'.'));
        let end = whole.len() + significant.map_or(0, |last| last + 1);
        &self.seconds[..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn printed(number: impl Into<Number>) -> String {
        String::from_utf8_lossy(Digits::new().of(number.into())).into_owned()
    }

    #[test]
    fn numbers_print_exactly_and_shortest() {
        let cases: &[(Number, &str)] = &[
            (u64::MAX.into(), "18446744073709551615"),
            (((1_u64 << 53) + 1).into(), "9007199254740993"),
            (i64::MIN.into(), "-9223372036854775808"),
            (3.0.into(), "3"),
            ((-0.0).into(), "-0"),
            (0.1.into(), "0.1"),
            (1e300.into(), "1e+300"),
            (5e-324.into(), "5e-324"),
            (f64::NAN.into(), "NaN"),
            (f64::INFINITY.into(), "+Inf"),
            (f64::NEG_INFINITY.into(), "-Inf"),
            (Duration::ZERO.into(), "0"),
            (Duration::from_millis(1_500).into(), "1.5"),
            (Duration::from_nanos(1).into(), "0.000000001"),
            (Duration::new(2, 10_000_000).into(), "2.01"),
            (Duration::MAX.into(), "18446744073709551615.999999999"),
        ];
        for (number, text) in cases {
            assert_eq!(printed(*number), *text);
        }
    }

    /// Expected texts are those of Go's `strconv.FormatFloat(x, 'g', -1, 64)`, with `.0` after an integer.
    #[test]
    fn bounds_are_canonical() {
        let cases: &[(f64, &str)] = &[
            (0.0, "0.0"),
            (-0.0, "0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.005, "0.005"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.000_012_5, "1.25e-05"),
            (100_000.0, "100000.0"),
            (999_999.0, "999999.0"),
            (1_000_000.0, "1e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (1e10, "1e+10"),
            (1e100, "1e+100"),
            (-1e6, "-1e+06"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (n, text) in cases {
            assert_eq!(bound(*n), *text);
        }
    }

    fn in_room(number: Number) -> String {
        let mut room = [b'#'; Digits::MAX];
        let len = write(number, &mut room);
        String::from_utf8_lossy(&room[..len]).into_owned()
    }

    #[test]
    fn digits_in_halves_are_those_of_the_whole() {
        // Each half alone, since the halves do not affect each other.
        for n in 0..10_000 {
            assert_eq!(in_room(Number::U64(n)), n.to_string());
            assert_eq!(in_room(Number::U64(n * 10_000 + 1)), (n * 10_000 + 1).to_string());
        }
        for n in [EIGHT_DIGITS - 1, EIGHT_DIGITS, u64::MAX] {
            assert_eq!(in_room(Number::U64(n)), n.to_string());
        }
    }

    #[test]
    fn no_number_of_a_registry_needs_more_room() {
        let longest = [f64::MIN_POSITIVE.into(), i64::MIN.into(), Duration::from_nanos(u64::MAX).into()];
        for number in longest.into_iter().chain([Number::F64(-1.234_567_890_123_456_7e-300)]) {
            assert_eq!(in_room(number), printed(number));
        }
    }

    proptest! {
        #[test]
        fn any_number_is_written_in_room(n in 0..=u64::MAX, shift in 0..64, bits: u64) {
            let shifted = Number::U64(n >> shift);
            prop_assert_eq!(in_room(shifted), printed(shifted));
            let float = Number::F64(f64::from_bits(bits));
            prop_assert_eq!(in_room(float), printed(float));
        }

        #[test]
        fn floats_read_back(bits: u64) {
            let n = f64::from_bits(bits);
            let back: f64 = printed(n).parse().unwrap_or(0.5);
            prop_assert!(back.to_bits() == bits || (back.is_nan() && n.is_nan()));
            if n.is_finite() && n != 0.0 {
                prop_assert_eq!(bound(n).parse(), Ok(n));
            }
        }

        #[test]
        fn integers_read_back(unsigned: u64, signed: i64) {
            prop_assert_eq!(printed(unsigned).parse(), Ok(unsigned));
            prop_assert_eq!(printed(signed).parse(), Ok(signed));
        }

        #[test]
        fn durations_read_back(seconds: u64, nanos in 0..1_000_000_000_u32) {
            let text = printed(Duration::new(seconds, nanos));
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
            prop_assert_eq!(whole.parse(), Ok(seconds));
            prop_assert_eq!(format!("{fraction:0<9}").parse(), Ok(nanos));
            prop_assert!(fraction == "0" || !fraction.ends_with('0'));
        }
    }
}
