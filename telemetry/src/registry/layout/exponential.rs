//! Finds the exponential bucket of a number, exactly: bounds are the powers of a root of 2.
//!
//! At scale `s`, bucket `i` holds the numbers above 2^(i / 2^s), up to and including 2^((i + 1) / 2^s). That
//! is the mapping of OpenTelemetry's [data model] and of Prometheus' [native histograms], whose buckets have
//! numbers greater by one. A scale lower by one joins two buckets to one, so an index of the finest scale has
//! those of all others in its upper bits.
//!
//! [data model]: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
//! [native histograms]: https://prometheus.io/docs/specs/native_histograms/
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the bits of a float in parts, each of which fits"
)]

/// The finest scale, at which each histogram begins: a factor of 2 has 128 buckets.
pub const FINEST_SCALE: i32 = 7;

/// The number of a row's exponential buckets. All positive numbers fit into them at scale -4, Prometheus'
/// coarsest one. A model has few of them, so that its scale changes soon.
pub const NATIVE_BUCKETS: usize = if cfg!(loom) { 2 } else { 160 };

/// The words of a row that are about exponential buckets: scale and offset, the count of zeros, the buckets.
pub const NATIVE_WORDS: usize = 2 + NATIVE_BUCKETS;

/// The number of buckets between two powers of 2.
const PER_OCTAVE: usize = 1 << FINEST_SCALE;

/// The bits of a float's fraction.
const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;

/// The bits of a float's fraction that are not in the index of [`ADDENDS`].
const REST: u32 = FRACTION - 8;

/// The bits of a float that are shifted out: what is left has 7 bits of the fraction.
const SHIFT: u32 = FRACTION - FINEST_SCALE as u32;

/// The fractions of the bounds above 1: the bits of the greatest float that is not above the bound
/// 2^((i + 1) / 128). No float is such a bound, but for 2.
#[rustfmt::skip]
const BOUNDS: [i64; PER_OCTAVE] = [
    0x00_163d_a9fb_3335, 0x00_2c9a_3e77_8060, 0x00_4315_e86e_7f84, 0x00_59b0_d315_8574,
    0x00_706b_29dd_f6dd, 0x00_8745_1875_9bc8, 0x00_9e3e_cac6_f383, 0x00_b558_6cf9_890f,
    0x00_cc92_2b72_47f7, 0x00_e3ec_32d3_d1a2, 0x00_fb66_affe_d31a, 0x01_1301_d012_5b50,
    0x01_2abd_c06c_31cb, 0x01_429a_aea9_2ddf, 0x01_5a98_c8a5_8e51, 0x01_72b8_3c7d_517a,
    0x01_8af9_388c_8de9, 0x01_a35b_eb6f_cb75, 0x01_bbe0_8404_5cd3, 0x01_d487_3168_b9aa,
    0x01_ed50_22fc_d91c, 0x02_063b_8862_8cd6, 0x02_1f49_917d_dc96, 0x02_387a_6e75_6238,
    0x02_51ce_4fb2_a63f, 0x02_6b45_65e2_7cdd, 0x02_84df_e1f5_6380, 0x02_9e9d_f51f_dee1,
    0x02_b87f_d0da_d98f, 0x02_d285_a6e4_030b, 0x02_ecaf_a93e_2f56, 0x03_06fe_0a31_b715,
    0x03_2170_fc4c_d831, 0x03_3c08_b264_16ff, 0x03_56c5_5f92_9ff0, 0x03_71a7_373a_a9ca,
    0x03_8cae_6d05_d865, 0x03_a7db_34e5_9ff6, 0x03_c32d_c313_a8e4, 0x03_dea6_4c12_3422,
    0x03_fa45_04ac_801b, 0x04_160a_21f7_2e29, 0x04_31f5_d950_a896, 0x04_4e08_6061_892d,
    0x04_6a41_ed1d_0057, 0x04_86a2_b5c1_3cd0, 0x04_a32a_f0d7_d3de, 0x04_bfda_d536_2a27,
    0x04_dcb2_99fd_dd0d, 0x04_f9b2_769d_2ca6, 0x05_16da_a2cf_6641, 0x05_342b_569d_4f81,
    0x05_51a4_ca5d_920e, 0x05_6f47_36b5_27da, 0x05_8d12_d497_c7fd, 0x05_ab07_dd48_5429,
    0x05_c926_8a59_46b7, 0x05_e76f_15ad_2148, 0x06_05e1_b976_dc08, 0x06_247e_b03a_5584,
    0x06_4346_34cc_c31f, 0x06_6238_8255_2224, 0x06_8155_d44c_a973, 0x06_a09e_667f_3bcc,
    0x06_c012_750b_dabe, 0x06_dfb2_3c65_1a2e, 0x06_ff7d_f951_9483, 0x07_1f75_e8ec_5f73,
    0x07_3f9a_48a5_8173, 0x07_5feb_5642_67c8, 0x07_8069_4fde_5d3f, 0x07_a114_73eb_0186,
    0x07_c1ed_0130_c132, 0x07_e2f3_36cf_4e62, 0x08_0427_543e_1a11, 0x08_2589_994c_ce12,
    0x08_471a_4623_c7ac, 0x08_68d9_9b44_92ec, 0x08_8ac7_d98a_6699, 0x08_ace5_422a_a0db,
    0x08_cf32_16b5_448b, 0x08_f1ae_9915_7736, 0x09_145b_0b91_ffc5, 0x09_3737_b0cd_c5e4,
    0x09_5a44_cbc8_520e, 0x09_7d82_9fde_4e4f, 0x09_a0f1_70ca_07b9, 0x09_c491_82a3_f090,
    0x09_e863_19e3_2323, 0x0a_0c66_7b5d_e564, 0x0a_309b_ec4a_2d33, 0x0a_5503_b23e_255c,
    0x0a_799e_1330_b358, 0x0a_9e6b_5579_fdbf, 0x0a_c36b_bfd3_f379, 0x0a_e89f_995a_d3ad,
    0x0b_0e07_298d_b665, 0x0b_33a2_b84f_15fa, 0x0b_5972_8de5_5939, 0x0b_7f76_f2fb_5e46,
    0x0b_a5b0_30a1_0649, 0x0b_cc1e_904b_c1d2, 0x0b_f2c2_5bd7_1e08, 0x0c_199b_dd85_529c,
    0x0c_40ab_5fff_d07a, 0x0c_67f1_2e57_d14b, 0x0c_8f6d_9406_e7b5, 0x0c_b720_dcef_9069,
    0x0c_df0b_555d_c3f9, 0x0d_072d_4a07_897b, 0x0d_2f87_080d_89f1, 0x0d_5818_dcfb_a487,
    0x0d_80e3_16c9_8397, 0x0d_a9e6_03db_3285, 0x0d_d321_f301_b460, 0x0d_fc97_337b_9b5e,
    0x0e_2646_14f5_a128, 0x0e_502e_e78b_3ff6, 0x0e_7a51_fbc7_4c83, 0x0e_a4af_a2a4_90d9,
    0x0e_cf48_2d8e_67f0, 0x0e_fa1b_ee61_5a27, 0x0f_252b_376b_ba97, 0x0f_5076_5b6e_4540,
    0x0f_7bfd_ad9c_be13, 0x0f_a7c1_819e_90d8, 0x0f_d3c2_2b8f_71f1, 0x10_0000_0000_0000,
];

/// By the first 8 bits of a fraction: the number that makes the bits of a float with this fraction those of
/// its bucket, and some more bits after them.
///
/// A float's bits are a logarithm already, but one that is a line between two powers of 2. Adjacent bounds
/// lie further apart than the fractions with the same 8 bits, so these are in one bucket or two. Bits that
/// are shifted by as much as the bound between those becomes the first one of its bucket have the bucket in
/// front.
static ADDENDS: [i64; 256] = addends();

const fn addends() -> [i64; 256] {
    let bias = (f64::MAX_EXP as i64 - 1) << FRACTION;
    let mut addends = [0; 256];
    let mut at = 0;
    // The bucket of a power of 2 is the one before.
    let mut bucket = -1;
    let mut bound = 1;
    while at < 256 {
        let first = (at as i64) << REST;
        addends[at] = (bucket << SHIFT) - first - bias;
        if bound < first + (1 << REST) {
            bucket += 1;
            addends[at] = (bucket << SHIFT) - bound - bias;
            bound = BOUNDS[bucket as usize] + 1;
        }
        at += 1;
    }
    addends
}

/// Returns the bucket of a number at the [finest scale](FINEST_SCALE); `None` for 0. The number is finite and
/// not negative.
#[inline(always)]
pub fn bucket(number: f64) -> Option<i32> {
    if number < f64::MIN_POSITIVE { bucket_of_small(number) } else { Some(bucket_of_normal(number)) }
}

#[inline(always)]
fn bucket_of_normal(number: f64) -> i32 {
    let bits = number.to_bits().cast_signed();
    let addend = ADDENDS[(bits >> REST) as usize % ADDENDS.len()];
    ((bits + addend) >> SHIFT) as i32
}

/// Handles 0, and numbers with less than all digits: they have buckets as if they had all.
#[cold]
#[inline(never)]
fn bucket_of_small(number: f64) -> Option<i32> {
    // 2⁵³: the least number above 0 is 2⁻¹⁰⁷⁴.
    let scaled = number * (2.0 / f64::EPSILON);
    (number != 0.0).then(|| bucket_of_normal(scaled) - ((f64::MANTISSA_DIGITS as i32) << FINEST_SCALE))
}

#[cfg(all(test, not(loom)))]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Squares a number, which is written in digits of 32 bits, the lowest first.
    fn square(digits: &[u32]) -> Vec<u32> {
        let mut product = vec![0; digits.len() * 2];
        for (at, a) in digits.iter().enumerate() {
            let mut carry = 0;
            for (digit, b) in product[at..].iter_mut().zip(digits) {
                let sum = u64::from(*a) * u64::from(*b) + u64::from(*digit) + carry;
                *digit = sum as u32;
                carry = sum >> 32;
            }
            product[at + digits.len()] = carry as u32;
        }
        product
    }

    /// Returns the least whole number that is not below the binary logarithm of `n` to the power of 128.
    fn log2_of_power(n: u64) -> i32 {
        if n.is_power_of_two() {
            return 128 * n.ilog2() as i32;
        }
        let mut digits = vec![n as u32, (n >> 32) as u32];
        (0..FINEST_SCALE).for_each(|_| digits = square(&digits));
        let last = digits.iter().rposition(|digit| *digit != 0).unwrap();
        32 * last as i32 + digits[last].ilog2() as i32 + 1
    }

    /// Returns the bucket of a positive number at the finest scale, by whole numbers alone.
    fn exact(number: f64) -> i32 {
        let bits = number.to_bits();
        let fraction = bits & ((1 << FRACTION) - 1);
        let (whole, exponent) = match (bits >> FRACTION) as i32 {
            0 => (fraction, 1),
            exponent => (fraction | 1 << FRACTION, exponent),
        };
        log2_of_power(whole) + 128 * (exponent - 1023 - 52) - 1
    }

    #[test]
    fn each_bound_is_the_last_number_of_its_bucket() {
        for exponent in [-1074, -1073, -1023, -1022, -1021, -1, 0, 1, 1023] {
            let power = f64::from(exponent).exp2();
            assert_eq!(bucket(power), Some(128 * exponent - 1), "2^{exponent}");
            assert_eq!(bucket(power), Some(exact(power)));
        }
        for (at, fraction) in (0..).zip(BOUNDS) {
            let bound = f64::from_bits(1_f64.to_bits() + fraction.cast_unsigned());
            for scale in [1.0, 2_f64.powi(-1000), 2_f64.powi(1000)] {
                let octave = 128 * (scale.log2() as i32);
                assert_eq!(bucket(bound * scale), Some(octave + at), "up to {at}");
                assert_eq!(bucket(bound.next_up() * scale), Some(octave + at + 1), "above {at}");
                assert_eq!(exact(bound * scale), octave + at);
                assert_eq!(exact(bound.next_up() * scale), octave + at + 1);
            }
        }
    }

    #[test]
    fn zeros_have_no_bucket_and_extremes_have_one() {
        assert_eq!(bucket(0.0), None);
        assert_eq!(bucket(-0.0), None);
        assert_eq!(bucket(f64::MAX), Some(128 * 1024 - 1));
        for number in [f64::MIN_POSITIVE, f64::MIN_POSITIVE.next_up(), f64::from_bits(1), f64::MAX] {
            assert_eq!(bucket(number), Some(exact(number)), "{number:e}");
        }
    }

    proptest! {
        #[test]
        fn the_bucket_is_the_exact_one(bits in 1..=f64::MAX.to_bits(), near in 0..128_usize, octave in -1022..1023) {
            let near = f64::from_bits(1_f64.to_bits() + BOUNDS[near].cast_unsigned()) * 2_f64.powi(octave);
            let subnormal = f64::from_bits(bits >> 12 | 1);
            for number in [f64::from_bits(bits), near.next_down(), near, near.next_up(), subnormal] {
                prop_assert_eq!(bucket(number), Some(exact(number)), "{:e}", number);
            }
        }
    }
}
