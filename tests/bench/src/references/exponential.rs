//! A histogram of exponential buckets in the thread-local slab, at the one scale that the input needs, and
//! the search for a bucket alone.
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an octave is small")]

use super::{WHO, slab};
use crate::opaque;
use crate::row::{Class, Row, each, pairs};
use crate::workload::input::{self, Method};

/// Buckets of an octave: scale 3.
const PER_OCTAVE: i64 = 8;

/// Cells of one series: 16 octaves, from 2^-10 on.
const CELLS: usize = 128;
const LOWEST: i64 = -10;

pub fn rows() -> Vec<Row> {
    vec![
        search("bucket search, `log2`", by_logarithm),
        search("bucket search, table", by_table),
        Row::new(WHO, "thread-local slab, table", Class::Limit, || {
            Ok(move || {
                pairs(input::methods(), input::seconds(), move |method: Method, value| {
                    slab::with(|slab| {
                        let base = slab::NATIVE + method as usize * CELLS;
                        slab::add(&slab[base + by_table(value) % CELLS]);
                        slab::add_float(&slab[slab::HISTOGRAM + method as usize], value);
                    });
                })
            })
        }),
    ]
}

fn search(how: &'static str, find: impl Fn(f64) -> usize + Copy + Send + Sync + 'static) -> Row {
    Row::new(WHO, how, Class::Reference, move || {
        Ok(move || each(input::seconds(), move |value| _ = opaque::value(find(value) as u64)))
    })
}

#[inline]
fn by_logarithm(value: f64) -> usize {
    ((value.log2() + 10.0) * 8.0) as usize
}

/// The first bits of the fraction say where to begin; one comparison, since no sixteenth holds two bounds.
#[inline]
fn by_table(value: f64) -> usize {
    let bits = value.to_bits().cast_signed() - 1;
    let octave = (bits >> 52) - 1023 - LOWEST;
    let fraction = bits.cast_unsigned() & ((1 << 52) - 1);
    let below = BELOW[(fraction >> 48) as usize & 15];
    let above = BOUNDS[usize::from(below) & 7] <= fraction;
    (octave * PER_OCTAVE) as usize + usize::from(below) + usize::from(above)
}

/// The fractions of the bounds above 1.
const BOUNDS: [u64; 8] = [
    0x1_72b8_3c7d_517a,
    0x3_06fe_0a31_b715,
    0x4_bfda_d536_2a27,
    0x6_a09e_667f_3bcc,
    0x8_ace5_422a_a0db,
    0xa_e89f_995a_d3ad,
    0xd_5818_dcfb_a487,
    0x10_0000_0000_0000,
];

/// By the first bits of a fraction, the bounds that are not above all fractions with these bits.
const BELOW: [u8; 16] = {
    let mut below = [0; 16];
    let mut at = 0;
    let mut count = 0;
    while at < 16 {
        while BOUNDS[count] <= (at as u64) << 48 {
            count += 1;
        }
        below[at] = count as u8;
        at += 1;
    }
    below
};
