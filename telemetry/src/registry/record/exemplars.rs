//! Takes exemplars: looks at the current trace once for each bucket, thread and collection.
//!
//! A registration with exemplars has no near entry in a thread, so each of its calls comes out of line, and
//! the way of all other registrations has no instruction for exemplars.

use crate::contain::contained;
use crate::registry::layout::buckets::{BucketIndex, search};
use crate::registry::layout::cell::Cell;
use crate::registry::layout::plan::Plan;
use crate::registry::store::exemplars::{ExemplarRow, StoredExemplar};
use crate::registry::store::shard::Shard;
use crate::sync::{AtomicU64, Ordering, is_allocating, unless_allocating, unless_asking};
use crate::trace::TraceContext;
use crate::value::Number;
use std::time::{SystemTime, UNIX_EPOCH};

/// The exemplars of a registry: the function that knows the current trace, and when to ask it again.
#[derive(Debug)]
pub struct Exemplars {
    source: fn() -> Option<TraceContext>,
    /// The number of collections that have begun, and 1.
    collection: AtomicU64,
}

impl Exemplars {
    pub fn new(source: fn() -> Option<TraceContext>) -> Self {
        Exemplars { source, collection: AtomicU64::new(1) }
    }

    /// Lets each thread look for a trace again.
    pub fn begin_collection(&self) {
        self.collection.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes an exemplar of a number that was just added in this thread's shard, unless the thread has looked
    /// for one since the last collection.
    #[inline(always)]
    pub fn observe(
        &self,
        shard: &Shard,
        plan: &Plan,
        buckets: Option<&BucketIndex>,
        row: u64,
        number: Number,
    ) {
        let bucket = match plan.cell {
            Cell::Histogram { bounds, .. } => {
                let number = number.as_f64();
                buckets.map_or_else(|| search(bounds, number), |buckets| buckets.find(number))
            }
            _ => 0,
        };
        let Some(mark) = plan.mark(row, bucket) else {
            return self.observe_sparse(shard, plan, row, bucket, number);
        };
        let collection = self.collection.load(Ordering::Relaxed);
        if shard.marks.get(mark).is_none_or(|mark| mark.load(Ordering::Relaxed) != collection) {
            self.look(shard, plan, row, bucket, number);
        }
    }

    /// Does the same for a group of many series, whose marks stand at their exemplars.
    #[inline(never)]
    fn observe_sparse(&self, shard: &Shard, plan: &Plan, row: u64, bucket: usize, number: Number) {
        let cells = shard.exemplars.get(usize::from(plan.group));
        let mark = cells.and_then(|cells| cells.page(row)?.words.get(bucket));
        let collection = self.collection.load(Ordering::Relaxed);
        if mark.is_none_or(|mark| mark.load(Ordering::Relaxed) != collection) {
            self.look(shard, plan, row, bucket, number);
        }
    }

    /// Asks for the current trace, and keeps an exemplar if it is sampled.
    ///
    /// A call of our own allocator takes no exemplar, and neither does one that the function makes itself.
    #[cold]
    #[inline(never)]
    fn look(&self, shard: &Shard, plan: &Plan, row: u64, bucket: usize, number: Number) {
        let value = number.as_f64();
        // A counter that did not grow shows nothing.
        if is_allocating() || value == 0.0 && !plan.is_histogram() {
            return;
        }
        let cells = shard.exemplars.get(usize::from(plan.group));
        let new = || ExemplarRow::get_or_insert(cells?, plan, row);
        let Some(kept) = unless_allocating(new).flatten() else { return };
        let trace = unless_asking(|| {
            let mark = plan.mark(row, bucket).map_or_else(|| kept.mark(bucket), |mark| shard.marks.get(mark));
            if let Some(mark) = mark {
                mark.store(self.collection.load(Ordering::Relaxed), Ordering::Relaxed);
            }
            contained(self.source).flatten()
        });
        if let Some(trace) = trace.flatten().filter(TraceContext::is_sampled) {
            kept.keep(bucket, &StoredExemplar { value, trace, time: now() });
        }
    }
}

/// Returns the nanoseconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}
