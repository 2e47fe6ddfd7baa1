//! Which series there are, with which labels, in which order.

use super::lines;
use telemetry::label::{LabelSet, LabelValue};
use telemetry::{Label, Registry, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert,
}

/// A label written by hand, which can give an index that its set does not have.
#[derive(Clone, Copy, Debug)]
pub struct Wrong(u32);

impl Label for Wrong {
    const SET: LabelSet = LabelSet::Closed(&["a", "b"]);
    type Owned = ();

    fn value(&self) -> LabelValue<'_> {
        LabelValue::Closed(self.0)
    }

    fn again(&self) -> Self {
        *self
    }

    fn from_value(_: &LabelValue<'_>) -> Option<()> {
        None
    }
}

#[metrics(namespace = "series")]
pub trait Metrics {
    /// Failures.
    #[counter]
    fn failures(&self, stage: Stage, retried: bool);

    /// Requests, by several instruments.
    #[counter]
    #[histogram(name = "duration", value = took, labels(stage), unit = seconds, buckets = [1.0])]
    #[counter(name = "sent", value = size, labels(), unit = bytes)]
    fn requests(
        &self,
        path: Option<Stage>,
        #[label(cap = 8)] route: &str,
        stage: Stage,
        #[value] took: f64,
        size: u64,
    );

    /// Answers.
    #[counter]
    fn answers(&self, #[label(range = 1..=5)] class: u8);

    /// Hits.
    #[counter(name = "lookups", labels(result = "hit"))]
    fn hit(&self, stage: Stage);

    /// Misses.
    #[counter(name = "lookups", labels(result = "miss"))]
    fn missed(&self, stage: Stage);

    /// Wrong.
    #[counter]
    fn wrong(&self, wrong: Wrong);

    /// Users, an integer under a cap.
    #[counter]
    fn users(&self, #[label(cap = 2)] id: u64);

    /// Jobs in a queue.
    #[up_down_counter(value = n)]
    fn jobs(&self, #[label(cap = 8)] queue: &str, n: i64);
}

fn registered() -> (Registry, impl Metrics) {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

#[test]
fn closed_series_are_there_from_the_start() {
    let (registry, metrics) = registered();
    metrics.failures(Stage::Insert, true);
    assert_eq!(
        lines(&registry, "failures"),
        [
            "stage=lease,retried=false 0",
            "stage=lease,retried=true 0",
            "stage=insert,retried=false 0",
            "stage=insert,retried=true 1"
        ]
    );
    assert_eq!(lines(&registry, "answers").len(), 6, "five values and other");
}

#[test]
fn one_event_feeds_instruments_with_labels_of_their_own() {
    let (registry, metrics) = registered();
    metrics.requests(None, "/a", Stage::Lease, 0.5, 10);
    metrics.requests(Some(Stage::Insert), "/b", Stage::Lease, 2.0, 20);
    assert_eq!(
        lines(&registry, "requests"),
        ["path=insert,route=/b,stage=lease 1", "path=none,route=/a,stage=lease 1"]
    );
    assert_eq!(lines(&registry, "duration"), ["stage=lease [1, 1] sum 2.5", "stage=insert [0, 0] sum 0"]);
    assert_eq!(lines(&registry, "sent"), ["30"]);
}

#[test]
fn two_events_feed_one_family() {
    let (registry, metrics) = registered();
    metrics.hit(Stage::Lease);
    metrics.missed(Stage::Lease);
    metrics.missed(Stage::Lease);
    assert_eq!(
        lines(&registry, "lookups"),
        [
            "stage=lease,result=hit 1",
            "stage=insert,result=hit 0",
            "stage=lease,result=miss 2",
            "stage=insert,result=miss 0"
        ]
    );
}

#[test]
fn a_value_outside_of_a_range_or_a_set_is_other() {
    let (registry, metrics) = registered();
    metrics.answers(2);
    metrics.answers(6);
    metrics.answers(0);
    assert_eq!(lines(&registry, "answers")[1], "class=2 1");
    assert_eq!(lines(&registry, "answers")[5], "class=other 2");
    for index in [0, 1, 2, u32::MAX] {
        metrics.wrong(Wrong(index));
    }
    assert_eq!(lines(&registry, "wrong"), ["wrong=a 1", "wrong=b 1", "wrong=other 2"]);
}

#[test]
fn a_sum_that_is_back_at_zero_stays() {
    let (registry, metrics) = registered();
    assert!(lines(&registry, "jobs").is_empty());
    metrics.jobs("in", 1);
    metrics.jobs("in", -1);
    metrics.jobs("out", 0);
    assert_eq!(lines(&registry, "jobs"), ["queue=in 0", "queue=out 0"]);
}

#[test]
fn an_integer_is_its_text() {
    let (registry, metrics) = registered();
    for id in [7, u64::MAX, 7, 8] {
        metrics.users(id);
    }
    assert_eq!(lines(&registry, "users"), ["id=7 2", "id=18446744073709551615 1", "id=other 1"]);
}

#[test]
fn series_are_in_order_and_stay() {
    let (registry, metrics) = registered();
    metrics.jobs("b", 1);
    let mut snapshot = registry.snapshot();
    let ids = |snapshot: &telemetry::registry::Snapshot| {
        let families = snapshot.families();
        families
            .flat_map(|family| family.series().map(move |series| (family.id(), series.id())))
            .collect::<Vec<_>>()
    };
    let before = ids(&snapshot);
    assert!(before.is_sorted_by(|a, b| a < b));
    metrics.jobs("a", 1);
    registry.collect(&mut snapshot);
    let after = ids(&snapshot);
    assert!(after.is_sorted_by(|a, b| a < b));
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|id| after.contains(id)));
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ten {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    I,
    J,
}

#[metrics(namespace = "wide")]
pub trait Wide {
    /// Sizes, in more words than a thread has at hand for one instrument.
    #[histogram(initial = 0, buckets = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])]
    fn size(&self, from: Ten, to: Ten, n: f64);

    /// Flags.
    #[counter]
    fn flags(&self, a: bool, b: bool, c: bool, d: bool, e: bool, f: bool);

    /// An integer, and an absent one that is written like it.
    #[counter]
    fn users(&self, #[label(cap = 8, none = "5")] id: Option<u64>);

    /// An integer, and an absent one that is written as no integer is.
    #[counter]
    fn shifts(&self, #[label(cap = 8, none = "-0")] by: Option<i64>);
}

#[test]
fn closed_series_of_large_instruments_are_there_from_the_start_too() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Wide>().unwrap();
    assert_eq!(lines(&registry, "size").len(), 100);
    assert_eq!(lines(&registry, "flags").len(), 64);
    metrics.size(Ten::C, Ten::J, 1.0);
    metrics.flags(true, false, true, false, true, true);
    let sizes = lines(&registry, "size");
    assert_eq!(sizes.len(), 100);
    assert_eq!(sizes[29], "from=c,to=j [1, 0, 0, 0, 0, 0, 0, 0, 0] sum 1");
    assert!(sizes.iter().all(|line| !line.contains("other")));
    assert_eq!(lines(&registry, "flags").iter().filter(|line| line.ends_with(" 1")).count(), 1);
}

#[test]
fn an_integer_spelled_like_the_none_text_counts_as_none() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Wide>().unwrap();
    metrics.users(None);
    metrics.users(Some(5));
    metrics.users(Some(50));
    assert_eq!(lines(&registry, "users"), ["id=50 1", "id=5 2"]);
    metrics.shifts(None);
    metrics.shifts(Some(0));
    assert_eq!(lines(&registry, "shifts"), ["by=0 1", "by=-0 1"]);
}

#[metrics(namespace = "known", max_series = 10_801_321_906)]
pub trait Known {
    /// Jobs.
    #[counter]
    #[counter(name = "job_bytes", value = bytes, labels(queue))]
    #[up_down_counter(name = "job_balance", value = 1)]
    #[histogram(name = "job_sizes", value = bytes, buckets = [1.0])]
    #[gauge(name = "job_last", value = bytes)]
    fn jobs(
        &self,
        #[label(cap = 60_000, known = ["mail", "web"])] queue: &str,
        urgent: Option<bool>,
        bytes: f64,
    );

    /// Pairs, in a tree.
    #[counter]
    fn pairs(
        &self,
        #[label(cap = 60_000, known = ["a", "b"])] left: Option<&str>,
        #[label(range = 1..=2)] tier: u8,
        #[label(cap = 60_000, known = ["x"])] right: &str,
    );

    /// Nothing is known of one of the labels.
    #[counter]
    fn half(&self, #[label(cap = 8, known = ["a"])] left: &str, #[label(cap = 8)] right: &str);

    /// Too many are known.
    #[counter]
    fn many(&self, #[label(cap = 8, known = ["a", "b"])] left: &str, #[label(range = 1..=200)] tier: u8);
}

#[test]
fn known_texts_of_counters_are_there_from_the_start() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Known>().unwrap();
    let jobs = [
        "queue=mail,urgent=false 0",
        "queue=mail,urgent=true 0",
        "queue=mail,urgent=none 0",
        "queue=web,urgent=false 0",
        "queue=web,urgent=true 0",
        "queue=web,urgent=none 0",
    ];
    assert_eq!(lines(&registry, "jobs"), jobs);
    assert_eq!(lines(&registry, "job_bytes"), ["queue=mail 0", "queue=web 0"]);
    for family in ["job_balance", "job_sizes", "job_last", "half", "many"] {
        assert_eq!(lines(&registry, family), [""; 0], "{family}");
    }
    let pairs: Vec<String> = ["a", "b", "none"]
        .iter()
        .flat_map(|left| ["1", "2", "other"].map(|tier| format!("left={left},tier={tier},right=x 0")))
        .collect();
    assert_eq!(lines(&registry, "pairs"), pairs);

    metrics.jobs("web", Some(true), 0.0);
    metrics.jobs("ftp", Some(true), 2.5);
    metrics.pairs(Some("b"), 2, "x");
    metrics.pairs(Some("b"), 2, "y");
    metrics.many("a", 1);
    assert_eq!(lines(&registry, "job_bytes"), ["queue=mail 0", "queue=web 0", "queue=ftp 2.5"]);
    let used: Vec<String> =
        lines(&registry, "jobs").into_iter().filter(|line| !line.ends_with(" 0")).collect();
    assert_eq!(used, ["queue=web,urgent=true 1", "queue=ftp,urgent=true 1"]);
    let used: Vec<String> =
        lines(&registry, "pairs").into_iter().filter(|line| !line.ends_with(" 0")).collect();
    assert_eq!(used, ["left=b,tier=2,right=x 1", "left=b,tier=2,right=y 1"]);
    assert_eq!(lines(&registry, "pairs").len(), pairs.len() + 1);
    assert_eq!(lines(&registry, "many"), ["left=a,tier=1 1"]);
}

#[test]
fn the_first_event_of_a_known_text_is_an_increase() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Known>().unwrap();
    let before = lines(&registry, "job_bytes");
    metrics.jobs("mail", None, 7.0);
    assert_eq!(
        (before[0].as_str(), lines(&registry, "job_bytes")[0].as_str()),
        ("queue=mail 0", "queue=mail 7")
    );
}
