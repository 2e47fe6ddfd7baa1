//! Guards in a registry: each operation is counted once, and what is in flight balances in every series.

use super::lines;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;
use telemetry::registry::{Instruments, Point};
use telemetry::value::Number;
use telemetry::{Event, GuardEdge, Label, NoOp, Registry, Sink, SinkAdapter, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed,
    Aborted,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 3)]
pub struct Tenant<'a>(pub &'a str);

#[metrics(namespace = "ops")]
pub trait Metrics {
    /// Jobs.
    #[counter]
    #[histogram(name = "job_duration", labels(queue))]
    #[up_down_counter(in_flight, name = "jobs_running", labels(queue, hot))]
    #[up_down_counter(in_flight, name = "jobs_running_in_all", labels())]
    #[guard(start_job)]
    fn jobs(
        &self,
        #[label(cap = 4)] queue: &str,
        hot: bool,
        #[end(default = Outcome::Aborted)] outcome: Outcome,
        took: Duration,
    );

    /// Leases, which nothing else counts.
    #[up_down_counter(in_flight, name = "leases")]
    fn lease(&self, tenant: Tenant<'_>);

    /// Leases of another sort, in the same instrument.
    #[up_down_counter(in_flight, name = "leases")]
    #[counter(name = "renewals")]
    #[guard(start_renewal)]
    fn renew(&self, tenant: Tenant<'_>);
}

#[metrics]
pub trait Other {
    /// Others.
    #[up_down_counter(in_flight, name = "others", labels())]
    fn others(&self);
}

fn registered() -> (Registry, Instruments<dyn Metrics>) {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

/// The sum of a family's series.
fn sum(registry: &Registry, family: &str) -> i128 {
    let snapshot = registry.snapshot();
    let found = snapshot.families().find(|found| found.name() == family).expect("the family");
    let number = |point| match point {
        Point::Sum(Number::I64(n)) => i128::from(n),
        Point::Sum(Number::U64(n)) => i128::from(n),
        Point::Histogram(histogram) => i128::from(histogram.count()),
        other => panic!("{other:?}"),
    };
    found.series().map(|series| number(series.point())).sum()
}

#[test]
fn an_operation_is_in_flight_until_its_end_and_counted_once() {
    let (registry, metrics) = registered();
    let job = metrics.start_job("in", true);
    let other = metrics.start_job("in", false);
    assert_eq!(lines(&registry, "jobs_running"), ["queue=in,hot=false 1", "queue=in,hot=true 1"]);
    assert_eq!(lines(&registry, "jobs_running_in_all"), ["2"]);
    assert_eq!(sum(&registry, "jobs"), 0, "nothing is counted before the end");
    job.end(Outcome::Done);
    drop(other);
    metrics.start_job("in", true).discard();
    assert_eq!(sum(&registry, "jobs_running"), 0);
    assert_eq!(lines(&registry, "jobs_running_in_all"), ["0"]);
    assert_eq!(sum(&registry, "job_duration"), 2);
    let jobs = lines(&registry, "jobs");
    assert!(jobs.contains(&"queue=in,hot=true,outcome=done 1".to_owned()), "{jobs:?}");
    assert!(jobs.contains(&"queue=in,hot=false,outcome=aborted 1".to_owned()), "{jobs:?}");
    assert_eq!(sum(&registry, "jobs"), 2, "a discarded operation is not counted");
}

#[test]
fn two_methods_are_in_flight_in_one_instrument() {
    let (registry, metrics) = registered();
    let lease = metrics.start_lease(Tenant("a"));
    let renewal = metrics.start_renewal(Tenant(&String::from("a")));
    assert_eq!(lines(&registry, "leases"), ["tenant=a 2"]);
    renewal.end();
    assert_eq!(lines(&registry, "leases"), ["tenant=a 1"]);
    lease.end();
    assert_eq!(lines(&registry, "leases"), ["tenant=a 0"]);
    assert_eq!(lines(&registry, "renewals"), ["tenant=a 1"]);
}

#[test]
fn a_call_without_a_guard_is_not_in_flight() {
    let (registry, metrics) = registered();
    metrics.jobs("in", true, Outcome::Done, Duration::from_secs(1));
    metrics.lease(Tenant("a"));
    assert_eq!(sum(&registry, "jobs"), 1);
    assert_eq!(lines(&registry, "jobs_running_in_all"), ["0"]);
    assert!(lines(&registry, "leases").is_empty());
}

#[test]
fn an_operation_past_the_cap_ends_where_it_started() {
    let (registry, metrics) = registered();
    let leases: Vec<_> = ["a", "b", "c", "d", "e"].map(|tenant| metrics.start_lease(Tenant(tenant))).into();
    assert_eq!(lines(&registry, "leases"), ["tenant=a 1", "tenant=b 1", "tenant=c 1", "tenant=other 2"]);
    drop(leases);
    assert_eq!(lines(&registry, "leases"), ["tenant=a 0", "tenant=b 0", "tenant=c 0", "tenant=other 0"]);
    let overflow = lines(&registry, "label_overflow");
    assert!(
        overflow.iter().any(|line| line == "label=tenant 2"),
        "the start counts it, not the end: {overflow:?}"
    );
}

#[test]
fn a_guard_ends_in_a_panic_a_task_that_is_dropped_and_another_thread() {
    let (registry, metrics) = registered();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _job = metrics.start_job("panic", true);
        panic!("on purpose");
    }));
    assert!(unwound.is_err());
    let handle: Arc<dyn Metrics> = Arc::new(metrics.clone());
    let mut future = Box::pin(async {
        let _job = handle.start_job("future", true);
        std::future::pending::<()>().await;
    });
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert_eq!(lines(&registry, "jobs_running_in_all"), ["1"]);
    drop(future);
    let job = handle.start_job(String::from("thread"), false);
    thread::spawn(move || job.end(Outcome::Failed)).join().unwrap();
    assert_eq!(sum(&registry, "jobs"), 3);
    assert_eq!(sum(&registry, "jobs_running"), 0);
    assert_eq!(lines(&registry, "jobs_running_in_all"), ["0"]);
}

#[test]
fn a_guard_ends_in_the_destructor_of_a_thread_local() {
    thread_local! {
        static LAST: RefCell<Option<MetricsJobGuard<Instruments<dyn Metrics>, &'static str>>> =
            const { RefCell::new(None) };
    }
    let (registry, metrics) = registered();
    for early in [true, false] {
        let metrics = metrics.clone();
        thread::spawn(move || {
            // Which of the two destructors runs first depends on what the thread uses first.
            if early {
                metrics.jobs("warm", true, Outcome::Done, Duration::ZERO);
            }
            LAST.with(|last| *last.borrow_mut() = Some(metrics.start_job("local", true)));
        })
        .join()
        .unwrap();
    }
    assert_eq!(sum(&registry, "jobs"), 3);
    assert_eq!(lines(&registry, "jobs_running_in_all"), ["0"]);
}

#[test]
fn a_start_that_panics_records_nothing_and_balances() {
    /// Panics at the start of each guard, and at its end.
    #[derive(Clone)]
    struct Flaky;
    impl Metrics for Flaky {
        fn event(&self, _: &Event<'_>) {}
        fn guard_edge(&self, _: &mut GuardEdge<'_>) {
            panic!("on purpose");
        }
    }
    /// Text that nobody can read.
    struct Unreadable;
    impl AsRef<str> for Unreadable {
        fn as_ref(&self) -> &str {
            panic!("on purpose");
        }
    }
    let (registry, metrics) = registered();
    let unwound = catch_unwind(AssertUnwindSafe(|| drop((metrics.clone(), Flaky).start_job("q", true))));
    assert!(unwound.is_err(), "the first panic reaches the caller");
    let unwound = catch_unwind(AssertUnwindSafe(|| drop(metrics.start_job(Unreadable, true))));
    assert!(unwound.is_err());
    assert_eq!(lines(&registry, "jobs_running_in_all"), ["0"]);
    assert_eq!(sum(&registry, "jobs_running"), 0);
    assert_eq!(sum(&registry, "jobs"), 0, "an operation that did not start is not counted");
}

#[test]
fn one_operation_counts_an_overflow_once() {
    let (registry, metrics) = registered();
    for queue in ["a", "b", "c", "d"] {
        metrics.start_job(queue, true).discard();
    }
    metrics.start_job("e", true).end(Outcome::Done);
    metrics.start_job("f", true).discard();
    let overflow = lines(&registry, "label_overflow");
    assert!(overflow.contains(&"label=queue 1".to_owned()), "{overflow:?}");
}

#[test]
fn a_guard_does_not_end_that_of_a_back_end_which_took_the_place_of_its_own() {
    /// A back end that can be replaced.
    #[derive(Clone)]
    struct Replaceable(Arc<Mutex<Arc<dyn Metrics>>>);
    impl Metrics for Replaceable {
        fn event(&self, event: &Event<'_>) {
            self.0.lock().unwrap().event(event);
        }
        fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
            self.0.lock().unwrap().guard_edge(edge);
        }
    }
    let metrics = Replaceable(Arc::new(Mutex::new(Arc::new(NoOp))));
    for _ in 0..100 {
        *metrics.0.lock().unwrap() = Arc::new(RecordingMetrics::default());
        let guard = metrics.start_lease(Tenant("a"));
        *metrics.0.lock().unwrap() = Arc::new(NoOp);
        // Often at the address of the one that is gone.
        let next = RecordingMetrics::default();
        *metrics.0.lock().unwrap() = Arc::new(next.clone());
        let own = next.start_lease(Tenant("b"));
        guard.end();
        assert_eq!(next.in_flight(), 1);
        own.end();
        next.assert_none_in_flight();
    }
}

#[test]
fn a_guard_to_which_nobody_listens_keeps_no_handle() {
    let keeps = |handle: Arc<dyn Metrics>| {
        let job = handle.start_job("in", true);
        let keeps = Arc::strong_count(&handle) > 1;
        assert!(format!("{job:?}").contains("guards.rs"), "it knows where it started: {job:?}");
        job.end(Outcome::Done);
        assert_eq!(Arc::strong_count(&handle), 1);
        keeps
    };
    assert!(!keeps(Arc::new(NoOp)));
    assert!(!keeps(Arc::new(Arc::new(&NoOp))));
    assert!(!keeps(Arc::new((None::<RecordingMetrics>, Some(Box::new(NoOp) as Box<dyn Metrics>)))));
    assert!(keeps(Arc::new(RecordingMetrics::default())));
    assert!(keeps(Arc::new((NoOp, Some(RecordingMetrics::default())))));
    assert!(keeps(Arc::new(SinkAdapter(NoOp))));
}

#[test]
fn whatever_is_around_noop_is_heard() {
    /// Counts the edges and the calls that it forwards to what does nothing.
    #[derive(Default)]
    struct Counts {
        edges: AtomicU64,
        calls: AtomicU64,
        inner: NoOp,
    }
    impl Metrics for Counts {
        fn event(&self, event: &Event<'_>) {
            self.calls.fetch_add(1, Ordering::Relaxed);
            Metrics::event(&self.inner, event);
        }
        fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
            self.edges.fetch_add(1, Ordering::Relaxed);
            Metrics::guard_edge(&self.inner, edge);
        }
    }
    fn counted(hold: impl FnOnce(Arc<Counts>) -> Arc<dyn Metrics>) -> (u64, u64) {
        let counts = Arc::new(Counts::default());
        let metrics = hold(counts.clone());
        metrics.start_job("in", true).end(Outcome::Done);
        drop((&*metrics).start_job("in", true));
        metrics.start_lease(Tenant("a")).discard();
        (counts.edges.load(Ordering::Relaxed), counts.calls.load(Ordering::Relaxed))
    }
    assert_eq!(counted(|counts| counts), (6, 2));
    assert_eq!(counted(|counts| Arc::new((NoOp, Box::new(counts)))), (6, 2));
    assert_eq!(counted(|counts| Arc::new((Some(counts), Arc::new(NoOp)))), (6, 2));
    assert_eq!(counted(|counts| Arc::new(vec![counts as Arc<dyn Metrics>, Arc::new(NoOp)])), (6, 2));
}

#[test]
fn a_guard_that_is_never_dropped_stays_in_flight() {
    let (registry, metrics) = registered();
    let forgotten = ManuallyDrop::new(metrics.start_job("in", true));
    assert_eq!(lines(&registry, "jobs_running_in_all"), ["1"]);
    assert_eq!(sum(&registry, "jobs"), 0);
    // So that a leak checker has nothing to report.
    drop(ManuallyDrop::into_inner(forgotten));
}

#[test]
fn back_ends_side_by_side_balance_each_for_itself() {
    let (first_registry, first) = registered();
    let (second_registry, second) = registered();
    let mock = RecordingMetrics::default();
    // One registry twice, another, an absent one, a list, and the mock.
    let handle: Arc<dyn Metrics> = Arc::new((
        (first.clone(), first.clone()),
        (
            Some(second.clone()),
            (None::<NoOp>, vec![Arc::new(mock.clone()) as Arc<dyn Metrics>, Arc::new(NoOp)]),
        ),
    ));
    let jobs: Vec<_> = (0..3).map(|_| handle.start_job("in", true)).collect();
    assert_eq!(lines(&first_registry, "jobs_running_in_all"), ["6"]);
    assert_eq!(lines(&second_registry, "jobs_running_in_all"), ["3"]);
    assert_eq!(mock.in_flight(), 3);
    mock.advance(Duration::from_secs(7));
    drop(jobs);
    assert_eq!(lines(&first_registry, "jobs_running_in_all"), ["0"]);
    assert_eq!(lines(&first_registry, "jobs_running"), ["queue=in,hot=true 0"]);
    assert_eq!(lines(&second_registry, "jobs_running_in_all"), ["0"]);
    mock.assert_none_in_flight();
    // The mock's clock, which was set, is that of all.
    assert_eq!(mock.jobs_calls().last().took, Duration::from_secs(7));
    let sum_of = |registry: &Registry| lines(registry, "job_duration").concat();
    assert!(sum_of(&second_registry).ends_with("sum 21"), "{}", sum_of(&second_registry));
}

#[test]
fn an_edge_of_another_surface_is_counted_and_not_recorded() {
    /// Passes the edges of one surface on to another.
    #[derive(Clone)]
    struct Crossed(Instruments<dyn Metrics>);
    impl Other for Crossed {
        fn event(&self, _: &Event<'_>) {}
        fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
            Metrics::guard_edge(&self.0, edge);
        }
    }
    let (registry, metrics) = registered();
    Crossed(metrics).start_others().end();
    assert_eq!(sum(&registry, "jobs_running_in_all"), 0);
    let dropped = lines(&registry, "dropped");
    assert!(dropped.contains(&"reason=foreign 1".to_owned()), "{dropped:?}");
}

#[test]
fn a_reader_never_sees_less_than_nothing_in_flight() {
    let (registry, metrics) = registered();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(64);
        let (registry, done) = (&registry, &done);
        scope.spawn(move || {
            for _ in 0..20_000 {
                sender.send(metrics.start_job("in", true)).unwrap();
            }
        });
        scope.spawn(move || {
            receiver.into_iter().for_each(drop);
            done.store(true, Ordering::Relaxed);
        });
        scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                let running = sum(registry, "jobs_running_in_all");
                assert!((0..=20_000).contains(&running), "{running}");
            }
        });
    });
    assert_eq!(lines(&registry, "jobs_running_in_all"), ["0"]);
    assert_eq!(sum(&registry, "jobs"), 20_000);
}

#[test]
fn a_sink_sees_both_edges_with_their_labels() {
    #[derive(Default)]
    struct Running(Mutex<BTreeMap<String, f64>>);
    impl Sink for Running {
        fn record(&self, _: &Event<'_>) {}
        fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
            for measurement in edge.in_flight() {
                let labels: Vec<_> =
                    measurement.labels().map(|(key, text)| format!("{key}={text}")).collect();
                let series = format!("{} {}", measurement.instrument.name, labels.join(" "));
                *self.0.lock().unwrap().entry(series).or_default() += measurement.number.as_f64();
            }
        }
    }
    let running = Running::default();
    let sink = SinkAdapter(&running);
    let job = sink.start_job("in", true);
    let started: Vec<_> = running.0.lock().unwrap().clone().into_iter().collect();
    let expected =
        [("jobs_running queue=in hot=true".to_owned(), 1.0), ("jobs_running_in_all ".to_owned(), 1.0)];
    assert_eq!(started, expected);
    job.end(Outcome::Done);
    assert!(running.0.lock().unwrap().values().all(|count| *count == 0.0));
}

/// A guard that can go to any thread.
type OwnedJob = MetricsJobGuard<Instruments<dyn Metrics>, String>;

/// One step of the property test.
#[derive(Clone, Debug)]
enum Step {
    Start { thread: usize, queue: usize, hot: bool },
    End { thread: usize, guard: usize, how: How },
}

#[derive(Clone, Copy, Debug)]
enum How {
    End,
    Drop,
    Discard,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let start = (0..3_usize, 0..7_usize, any::<bool>()).prop_map(|(thread, queue, hot)| Step::Start {
        thread,
        queue,
        hot,
    });
    let how = prop_oneof![Just(How::End), Just(How::Drop), Just(How::Discard)];
    let end =
        (0..3_usize, any::<usize>(), how).prop_map(|(thread, guard, how)| Step::End { thread, guard, how });
    proptest::collection::vec(prop_oneof![start, end], 1..120)
}

/// A thread that runs one function at a time.
struct Worker {
    orders: mpsc::Sender<Box<dyn FnOnce() + Send>>,
    done: mpsc::Receiver<()>,
}

impl Worker {
    fn new() -> Self {
        let (orders, received) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        let (sender, done) = mpsc::channel();
        thread::spawn(move || {
            for order in received {
                order();
                sender.send(()).unwrap();
            }
        });
        Worker { orders, done }
    }

    fn run(&self, order: impl FnOnce() + Send + 'static) {
        self.orders.send(Box::new(order)).unwrap();
        self.done.recv().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// In any order of starts and ends, in any thread, over the cap: each series has what is open in it, and
    /// all are at rest in the end.
    #[test]
    fn what_is_in_flight_balances(steps in steps()) {
        let (registry, metrics) = registered();
        let workers: Vec<Worker> = (0..3).map(|_| Worker::new()).collect();
        let mut open: Vec<(usize, bool, OwnedJob)> = Vec::new();
        let mut recorded = 0_i128;
        let mut first_four: Vec<usize> = Vec::new();
        for step in steps {
            match step {
                Step::Start { thread, queue, hot } => {
                    if !first_four.contains(&queue) && first_four.len() < 4 {
                        first_four.push(queue);
                    }
                    let (sender, receiver) = mpsc::channel();
                    let metrics = metrics.clone();
                    workers[thread].run(move || {
                        sender.send(metrics.start_job(format!("q{queue}"), hot)).unwrap();
                    });
                    open.push((queue, hot, receiver.recv().unwrap()));
                }
                Step::End { thread, guard, how } => {
                    if open.is_empty() {
                        continue;
                    }
                    let (_, _, guard) = open.swap_remove(guard % open.len());
                    recorded += i128::from(!matches!(how, How::Discard));
                    workers[thread].run(move || match how {
                        How::End => guard.end(Outcome::Done),
                        How::Drop => drop(guard),
                        How::Discard => guard.discard(),
                    });
                }
            }
            let mut expected: BTreeMap<String, i128> = BTreeMap::new();
            for (queue, hot, _) in &open {
                let known = first_four.contains(queue);
                let queue = if known { format!("q{queue}") } else { "other".to_owned() };
                *expected.entry(format!("queue={queue},hot={hot}")).or_default() += 1;
            }
            let running: BTreeMap<String, i128> = lines(&registry, "jobs_running")
                .iter()
                .map(|line| line.rsplit_once(' ').unwrap())
                .map(|(series, count)| (series.to_owned(), count.parse().unwrap()))
                .filter(|(_, count)| *count != 0)
                .collect();
            prop_assert_eq!(&running, &expected);
            prop_assert_eq!(sum(&registry, "jobs_running_in_all"), open.len() as i128);
            prop_assert_eq!(sum(&registry, "jobs"), recorded);
        }
        open.clear();
        prop_assert_eq!(sum(&registry, "jobs_running"), 0);
    }
}
