//! Series that are removed: what goes at once, what stays for a while, what comes back, and what of that is
//! exact.

use super::lines;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;
use telemetry::registry::{Instruments, Point, Snapshot};
use telemetry::value::Number;
use telemetry::{Label, Registry, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 64)]
struct Queue<'a>(&'a str);

#[metrics(namespace = "q")]
trait Metrics {
    /// Jobs.
    #[counter(value = n)]
    #[log(off)]
    fn jobs(&self, queue: Queue<'_>, ok: bool, n: u64);

    /// Sizes.
    #[histogram(buckets = [10])]
    #[log(off)]
    fn size(&self, queue: Queue<'_>, n: f64);

    /// Ages.
    #[gauge]
    #[log(off)]
    fn set_age(&self, queue: Queue<'_>, n: u64);

    /// A queue is gone.
    #[remove(jobs, size, age)]
    #[log(off)]
    fn queue_gone(&self, queue: Queue<'_>);

    /// Nobody asks for a queue's age any more.
    #[remove(age)]
    #[log(off)]
    fn age_gone(&self, queue: Queue<'_>);

    /// The count of a queue's jobs is gone.
    #[remove(jobs)]
    #[log(off)]
    fn jobs_gone(&self, queue: Queue<'_>, ok: bool);
}

#[metrics(namespace = "s")]
trait Sums {
    /// Jobs.
    #[counter(value = n)]
    #[log(off)]
    fn jobs(&self, queue: Queue<'_>, ok: bool, n: u64);

    /// Sizes.
    #[histogram(buckets = [10])]
    #[log(off)]
    fn size(&self, queue: Queue<'_>, n: f64);

    /// A queue is gone.
    #[remove(jobs, size)]
    #[log(off)]
    fn queue_gone(&self, queue: Queue<'_>);
}

type Queues = Instruments<dyn Metrics>;

/// A registry that keeps final values for one reading.
fn at_once() -> (Registry, Queues) {
    let registry = Registry::builder().keep_removed(Duration::ZERO).build().unwrap();
    let queues = registry.register::<dyn Metrics>().unwrap();
    (registry, queues)
}

fn keeping() -> (Registry, Queues) {
    let registry = Registry::new();
    let queues = registry.register::<dyn Metrics>().unwrap();
    (registry, queues)
}

#[test]
fn gauges_go_at_once_and_sums_keep_their_final_value() {
    let (registry, queues) = keeping();
    for queue in ["mail", "push"] {
        queues.jobs(Queue(queue), true, 3);
        queues.size(Queue(queue), 5.0);
        queues.set_age(Queue(queue), 7);
    }
    queues.queue_gone(Queue("mail"));
    for _ in 0..2 {
        assert_eq!(lines(&registry, "age"), ["queue=push 7"]);
        assert_eq!(lines(&registry, "jobs"), ["queue=mail,ok=true 3", "queue=push,ok=true 3"]);
        assert_eq!(lines(&registry, "size").len(), 2);
    }
}

#[test]
fn sums_end_when_their_time_is_over() {
    let (registry, queues) = at_once();
    for queue in ["mail", "push"] {
        queues.jobs(Queue(queue), true, 3);
        queues.size(Queue(queue), 5.0);
        queues.set_age(Queue(queue), 7);
    }
    queues.queue_gone(Queue("mail"));
    assert_eq!(lines(&registry, "jobs").len(), 2);
    assert_eq!(lines(&registry, "jobs"), ["queue=push,ok=true 3"]);
    assert_eq!(lines(&registry, "size").len(), 1);
    assert_eq!(lines(&registry, "age"), ["queue=push 7"]);
    queues.jobs(Queue("mail"), true, 2);
    queues.set_age(Queue("mail"), 1);
    assert_eq!(lines(&registry, "jobs"), ["queue=push,ok=true 3", "queue=mail,ok=true 2"], "it begins anew");
    assert_eq!(lines(&registry, "age").len(), 2);
}

#[test]
fn what_is_used_again_before_its_end_goes_on() {
    let (registry, queues) = at_once();
    queues.jobs(Queue("mail"), true, 3);
    queues.jobs(Queue("push"), true, 1);
    queues.queue_gone(Queue("mail"));
    queues.jobs(Queue("mail"), false, 2);
    for _ in 0..3 {
        let jobs = ["queue=mail,ok=false 2", "queue=mail,ok=true 3", "queue=push,ok=true 1"];
        assert_eq!(lines(&registry, "jobs"), jobs);
    }
    queues.queue_gone(Queue("push"));
    queues.set_age(Queue("push"), 1);
    assert_eq!(lines(&registry, "jobs").len(), 3, "a gauge keeps the text alive");
    assert_eq!(lines(&registry, "age"), ["queue=push 1"]);
}

#[test]
fn a_partial_label_set_removes_what_it_names() {
    let (registry, queues) = at_once();
    for queue in ["mail", "push"] {
        queues.jobs(Queue(queue), true, 3);
        queues.jobs(Queue(queue), false, 1);
        queues.set_age(Queue(queue), 7);
    }
    queues.jobs_gone(Queue("mail"), false);
    assert_eq!(lines(&registry, "jobs").len(), 4);
    let jobs = ["queue=mail,ok=true 3", "queue=push,ok=false 1", "queue=push,ok=true 3"];
    assert_eq!(lines(&registry, "jobs"), jobs);
    queues.age_gone(Queue("push"));
    assert_eq!(lines(&registry, "age"), ["queue=mail 7"]);
    assert_eq!(lines(&registry, "jobs"), jobs);
    queues.jobs(Queue("mail"), false, 5);
    assert_eq!(lines(&registry, "jobs")[0], "queue=mail,ok=false 5");
}

#[test]
fn places_are_free_again() {
    let (registry, queues) = keeping();
    for n in 0..1_000 {
        let queue = format!("a queue with number {n}");
        queues.jobs(Queue(&queue), true, 1);
        queues.size(Queue(&queue), 1.0);
        queues.queue_gone(Queue(&queue));
    }
    let jobs = lines(&registry, "jobs");
    assert!(jobs.len() <= 32, "at most half of the places keep final values: {}", jobs.len());
    assert!(jobs.iter().all(|line| line.ends_with(" 1") && !line.contains("other")), "{jobs:?}");
}

#[test]
fn what_was_never_used_can_be_removed() {
    let (registry, queues) = at_once();
    queues.queue_gone(Queue("nobody"));
    queues.jobs(Queue("other"), true, 1);
    queues.queue_gone(Queue("other"));
    assert_eq!(lines(&registry, "jobs"), ["queue=other,ok=true 1"], "others may have it too");
}

#[test]
fn series_of_one_row_are_told_apart() {
    let (registry, queues) = at_once();
    let ids = || {
        let snapshot = registry.snapshot();
        let jobs = snapshot.families().find(|family| family.name() == "jobs").unwrap();
        jobs.series().map(|series| series.id()).collect::<Vec<_>>()
    };
    queues.jobs(Queue("mail"), true, 3);
    let first = ids();
    queues.queue_gone(Queue("mail"));
    assert_eq!(ids(), first);
    assert!(ids().is_empty());
    queues.jobs(Queue("push"), true, 3);
    let second = ids();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
}

/// A snapshot has its texts, whatever happens to their numbers.
#[test]
fn an_old_snapshot_keeps_its_texts() {
    let (registry, queues) = at_once();
    queues.jobs(Queue("mail"), true, 3);
    let old = registry.snapshot();
    queues.queue_gone(Queue("mail"));
    let _ = (registry.snapshot(), registry.snapshot());
    for n in 0..64 {
        queues.jobs(Queue(&format!("queue {n}")), true, 1);
    }
    let jobs = old.families().find(|family| family.name() == "jobs").unwrap();
    let labels: Vec<_> = jobs.series().flat_map(|series| series.labels()).collect();
    assert_eq!(labels[0], ("queue", "mail".into()));
}

#[test]
fn samples_of_a_row_that_another_text_gets_are_counted() {
    let registry = Registry::new();
    let queues = registry.register::<dyn Sums>().unwrap();
    let mut stream = registry.sample_stream("removal", 256, 1.0).unwrap();
    for n in 0..100 {
        let queue = format!("queue {n}");
        queues.size(Queue(&queue), f64::from(n));
        queues.queue_gone(Queue(&queue));
    }
    let mut samples = Vec::new();
    assert_eq!(stream.drain(&mut samples, 200), 0);
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == "size").unwrap();
    for sample in &samples {
        let series = family.series().find(|series| series.id() == sample.series).unwrap();
        assert_eq!(series.labels().next().unwrap().1, format!("queue {}", sample.value));
    }
    assert_eq!((samples.len(), stream.take_ended()), (32, 68), "half of the places keep final values");
}

/// Of readers without a token, only those that come within the time are sure to see a final value.
#[test]
fn a_reader_that_comes_rarely_sees_the_end_or_nothing_of_it() {
    let often = |registry: &Registry| lines(registry, "jobs");
    let (registry, queues) = at_once();
    queues.jobs(Queue("mail"), true, 3);
    let rarely = || {
        let snapshot = registry.snapshot();
        let jobs = snapshot.families().find(|family| family.name() == "jobs").unwrap();
        let series = jobs.series().map(|series| (series.id(), series.start()));
        series.collect::<Vec<_>>()
    };
    let before = rarely();
    queues.jobs(Queue("mail"), true, 2);
    queues.queue_gone(Queue("mail"));
    assert_eq!(often(&registry), ["queue=mail,ok=true 5"], "the reading that has it");
    assert_eq!(rarely(), [], "it missed 2 of them, as it would if the process had ended");
    queues.jobs(Queue("mail"), true, 9);
    let after = rarely();
    assert!(before[0].0 != after[0].0 && before[0].1 < after[0].1, "what comes back is another series");
    assert_eq!(often(&registry), ["queue=mail,ok=true 9"]);

    // Within the time, each reader sees it, however often the others read.
    let (registry, queues) = keeping();
    queues.jobs(Queue("mail"), true, 5);
    queues.queue_gone(Queue("mail"));
    (0..100).for_each(|_| assert_eq!(often(&registry), ["queue=mail,ok=true 5"]));
}

/// A reader with a token sees each final value, however rarely it comes and however short the time is.
#[test]
fn a_reader_that_says_what_has_arrived_misses_no_final_value() {
    let (registry, queues) = at_once();
    let mut reader = registry.reader();
    let mut snapshot = Snapshot::default();
    let mut read = |registry: &Registry| {
        for _ in 0..10 {
            drop(lines(registry, "jobs"));
        }
        reader.collect(&mut snapshot);
        reader.delivered();
        let jobs = snapshot.families().find(|family| family.name() == "jobs").unwrap();
        let sum = |point| match point {
            Point::Sum(Number::U64(n)) => n,
            other => panic!("{other:?}"),
        };
        jobs.series().map(|series| sum(series.point())).collect::<Vec<_>>()
    };
    for n in 1..20 {
        queues.jobs(Queue("mail"), true, n);
        queues.queue_gone(Queue("mail"));
        assert_eq!(read(&registry), [n]);
        assert_eq!(read(&registry), [0_u64; 0]);
    }
}

type Work<Q> = Box<dyn FnOnce(&Q) + Send>;

/// Threads that do what they are told, one after the other.
struct Threads<Q> {
    senders: Vec<Sender<Work<Q>>>,
    queues: Q,
}

impl<Q: Clone + Send + 'static> Threads<Q> {
    fn new(queues: &Q, len: usize) -> Self {
        let mut threads = Threads { senders: Vec::new(), queues: queues.clone() };
        for _ in 0..len {
            let sender = threads.spawn();
            threads.senders.push(sender);
        }
        threads
    }

    fn spawn(&self) -> Sender<Work<Q>> {
        let (sender, receiver) = channel::<Work<Q>>();
        let queues = self.queues.clone();
        thread::spawn(move || receiver.iter().for_each(|work| work(&queues)));
        sender
    }

    fn run(&self, thread: usize, work: impl FnOnce(&Q) + Send + 'static) {
        let (sender, receiver) = channel();
        let work = move |queues: &Q| {
            work(queues);
            sender.send(()).unwrap();
        };
        self.senders[thread].send(Box::new(work)).unwrap();
        receiver.recv().unwrap();
    }

    /// Lets a thread end, and another one begin.
    fn replace(&mut self, thread: usize) {
        self.senders[thread] = self.spawn();
    }
}

#[derive(Clone, Debug)]
enum Step {
    Count { thread: usize, queue: usize, n: u64 },
    Gone { thread: usize, queue: usize },
    Replace { thread: usize },
    Read,
}

const THREADS: usize = 3;
const QUEUES: usize = 5;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..THREADS, 0..QUEUES, 1..9_u64).prop_map(|(thread, queue, n)| Step::Count { thread, queue, n }),
        4 => (0..THREADS, 0..QUEUES).prop_map(|(thread, queue)| Step::Gone { thread, queue }),
        1 => (0..THREADS).prop_map(|thread| Step::Replace { thread }),
        4 => Just(Step::Read),
    ];
    prop::collection::vec(step, 0..60)
}

/// What a queue must show.
#[derive(Clone, Copy, Debug, Default)]
struct Expected {
    sum: u64,
    /// The sum when it was removed.
    removed: Option<u64>,
    /// True if a reading has shown it since.
    shown: bool,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn sums_are_those_since_the_last_end(steps in steps()) {
        let (registry, queues) = at_once();
        let mut threads = Threads::new(&queues, THREADS);
        let mut expected: BTreeMap<usize, Expected> = BTreeMap::new();
        for step in steps.into_iter().chain([Step::Read]) {
            match step {
                Step::Count { thread, queue, n } => {
                    threads.run(thread, move |queues| queues.jobs(Queue(&format!("queue {queue}")), true, n));
                    expected.entry(queue).or_default().sum += n;
                }
                Step::Gone { thread, queue } => {
                    threads.run(thread, move |queues| queues.queue_gone(Queue(&format!("queue {queue}"))));
                    if let Some(queue) = expected.get_mut(&queue) {
                        queue.shown &= queue.removed == Some(queue.sum);
                        queue.removed = Some(queue.sum);
                    }
                }
                Step::Replace { thread } => threads.replace(thread),
                Step::Read => {
                    expected.retain(|_, queue| queue.removed != Some(queue.sum) || !queue.shown);
                    for queue in expected.values_mut() {
                        queue.removed = queue.removed.filter(|sum| *sum == queue.sum);
                        queue.shown = queue.removed.is_some();
                    }
                    let mut read = lines(&registry, "jobs");
                    read.sort();
                    let expected = expected.iter().map(|(at, queue)| format!("queue=queue {at},ok=true {}", queue.sum));
                    prop_assert_eq!(read, expected.collect::<Vec<_>>());
                }
            }
        }
    }
}

/// 100,000 queues come and go below a cap of 64, while threads begin and end, one sleeps, and a reader reads.
#[test]
fn churn_leaves_what_stays_exact_and_nothing_else() {
    const ROUNDS: usize = 25_000;
    let registry = Registry::builder().keep_removed(Duration::ZERO).build().unwrap();
    let queues = registry.register::<dyn Sums>().unwrap();
    let sleeper = Threads::new(&queues, 1);
    sleeper.run(0, |queues| queues.jobs(Queue("stays"), true, 1));
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let queues = queues.clone();
            thread::spawn(move || {
                for part in 0..10 {
                    let queues = queues.clone();
                    thread::spawn(move || {
                        for round in 0..ROUNDS / 10 {
                            let queue = format!("worker {worker}, part {part}, round {round}");
                            queues.jobs(Queue(&queue), true, 1);
                            queues.jobs(Queue("stays"), true, 1);
                            queues.size(Queue("stays"), 1.0);
                            queues.queue_gone(Queue(&queue));
                        }
                    })
                    .join()
                    .unwrap();
                }
            })
        })
        .collect();
    let mut readings = 0;
    while workers.iter().any(|worker| !worker.is_finished()) {
        for line in lines(&registry, "jobs") {
            let (name, n) = line.rsplit_once(' ').unwrap();
            // A reader may meet a series before its first number.
            assert!(name == "queue=stays,ok=true" || n == "1" || n == "0", "{line}");
            assert!(!name.contains("other"), "{line}");
        }
        readings += 1;
    }
    for worker in workers {
        worker.join().unwrap();
    }
    sleeper.run(0, |queues| queues.jobs(Queue("stays"), true, 1));
    assert!(readings > 0);
    let _ = registry.snapshot();
    assert_eq!(lines(&registry, "jobs"), [format!("queue=stays,ok=true {}", 4 * ROUNDS + 2)]);
    assert_eq!(lines(&registry, "label_overflow"), ["label=label 0", "label=queue 0"]);
}

/// A gauge's place is free again although a thread sleeps that knows its text.
#[test]
fn a_gauge_waits_for_no_thread_that_sleeps() {
    let (registry, queues) = at_once();
    let sleeper = Threads::new(&queues, 1);
    sleeper.run(0, |queues| queues.set_age(Queue("stays"), 1));
    for round in 0..100 {
        for queue in 0..20 {
            queues.set_age(Queue(&format!("queue {queue} of round {round}")), 1);
            queues.jobs(Queue(&format!("queue {queue} of round {round}")), true, 1);
        }
        assert_eq!(lines(&registry, "age").len(), 21, "round {round}");
        (0..20).for_each(|queue| queues.queue_gone(Queue(&format!("queue {queue} of round {round}"))));
        assert_eq!(lines(&registry, "age"), ["queue=stays 1"]);
        let _ = registry.snapshot();
        thread::sleep(Duration::from_millis(2));
    }
    sleeper.run(0, |queues| queues.set_age(Queue("stays"), 2));
    assert_eq!(lines(&registry, "age"), ["queue=stays 2"]);
    let dropped = lines(&registry, "dropped");
    assert!(dropped.contains(&"reason=label_overflow 0".to_owned()), "{dropped:?}");
}
