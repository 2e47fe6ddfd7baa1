//! Models of exemplars: a reader beside a thread that takes one, and removals between them.

use super::Metrics;
use super::{
    Arc, CALLS, Call, Collection, Cons, Interner, Number, Observations, Ordering, PlainCall, QUEUES,
    Registration, Removing, Schema, Shard, Snapshot, Surface, ThreadState, Visit, model, queue, remove,
    state_of,
};
use crate::registry::record::exemplars::Exemplars;
use crate::registry::record::shape::Shape;
use crate::registry::store::cell::{self, Traced};
use crate::registry::store::exemplars::{ExemplarRow, StoredExemplar};
use crate::registry::view::set::SurfaceViews;
use crate::trace::TraceContext;
use loom::thread;
use std::cell::Cell;

loom::thread_local! {
    /// The trace of this thread.
    static TRACE: Cell<u8> = Cell::new(0);
}

fn current() -> Option<TraceContext> {
    TRACE.with(|trace| TraceContext::new([trace.get(); 16], [trace.get(); 8]))
}

fn with_exemplars(schema: &'static Schema) -> Arc<Registration> {
    let shape = Shape::new(0, schema, &SurfaceViews::default(), true);
    let exemplars = Some(Arc::new(Exemplars::new(current)));
    let interner = |spec| Arc::new(Interner::new(spec));
    Arc::new(Registration::of(Arc::new(shape), 0, Box::default(), true, exemplars, interner))
}

/// Reads all series: the label, and the first byte of each exemplar's trace. All of its bytes are
/// the same.
fn read(registration: &Arc<Registration>, mut check: impl FnMut(Option<String>, &[u8])) {
    if let Some(exemplars) = &registration.exemplars {
        exemplars.begin_collection();
    }
    let mut snapshot = Snapshot::default();
    let (shape, own) = (registration.shape().clone(), registration.clone());
    snapshot.read(&Arc::default(), &[shape], &[own], &Collection::look(), &mut Observations::default());
    for series in snapshot.families().flat_map(|family| family.series()) {
        let label = series.labels().next().map(|(_, text)| text.into_owned());
        let exemplars: Vec<_> = series
            .exemplars()
            .iter()
            .map(|exemplar| {
                let (trace, span) = (exemplar.trace().trace_id(), exemplar.trace().span_id());
                assert!(trace.iter().chain(&span).all(|byte| *byte == trace[0]), "{exemplar:?}");
                trace[0]
            })
            .collect();
        check(label, &exemplars);
    }
}

/// An exemplar is of one call, and whoever sees it sees that call in the sum.
#[test]
fn an_exemplar_is_whole_and_its_call_is_counted() {
    fn exemplar(n: u8) -> StoredExemplar {
        let trace = TraceContext::new([n; 16], [n; 8]).unwrap();
        StoredExemplar { value: f64::from(n), trace, time: u64::from(n) }
    }
    model(|| {
        let registration = with_exemplars(<dyn Metrics as Surface>::SCHEMA);
        let shard = registration.shards.enter().unwrap();
        let plan = registration.plans[CALLS][0];
        // The checker cannot see who makes a page, so there is one from the start.
        let row = ExemplarRow::get_or_insert(&shard.exemplars[usize::from(plan.group)], &plan, 0);
        row.unwrap().keep(0, &exemplar(1));
        let writer = {
            let shard = shard.clone();
            thread::spawn(move || {
                let row = ExemplarRow::existing(&shard.exemplars[usize::from(plan.group)], &plan, 0).unwrap();
                let count = shard.rows().row(&plan, 0).unwrap();
                assert!(cell::add::<Traced>(&plan.cell, None, count, Number::U64(1)).is_ok());
                row.keep(0, &exemplar(2));
            })
        };
        let mut found = Vec::new();
        row.unwrap().read(&mut Vec::new(), |_, stored| found.push(stored));
        let count = shard.rows().row(&plan, 0).unwrap().words[0].load(Ordering::Relaxed);
        for stored in found {
            let n = stored.trace.span_id()[0];
            assert_eq!(stored, exemplar(n));
            assert!(count + 1 >= u64::from(n), "{stored:?} of {count}");
        }
        writer.join().unwrap();
    });
}

/// A thread that counts jobs in the trace of their queue.
struct Worker {
    registration: Arc<Registration>,
    state: ThreadState,
}

impl Worker {
    fn new(registration: &Arc<Registration>) -> Self {
        let shard: Arc<Shard> = registration.shards.enter().unwrap();
        // The checker cannot see who makes a page.
        let plan = &registration.plans[0][0];
        for row in 0..plan.rows {
            assert!(ExemplarRow::get_or_insert(&shard.exemplars[0], plan, row).is_some());
        }
        Worker { registration: registration.clone(), state: state_of(registration, shard) }
    }

    /// Counts by the fast path, or else by the general one.
    fn count(&self, text: &str) {
        TRACE.with(|current| current.set(text.as_bytes()[0]));
        let (labels, numbers) = (queue(text), [Some(Number::U64(1))]);
        let (registration, gauges) = (&self.registration, &self.registration.gauges);
        let call = Call::<Removing, Cons<0, ()>, Traced, 0, 1>::new(registration, gauges, &labels, &numbers);
        if call.visit(Some(&self.state), &self.state.shard.dense).is_none() {
            let call = PlainCall { event: 0, labels: &labels, numbers: &numbers };
            assert!(call.record_in_thread(registration, &self.state), "nothing is under way");
        }
    }
}

fn check_queues(registration: &Arc<Registration>) {
    read(registration, |label, exemplars| {
        let Some(label) = label.filter(|label| label != "other") else { return };
        for trace in exemplars {
            assert_eq!(*trace, label.as_bytes()[0], "{label}");
        }
    });
}

/// A queue has no exemplar of the one whose number it got, although another thread counts there when that one
/// goes.
#[test]
fn a_text_has_no_exemplar_of_the_one_before_it() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.max_branches = 20_000;
    builder.check(|| {
        let registration = with_exemplars(&QUEUES);
        let one = Worker::new(&registration);
        let other = Worker::new(&registration);
        one.count("a");
        other.count("a");
        registration.exemplars.as_ref().unwrap().begin_collection();
        let thread = thread::spawn(move || other.count("a"));
        remove(&registration, "a");
        one.count("b");
        check_queues(&registration);
        thread.join().unwrap();
        check_queues(&registration);
    });
}
