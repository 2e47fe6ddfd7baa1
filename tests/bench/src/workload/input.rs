//! What the operations are given: made once, in an order that no branch predictor learns, the same in every
//! run.

use std::sync::LazyLock;

/// Inputs of a loop, which goes round: too many for a branch predictor to learn, and read in order, as fast
/// as from the nearest cache.
pub const INPUTS: usize = 4096;

/// Twelve bounds, in seconds.
pub const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Series of the scrapes.
pub const COUNTERS: usize = 10_000;
pub const HISTOGRAMS: usize = 1_000;

/// Series whose heap is measured. A hash table of the standard library's kind is full with the first number,
/// and has just doubled with the second.
pub const SERIES: [usize; 2] = [57_344, MANY];
pub const MANY: usize = 60_000;

/// How often each histogram of the scrape has observed something.
pub const OBSERVATIONS: usize = 32;

/// The closed label. A peer that needs a type of its own makes it from this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub const ALL: [Self; 4] = [Self::Get, Self::Post, Self::Put, Self::Delete];

    pub fn text(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }
}

/// Labels at random, as the type of whoever asks.
pub fn methods<T: From<Method>>() -> &'static [T; INPUTS] {
    let mut random = Random::new(1);
    array(|| T::from(Method::ALL[random.below(4)]))
}

/// 64 texts of 20 bytes at random, each in four places of memory, as callers have them.
pub fn paths() -> &'static [&'static str; INPUTS] {
    static PATHS: LazyLock<&[&str; INPUTS]> = LazyLock::new(|| {
        let copies: &'static [String] =
            Vec::leak((0..256).map(|index| format!("/v1/customers/{:06}", (index % 64) * 15_485)).collect());
        let mut random = Random::new(2);
        array(|| copies[random.below(copies.len())].as_str())
    });
    &PATHS
}

/// So many texts of so many bytes at random, each in four places of memory. By Zipf's law, the first one
/// comes twice as often as the second, and three times as often as the third.
pub fn texts(count: usize, bytes: usize, is_zipf: bool) -> &'static [&'static str; INPUTS] {
    let text =
        |index: usize| format!("{:0>bytes$}", format!("/v1/customers/{:06}", (index % count) * 15_485));
    let copies: &'static [String] = Vec::leak((0..4 * count).map(text).collect());
    let weights = (1..=count).map(|rank| 1.0 / if is_zipf { as_float(rank) } else { 1.0 });
    let sums: Vec<f64> = weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect();
    let all = sums.last().copied().unwrap_or_default();
    let mut random = Random::new(7);
    array(|| {
        let at = random.unit() * all;
        let index = sums.partition_point(|sum| *sum < at).min(count - 1);
        copies[index + count * random.below(4)].as_str()
    })
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
fn as_float(number: usize) -> f64 {
    number as f64
}

/// Durations between a millisecond and a minute, evenly over their logarithms.
pub fn seconds() -> &'static [f64; INPUTS] {
    static SECONDS: LazyLock<&[f64; INPUTS]> = LazyLock::new(|| {
        let mut random = Random::new(3);
        array(|| random.seconds())
    });
    &SECONDS
}

/// Numbers of one to seven digits.
pub fn counts() -> &'static [u64; INPUTS] {
    static COUNTS: LazyLock<&[u64; INPUTS]> = LazyLock::new(|| {
        let mut random = Random::new(6);
        array(|| random.next() >> 44 >> random.below(20))
    });
    &COUNTS
}

/// Distinct texts of 20 bytes.
pub fn many_paths() -> &'static [String] {
    static PATHS: LazyLock<Vec<String>> =
        LazyLock::new(|| (0..MANY).map(|index| format!("/v1/customers/{index:06}")).collect());
    &PATHS
}

/// The counters of the scrape: their labels, and values of one to seven digits.
pub fn counted() -> impl Iterator<Item = (&'static str, u64)> {
    let mut random = Random::new(4);
    many_paths()[..COUNTERS]
        .iter()
        .map(move |path| (path.as_str(), 1 + (random.next() >> 44 >> random.below(20))))
}

/// What the histograms of the scrape have observed, one after the other: their labels, and values.
pub fn observed() -> impl Iterator<Item = (&'static str, f64)> {
    let mut random = Random::new(5);
    let paths = many_paths()[..HISTOGRAMS].iter();
    paths.flat_map(|path| [path.as_str(); OBSERVATIONS]).map(move |path| (path, random.seconds()))
}

fn array<T>(mut make: impl FnMut() -> T) -> &'static [T; INPUTS] {
    Box::leak(Box::new(std::array::from_fn(|_| make())))
}

/// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from((u128::from(self.next()) * limit as u128) >> 64).unwrap_or(0)
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn seconds(&mut self) -> f64 {
        0.001 * 60_000_f64.powf(self.unit())
    }
}
