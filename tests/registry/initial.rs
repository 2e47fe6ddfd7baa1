//! What exists of an instrument before its first use.

use crate::lines;
use std::time::Duration;
use telemetry::{Label, Registry, metrics, prometheus};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    Failed,
}

#[metrics(namespace = "by_kind")]
pub trait ByKind {
    /// A counter, and an up-down counter.
    #[counter(name = "sums")]
    #[up_down_counter(name = "differences", value = n)]
    fn sums(&self, outcome: Outcome, #[label(range = 0..=3)] shard: u8, n: i64);

    /// 16 series, of which some are `other`.
    #[histogram(buckets = [1.0])]
    fn few(&self, outcome: Outcome, #[label(range = 0..=6)] shard: u8, n: u64);

    /// 18 series.
    #[histogram(buckets = [1.0])]
    fn many(&self, outcome: Outcome, #[label(range = 0..=7)] shard: u8, n: u64);

    /// 258 series, of which some are `other`.
    #[counter]
    fn large(&self, outcome: Outcome, #[label(range = 0..=127)] shard: u8);

    /// A gauge.
    #[gauge]
    fn set_level(&self, outcome: Outcome, n: u64);

    /// Known texts.
    #[counter(name = "known")]
    #[up_down_counter(name = "known_now", value = n)]
    fn known(&self, #[label(cap = 4, known = ["a", "b"])] text: &str, n: i64);
}

#[metrics(namespace = "none", initial = none)]
pub trait Nothing {
    /// A counter, an up-down counter and a histogram.
    #[counter(name = "sums")]
    #[up_down_counter(name = "differences", value = n)]
    #[histogram(name = "sizes", value = n, signed, buckets = [1.0])]
    fn sums(&self, outcome: Outcome, n: i64);

    /// Without labels, and with its own word.
    #[counter(initial = 0)]
    fn own(&self, outcome: Outcome);

    /// Without labels.
    #[counter]
    #[up_down_counter(in_flight, name = "working")]
    #[guard]
    fn jobs(&self);

    /// Known texts.
    #[counter]
    fn known(&self, #[label(cap = 4, known = ["a", "b"])] text: &str);
}

#[metrics(namespace = "zero", initial = 0, labels(#[label(cap = 2)] pool: &str))]
pub trait Zero {
    /// Gauges of each representation.
    #[gauge(name = "n", value = n)]
    #[gauge(name = "load", value = load, labels())]
    #[gauge(name = "age", value = age, labels())]
    fn set_all(&self, outcome: Option<Outcome>, n: i64, load: f64, age: Duration);

    /// 18 series.
    #[histogram(buckets = [1.0])]
    fn many(&self, outcome: Outcome, #[label(range = 0..=7)] shard: u8, n: u64);

    /// 258 series.
    #[gauge]
    fn set_large(&self, outcome: Outcome, #[label(range = 0..=127)] shard: u8, n: u64);

    /// Known texts.
    #[up_down_counter(name = "known_now", value = n)]
    #[gauge(name = "known_level", value = n)]
    fn known(&self, #[label(cap = 4, known = ["a", "b"])] text: &str, n: i64);

    /// Texts that nobody knows.
    #[gauge]
    fn set_open(&self, #[label(cap = 4)] text: &str, n: u64);

    /// Set by collections.
    #[gauge(observed)]
    fn set_observed(&self, n: u64);

    /// With its own word.
    #[gauge(initial = none)]
    fn set_own(&self, n: u64);

    /// The text is gone.
    #[remove(known_level)]
    fn forget(&self, text: &str);
}

#[test]
fn sums_exist_by_default_and_histograms_if_they_are_few() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn ByKind>().unwrap();
    let count = |family| lines(&registry, family).len();
    let counts = ["sums", "differences", "few", "many", "large", "level"].map(count);
    assert_eq!(counts, [10, 10, 16, 0, 0, 0]);
    assert_eq!(lines(&registry, "known"), ["text=a 0", "text=b 0"]);
    assert_eq!(count("known_now"), 0);
    metrics.many(Outcome::Sent, 1, 1);
    metrics.large(Outcome::Sent, 1);
    assert_eq!((count("many"), count("large")), (1, 1));
}

#[test]
fn with_none_a_series_exists_from_its_first_use() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Nothing>().unwrap();
    for family in ["sums", "differences", "sizes", "jobs", "working", "known"] {
        assert!(lines(&registry, family).is_empty(), "{family}");
    }
    assert_eq!(lines(&registry, "own"), ["outcome=sent 0", "outcome=failed 0"]);
    metrics.sums(Outcome::Failed, 0);
    metrics.known("a");
    let job = metrics.start_jobs();
    assert_eq!(lines(&registry, "working"), ["1"]);
    assert!(lines(&registry, "jobs").is_empty());
    job.end();
    assert_eq!(lines(&registry, "working"), ["0"], "it was used");
    assert_eq!(lines(&registry, "jobs"), ["1"]);
    assert_eq!(lines(&registry, "sums"), ["outcome=failed 1"]);
    assert_eq!(lines(&registry, "differences"), ["outcome=failed 0"], "a number that was recorded");
    assert_eq!(lines(&registry, "sizes").len(), 1);
    assert_eq!(lines(&registry, "known"), ["text=a 1"]);
}

#[test]
fn with_zero_all_that_is_known_exists_in_each_label_set() {
    let registry = Registry::new();
    let pool = registry.register_with::<dyn Zero>(ZeroLabels { pool: "a" }).unwrap();
    assert_eq!(
        lines(&registry, "n"),
        ["pool=a,outcome=sent 0", "pool=a,outcome=failed 0", "pool=a,outcome=none 0"]
    );
    assert_eq!(
        (lines(&registry, "load"), lines(&registry, "age")),
        (vec!["pool=a 0".into()], vec!["pool=a 0".into()])
    );
    let count = |family| lines(&registry, family).len();
    assert_eq!(["many", "large", "open", "observed", "own"].map(count), [18, 258, 0, 0, 0]);
    assert_eq!(lines(&registry, "known_now"), ["pool=a,text=a 0", "pool=a,text=b 0"]);
    assert_eq!(lines(&registry, "known_level"), ["pool=a,text=a 0", "pool=a,text=b 0"]);
    let text = prometheus::render(&registry, prometheus::Format::Text);
    assert!(text.contains("zero_age_seconds{pool=\"a\"} 0\n"), "{text}");

    pool.set_all(Some(Outcome::Sent), -1, 0.5, Duration::from_secs(2));
    pool.forget("a");
    assert_eq!(lines(&registry, "known_level"), ["pool=a,text=b 0"], "what was removed is gone");
    let other = registry.register_with::<dyn Zero>(ZeroLabels { pool: "b" }).unwrap();
    let past = registry.register_with::<dyn Zero>(ZeroLabels { pool: "c" }).unwrap();
    assert_eq!(
        lines(&registry, "age"),
        ["pool=a 2", "pool=b 0"],
        "a set that counts as `other` has no gauges"
    );
    drop((pool, other, past));
    assert!(lines(&registry, "age").is_empty());
    let again = registry.register_with::<dyn Zero>(ZeroLabels { pool: "a" }).unwrap();
    assert_eq!(lines(&registry, "age"), ["pool=a 0"], "it begins anew");
    assert_eq!(lines(&registry, "known_level"), ["pool=a,text=a 0", "pool=a,text=b 0"]);
    drop(again);
}
