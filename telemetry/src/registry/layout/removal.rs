//! Which events a removal concerns, as far as recording must know while compiling.

use super::plan::{group_of, has_removals, label_is_used};
use crate::label::{Domain, LabelSet};
use crate::schema::Schema;
use crate::schema::check::same;

/// Returns whether a call of the event sets a gauge of a text whose number may be freed.
pub const fn sets_removable_gauge(schema: &Schema, event: usize) -> bool {
    let mut at = 0;
    while at < schema.events[event].instruments.len() {
        if schema.events[event].instruments[at].keeps_last() {
            return has_removals(schema) && has_removable_text(schema, event);
        }
        at += 1;
    }
    false
}

/// Returns whether a call of the event must know what was removed before it finds its rows: a removal names
/// one of its sums, or may free the number of one of its texts.
///
/// A gauge without such a text needs nothing. Its row is no thread's own, and stays that of one series.
pub const fn is_removable(schema: &Schema, event: usize) -> bool {
    has_removals(schema) && (has_removable_sum(schema, event) || has_removable_text(schema, event))
}

const fn has_removable_sum(schema: &Schema, event: usize) -> bool {
    let mut at = 0;
    while at < schema.events[event].instruments.len() {
        if !schema.events[event].instruments[at].keeps_last() && is_removed(schema, event, at) {
            return true;
        }
        at += 1;
    }
    false
}

/// Returns whether a removal names the instrument's group.
const fn is_removed(schema: &Schema, event: usize, instrument: usize) -> bool {
    let own = group_of(schema, event, instrument);
    let mut at_event = 0;
    while at_event < schema.events.len() {
        let removes = schema.events[at_event].removes;
        let mut at = 0;
        while at < removes.len() {
            let named = group_of(schema, removes[at].event, removes[at].instrument);
            if named.0 == own.0 && named.1 == own.1 {
                return true;
            }
            at += 1;
        }
        at_event += 1;
    }
    false
}

const fn has_removable_text(schema: &Schema, event: usize) -> bool {
    let of = schema.events[event];
    let mut label = 0;
    while label < of.labels.len() {
        if let LabelSet::Open(domain) = of.labels[label].set
            && label_is_used(of, label)
            && may_be_freed(schema, domain)
        {
            return true;
        }
        label += 1;
    }
    false
}

/// Returns whether a removal has a label of this domain, or of one that is declared alike: addresses cannot
/// be compared while compiling.
const fn may_be_freed(schema: &Schema, domain: &Domain) -> bool {
    let mut at_event = 0;
    while at_event < schema.events.len() {
        let event = schema.events[at_event];
        let mut label = 0;
        while !event.removes.is_empty() && label < event.labels.len() {
            if let LabelSet::Open(other) = event.labels[label].set
                && other.cap == domain.cap
                && other.max_len == domain.max_len
                && same(other.other, domain.other)
            {
                return true;
            }
            label += 1;
        }
        at_event += 1;
    }
    false
}
