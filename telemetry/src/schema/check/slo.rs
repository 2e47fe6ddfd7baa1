//! The rules of service level objectives that depend on labels' types and on constants.

use super::alert::selected;
use super::{Arg, SLO_BOUND, fail};
use crate::schema::{EventSchema, Good, Schema};

/// Checks that a text of an objective is a possible value of its label: those of `good` come first,
/// then those of `of`.
#[track_caller]
pub const fn slo_value(
    schema: &Schema,
    event: &EventSchema,
    instrument: usize,
    slo: usize,
    matcher: usize,
    text: usize,
) {
    let slo = &event.instruments[instrument].slos[slo];
    let good = match slo.good {
        Good::Matching(good) => good,
        Good::Below(_) => &[],
    };
    let matcher = if matcher < good.len() { &good[matcher] } else { &slo.of[matcher - good.len()] };
    selected(schema, event, instrument, matcher, text);
}

/// Checks that a histogram counts what is up to the bound of an objective.
#[track_caller]
pub const fn slo_bound(event: &EventSchema, instrument: usize, slo: usize) {
    let declared = &event.instruments[instrument];
    let Good::Below(bound) = declared.slos[slo].good else { return };
    let mut at = 0;
    while at < declared.buckets.len() {
        if declared.buckets[at].to_bits() == bound.to_bits() {
            return;
        }
        at += 1;
    }
    fail(&SLO_BOUND, &[Arg::Text(declared.name)]);
}
