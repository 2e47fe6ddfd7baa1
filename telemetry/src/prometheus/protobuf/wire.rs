//! Writes the fields of protobuf messages.
//!
//! Our own, since the messages are few and the feature `prometheus` would need the crate `prost` for nothing
//! else. Source: [the encoding of protobuf](https://protobuf.dev/programming-guides/encoding/).

/// The wire types.
const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const LENGTH: u64 = 2;

/// The longest varint.
const VARINT_MAX: usize = 10;

/// Returns a number as 7 bits a byte, the lowest first, and the number of these bytes.
#[allow(clippy::cast_possible_truncation, reason = "the lowest bits are meant")]
fn varint(mut n: u64) -> ([u8; VARINT_MAX], usize) {
    let mut bytes = [0; VARINT_MAX];
    let mut len = 0;
    while n > 0x7f {
        bytes[len] = n as u8 | 0x80;
        n >>= 7;
        len += 1;
    }
    bytes[len] = n as u8;
    (bytes, len + 1)
}

fn push_varint(out: &mut Vec<u8>, n: u64) {
    let (bytes, len) = varint(n);
    out.extend_from_slice(&bytes[..len]);
}

fn push_tag(out: &mut Vec<u8>, field: u32, wire_type: u64) {
    push_varint(out, u64::from(field) << 3 | wire_type);
}

/// Appends a field of the type `uint32`, `uint64` or of an enumeration.
pub(super) fn unsigned(out: &mut Vec<u8>, field: u32, n: u64) {
    push_tag(out, field, VARINT);
    push_varint(out, n);
}

/// Appends a field of the type `int64`.
pub(super) fn integer(out: &mut Vec<u8>, field: u32, n: i64) {
    unsigned(out, field, n.cast_unsigned());
}

/// Appends a field of the type `sint32` or `sint64`.
pub(super) fn zigzag(out: &mut Vec<u8>, field: u32, n: i64) {
    unsigned(out, field, zigzagged(n));
}

const fn zigzagged(n: i64) -> u64 {
    (n << 1 ^ n >> 63).cast_unsigned()
}

/// Appends a repeated field of the type `sint64`, packed.
pub(super) fn packed_zigzags(out: &mut Vec<u8>, field: u32, numbers: impl Iterator<Item = i64>) {
    message(out, field, |out| numbers.for_each(|n| push_varint(out, zigzagged(n))));
}

/// Appends a field of the type `double`.
pub(super) fn double(out: &mut Vec<u8>, field: u32, n: f64) {
    push_tag(out, field, FIXED_64);
    out.extend_from_slice(&n.to_bits().to_le_bytes());
}

/// Appends a field of the type `string`.
pub(super) fn text(out: &mut Vec<u8>, field: u32, text: &str) {
    push_tag(out, field, LENGTH);
    push_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a field that is a message, whose fields `write` appends.
pub(super) fn message(out: &mut Vec<u8>, field: u32, write: impl FnOnce(&mut Vec<u8>)) {
    push_tag(out, field, LENGTH);
    delimited(out, write);
}

/// Appends what `write` appends, after its length.
///
/// Most messages are shorter than 128 bytes, so that their length is one byte. Longer ones are moved.
pub(super) fn delimited(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.push(0);
    write(out);
    let content = out.len() - start - 1;
    if let Ok(length @ 0..=0x7f) = u8::try_from(content) {
        out[start] = length;
        return;
    }
    let (length, len) = varint(content as u64);
    let end = out.len();
    out.resize(end + len - 1, 0);
    out.copy_within(start + 1..end, start + len);
    out[start..start + len].copy_from_slice(&length[..len]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn numbers_are_as_the_encoding_guide_shows_them() {
        assert_eq!(written(|out| unsigned(out, 1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(written(|out| text(out, 2, "testing")), *b"\x12\x07testing");
        assert_eq!(
            [0, -1, 1, -2, 0x7fff_ffff, -0x8000_0000].map(zigzagged),
            [0, 1, 2, 3, 0xffff_fffe, 0xffff_ffff]
        );
        assert_eq!(written(|out| integer(out, 1, -2))[1..], [254, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
        assert_eq!(written(|out| double(out, 1, 1.0)), [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        assert_eq!(written(|out| packed_zigzags(out, 6, [3, -1].into_iter())), [0x32, 2, 6, 1]);
    }

    #[test]
    fn a_message_of_any_length_follows_its_length() {
        for len in [0, 1, 127, 128, 20_000] {
            let written = written(|out| message(out, 3, |out| out.resize(out.len() + len, 7)));
            let mut expected = vec![0x1a];
            push_varint(&mut expected, len as u64);
            expected.resize(expected.len() + len, 7);
            assert_eq!(written, expected);
        }
    }
}
