//! Writes the exponential buckets of a histogram as a Prometheus native histogram.
//!
//! OpenTelemetry's bucket `i` holds the numbers above `base^i`, up to and including `base^(i + 1)`; the same
//! bucket has the index `i + 1` in Prometheus. Source: [Native Histograms].
//!
//! [Native Histograms]: https://prometheus.io/docs/specs/native_histograms/
#![allow(clippy::cast_possible_wrap, reason = "a histogram has a few hundred buckets")]

use super::wire;
use crate::registry::ExponentialBuckets;

/// The fields of `Histogram` that a native one has.
mod field {
    pub(super) const SCHEMA: u32 = 5;
    pub(super) const ZERO_THRESHOLD: u32 = 6;
    pub(super) const ZERO_COUNT: u32 = 7;
    pub(super) const POSITIVE_SPAN: u32 = 12;
    pub(super) const POSITIVE_DELTA: u32 = 13;
}

/// The fields of `BucketSpan`.
mod span {
    pub(super) const OFFSET: u32 = 1;
    pub(super) const LENGTH: u32 = 2;
}

/// The most empty buckets inside of a span: two deltas take less than another span.
const GAP_MAX: usize = 2;

/// Appends the fields of a native histogram without negative buckets.
pub(super) fn push(out: &mut Vec<u8>, buckets: ExponentialBuckets<'_>) {
    wire::zigzag(out, field::SCHEMA, buckets.scale.into());
    wire::double(out, field::ZERO_THRESHOLD, buckets.zero_threshold);
    wire::unsigned(out, field::ZERO_COUNT, buckets.zero_count);
    let mut next = 0;
    let first = i64::from(buckets.offset) + 1;
    for (start, counts) in spans(buckets.counts) {
        let index = first + start as i64;
        push_span(out, index - next, counts.len());
        next = index + counts.len() as i64;
    }
    if buckets.counts.iter().all(|count| *count == 0) {
        // Readers know a native histogram by its spans.
        push_span(out, 0, 0);
        return;
    }
    let mut before = 0;
    let counts = spans(buckets.counts).flat_map(|(_, counts)| counts);
    let deltas = counts.map(|count| {
        let count = count.cast_signed();
        count - std::mem::replace(&mut before, count)
    });
    wire::packed_zigzags(out, field::POSITIVE_DELTA, deltas);
}

fn push_span(out: &mut Vec<u8>, offset: i64, length: usize) {
    wire::message(out, field::POSITIVE_SPAN, |out| {
        wire::zigzag(out, span::OFFSET, offset);
        wire::unsigned(out, span::LENGTH, length as u64);
    });
}

/// Returns the runs of buckets that are written: the index of the first, and the counts. Each begins and ends
/// with a number that is not 0, and has no long gap.
fn spans(counts: &[u64]) -> impl Iterator<Item = (usize, &[u64])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + counts.get(at..)?.iter().position(|count| *count != 0)?;
        let mut end = start + 1;
        while let Some(gap) = counts[end..].iter().take(GAP_MAX + 1).position(|count| *count != 0) {
            end += gap + 1;
        }
        at = end;
        Some((start, &counts[start..end]))
    })
}
