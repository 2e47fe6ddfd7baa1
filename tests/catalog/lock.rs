//! Every class of change of a surface, in both directions: how it is classified, and what is said of it.

use std::collections::HashSet;
use telemetry::Surface;
use telemetry::catalog::{self, Changes, Class, Severity};

mod labels {
    use telemetry::Label;

    #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Stage {
        Lease,
        Insert,
    }

    pub mod more {
        use telemetry::Label;

        #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Stage {
            Insert,
            Lease,
            Update,
        }
    }
}

/// Two surfaces, and what is expected of the way there and back.
struct Pair {
    name: &'static str,
    there: Changes,
    back: Changes,
    expected: [&'static [Class]; 2],
}

impl Pair {
    fn of<A: Surface + ?Sized, B: Surface + ?Sized>(
        name: &'static str,
        expected: [&'static [Class]; 2],
    ) -> Self {
        let (before, after) = (catalog::lock::<A>(), catalog::lock::<B>());
        for own in [catalog::compare::<A>(&before).unwrap(), catalog::compare::<B>(&after).unwrap()] {
            let differs = own.iter().any(|change| change.severity() != Severity::Due);
            assert!(!differs, "{name} differs from its own lock: {own}");
        }
        let there = catalog::compare::<B>(&before).unwrap();
        let back = catalog::compare::<A>(&after).unwrap();
        Pair { name, there, back, expected }
    }

    /// Both ways as they are told, without numbers of lines.
    fn text(&self) -> String {
        let told = |changes: &Changes| {
            let text = changes.to_string();
            let mut parts = text.split(".rs:");
            let mut plain = parts.next().unwrap().to_owned();
            for part in parts {
                plain += ".rs:N";
                plain += part.trim_start_matches(|c: char| c.is_ascii_digit());
            }
            plain
        };
        format!("THERE\n\n{}\n\nAND BACK\n\n{}\n", told(&self.there), told(&self.back))
    }
}

macro_rules! pairs {
    ($($name:ident { $($before:tt)* } => { $($after:tt)* }: [$($there:ident)*] [$($back:ident)*];)*) => {
        $(mod $name {
            pub mod before {
                #[allow(unused_imports, reason = "not every pair has labels")]
                use crate::lock::labels::*;
                use telemetry::metrics;

                $($before)*
            }
            pub mod after {
                #[allow(unused_imports, reason = "not every pair has labels")]
                use crate::lock::labels::*;
                use telemetry::metrics;

                $($after)*
            }
        })*

        fn pairs() -> Vec<Pair> {
            vec![$(Pair::of::<dyn $name::before::Metrics, dyn $name::after::Metrics>(
                stringify!($name),
                [&[$(Class::$there),*], &[$(Class::$back),*]],
            )),*]
        }
    };
}

pairs! {
    namespace {
        #[metrics(namespace = "old")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "new")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } }: [NamespaceChanged] [NamespaceChanged];

    metric {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
        /// Time that requests took.
        #[histogram(unit = seconds, buckets = [1.0])] #[log(off)] fn took(&self, secure: bool, seconds: f64);
    } }: [MetricAdded] [MetricRemoved];

    metric_renamed {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(name = "hits")] #[log(off)] fn requests(&self, stage: Stage);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, stage: Stage);
    } }: [MetricRenamed] [MetricRenamed];

    two_metrics_that_are_alike_are_not_guessed_at {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn served(&self);
        /// Requests.
        #[counter] #[log(off)] fn refused(&self);
    } }: [MetricRemoved MetricAdded MetricAdded] [MetricRemoved MetricRemoved MetricAdded];

    metric_renamed_with_a_window {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(name = "hits")] #[log(off)] fn requests(&self, stage: Stage);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(was = "app_hits_total", until = "9.0")] #[log(off)] fn requests(&self, stage: Stage, secure: bool);
    } }: [LabelAdded MetricRenamedKeepingBoth] [MetricRemoved MetricAdded];

    old_name {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(was = "app_hits_total")] #[log(off)] fn requests(&self);
    } }: [FormerNameAdded] [FormerNameDropped];

    old_name_past_its_version {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(was = "app_hits_total", until = "0.1")] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } }: [FormerNameEnded] [FormerNameDue FormerNameAdded];

    old_name_moved {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(was = "app_hits_total", until = "9.0")] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(was = "app_hits_total", until = "10.0.0")] #[log(off)] fn requests(&self);
    } }: [FormerNameMoved] [FormerNameMoved];

    deprecated {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
        /// Hits.
        #[counter(deprecated = "9.0")] #[log(off)] fn hits(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(deprecated = "9.0")] #[log(off)] fn requests(&self);
        /// Hits.
        #[counter(deprecated = "9.1")] #[log(off)] fn hits(&self);
    } }: [DeprecationChanged DeprecationChanged] [DeprecationChanged DeprecationChanged];

    deprecated_past_its_version {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(deprecated = "0.1")] #[log(off)] fn requests(&self);
        /// Hits.
        #[gauge(deprecated = "9.1")] #[log(off)] fn set_hits(&self, hits: u64);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
    } }: [MetricRemoved DeprecatedEnded] [DeprecatedDue MetricAdded MetricAdded];

    suffixes {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
        /// A gauge has none, so that nothing changes.
        #[gauge] #[log(off)] fn set_depth(&self, depth: u64);
        /// Time that it took.
        #[histogram(unit = seconds, buckets = [1.0])] #[log(off)] fn took(&self, seconds: f64);
    } } => {
        #[metrics(namespace = "app", suffixes = off)]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
        /// A gauge has none, so that nothing changes.
        #[gauge] #[log(off)] fn set_depth(&self, depth: u64);
        /// Time that it took.
        #[histogram(unit = seconds, buckets = [1.0])] #[log(off)] fn took(&self, seconds: f64);
    } }: [SuffixesChanged SuffixesChanged] [SuffixesChanged SuffixesChanged];

    suffixes_with_a_window {
        #[metrics(namespace = "app", suffixes = off)]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(was = "app_requests", until = "9.0")] #[log(off)] fn requests(&self);
    } }: [MetricRenamedKeepingBoth] [SuffixesChanged];

    unit_without_suffixes {
        #[metrics(namespace = "app", suffixes = off)]
        pub trait Metrics {
        /// Load.
        #[gauge] #[log(off)] fn set_load(&self, load: f64);
    } } => {
        #[metrics(namespace = "app", suffixes = off)]
        pub trait Metrics {
        /// Load.
        #[gauge(unit = ratio)] #[log(off)] fn set_load(&self, load: f64);
    } }: [UnitChanged] [UnitChanged];

    kind {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Jobs.
        #[counter(value = n)] #[log(off)] fn jobs(&self, n: u64);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Jobs.
        #[up_down_counter] #[log(off)] fn jobs(&self, n: u64);
    } }: [KindChanged] [KindChanged];

    unit {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Size.
        #[gauge] #[log(off)] fn set_size(&self, n: u64);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Size.
        #[gauge(unit = bytes)] #[log(off)] fn set_size(&self, n: u64);
    } }: [UnitChanged] [UnitChanged];

    buckets {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Sizes.
        #[histogram(buckets = [1.0, 10.0])] #[log(off)] fn size(&self, n: u64);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Sizes.
        #[histogram(buckets = [1.0, 5.0, 10.0])] #[log(off)] fn size(&self, n: u64);
    } }: [BucketsChanged] [BucketsChanged];

    sign {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Skews.
        #[histogram(buckets = [1.0, 10.0])] #[log(off)] fn skew(&self, n: i64);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Skews.
        #[histogram(buckets = [1.0, 10.0], signed)] #[log(off)] fn skew(&self, n: i64);
    } }: [SignChanged] [SignChanged];

    initial {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Connections.
        #[gauge] #[log(off)] fn set_connections(&self, n: u64);
        /// Requests.
        #[counter(initial = none)] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Connections.
        #[gauge(initial = 0)] #[log(off)] fn set_connections(&self, n: u64);
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } }: [InitialChanged InitialChanged] [InitialChanged InitialChanged];

    native {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Time to answer.
        #[histogram(buckets = [1.0, 10.0])] #[log(off)] fn answered(&self, n: f64);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Time to answer.
        #[histogram(native, buckets = [1.0, 10.0])] #[log(off)] fn answered(&self, n: f64);
    } }: [NativeChanged] [NativeChanged];

    observed {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Connections.
        #[gauge] #[log(off)] fn set_connections(&self, n: u64);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Connections.
        #[gauge(observed)] #[log(off)] fn set_connections(&self, n: u64);
    } }: [ObservedChanged] [ObservedChanged];

    stability {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app", stability = stable)]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } }: [StabilityRaised] [StabilityLowered];

    label {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, secure: bool);
    } }: [LabelAdded] [LabelRemoved];

    label_of_a_stable_metric {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(stability = stable)] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter(stability = stable)] #[log(off)] fn requests(&self, secure: bool);
    } }: [LabelAddedToStable] [LabelRemoved];

    label_renamed {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, secure: bool);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, encrypted: bool);
    } }: [LabelRenamed] [LabelRenamed];

    label_set {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, stage: Stage);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, #[label(cap = 8)] stage: &str);
    } }: [LabelSetChanged] [LabelSetChanged];

    value {
        #[metrics(namespace = "app", stability = stable)]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, stage: Stage);
    } } => {
        #[metrics(namespace = "app", stability = stable)]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, stage: more::Stage);
    } }: [ValueAdded] [ValueRemoved];

    constant_value {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Look-ups.
        #[counter(name = "lookups", labels(result = "hit"))] #[log(off)] fn hit(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Look-ups.
        #[counter(name = "lookups", labels(result = "hit"))] #[log(off)] fn hit(&self);
        /// Look-ups.
        #[counter(name = "lookups", labels(result = "miss"))] #[log(off)] fn miss(&self);
    } }: [ValueAdded] [ValueRemoved];

    known_value {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, #[label(cap = 8)] route: &str);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, #[label(cap = 8, known = ["/"])] route: &str);
    } }: [ValueAdded] [ValueRemoved];

    range {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, #[label(range = 1..=3)] attempt: u8);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, #[label(range = 1..=5)] attempt: u8);
    } }: [ValueAdded] [ValueRemoved];

    removal {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Jobs done.
        #[counter] #[log(off)] fn jobs(&self, #[label(cap = 8)] queue: &str, ok: bool);
        /// Age of the oldest job.
        #[gauge(unit = seconds)] #[log(off)] fn set_age(&self, #[label(cap = 8)] queue: &str, n: f64);
        /// Its jobs are of no interest.
        #[remove(jobs)] #[log(off)] fn queue_drained(&self, ok: bool, queue: &str);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Jobs done.
        #[counter] #[log(off)] fn jobs(&self, #[label(cap = 8)] queue: &str, ok: bool);
        /// Age of the oldest job.
        #[gauge(unit = seconds)] #[log(off)] fn set_age(&self, #[label(cap = 8)] queue: &str, n: f64);
        /// Its jobs are of no interest: another method, with its labels in another order.
        #[remove(jobs)] #[log(off)] fn queue_done(&self, queue: &str, ok: bool);
        /// It counts nothing any more.
        #[remove(jobs)] #[log(off)] fn jobs_gone(&self, queue: &str);
        /// It has no age any more.
        #[remove(age)] #[log(off)] fn age_gone(&self, queue: &str);
    } }: [RemovalAdded RemovalAdded] [RemovalDropped RemovalDropped];

    cap {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, #[label(cap = 8)] route: &str);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, #[label(cap = 16)] route: &str);
    } }: [CapChanged] [CapChanged];

    texts_of_an_open_set {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, #[label(cap = 8)] route: &str);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, #[label(cap = 8, max_len = 64, other = "rest")] route: &str);
    } }: [LengthChanged OtherChanged] [LengthChanged OtherChanged];

    none {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, stage: Option<Stage>);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, #[label(none = "idle")] stage: Option<Stage>);
    } }: [NoneChanged] [NoneChanged];

    optional {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, stage: Stage);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, stage: Option<Stage>);
    } }: [ValueAdded] [ValueRemoved];

    line {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log("http.request")] fn requests(&self);
    } }: [LineAdded] [LineRemoved];

    line_renamed {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log("request")] fn requests(&self, secure: bool);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log("http.request")] fn requests(&self, secure: bool);
    } }: [LineRenamed] [LineRenamed];

    line_elsewhere {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Lag.
        #[gauge(name = "lag")] #[log("lag")] fn set_lag(&self, seconds: f64);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Lag.
        #[gauge(name = "lag")] #[counter(name = "lags")] #[log("lag", level = debug, target = "audit")]
        fn set_lag(&self, seconds: f64);
    } }: [LineChanged LineChanged LineChanged FieldRemoved FieldAdded MetricAdded]
       [MetricRemoved LineChanged LineChanged LineChanged FieldRemoved FieldAdded];

    field {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Rows.
        #[counter(value = rows, labels())] #[log("rows")] fn rows(&self, rows: u64);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Rows.
        #[counter(value = rows, labels())] #[log("rows")] fn rows(&self, secure: bool, rows: u64);
    } }: [FieldAdded] [FieldRemoved];

    slo {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] fn requests(&self, secure: bool);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] #[slo(objective = 0.99, good(secure = "true"))] fn requests(&self, secure: bool);
    } }: [SloAdded] [SloRemoved];

    slo_changed {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] #[slo(objective = 0.99, good(secure = "true"))] fn requests(&self, secure: bool);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log(off)] #[slo(objective = 0.999, good(secure != "false"), window = "28d")]
        fn requests(&self, secure: bool);
    } }: [ObjectiveChanged SloChanged] [ObjectiveChanged SloChanged];

    what_readers_do_not_see {
        #[metrics(namespace = "app", max_series = 100)]
        pub trait Metrics {
        /// Requests.
        #[counter] #[log("requests")] fn requests(&self, stage: Stage);
    } } => {
        #[metrics(namespace = "app")]
        pub trait Metrics {
        /// Requests that were served, said better.
        #[counter(name = "requests")] #[log("requests", every = 10)] fn served(&self, stage: Stage);
    } }: [] [];
}

#[test]
fn every_change_is_classified_in_both_directions() {
    for pair in pairs() {
        for (changes, expected) in [&pair.there, &pair.back].into_iter().zip(pair.expected) {
            let classes: Vec<Class> = changes.iter().map(|change| change.class).collect();
            assert_eq!(classes, expected, "{}:\n{changes}", pair.name);
        }
    }
}

#[test]
fn every_class_has_a_pair() {
    let seen: HashSet<Class> = pairs()
        .iter()
        .flat_map(|pair| pair.there.iter().chain(&pair.back))
        .map(|change| change.class)
        .collect();
    let missing: Vec<&Class> = Class::ALL.iter().filter(|class| !seen.contains(class)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_change_of_a_lock_has_its_reviewed_message() {
    for pair in pairs() {
        catalog::assert_fresh(format!("catalog/golden/lock/{}.txt", pair.name), &pair.text());
    }
}

#[test]
fn a_breaking_change_says_what_is_lost() {
    for pair in pairs() {
        for change in pair.there.iter().chain(&pair.back) {
            let told = change.to_string();
            let breaks = change.severity() == Severity::Breaking;
            assert_eq!(told.contains("\n  lost: "), breaks, "{told}");
            let gone = [
                Class::NamespaceChanged,
                Class::MetricRemoved,
                Class::DeprecatedEnded,
                Class::SloRemoved,
                Class::LineRemoved,
            ];
            let declared = told.contains("\n  declared: `Metrics::") && told.contains("lock.rs:");
            assert!(declared || gone.contains(&change.class), "{told}");
        }
    }
}

#[test]
fn a_lock_is_the_file_that_was_reviewed_and_reads_back() {
    let lock = catalog::lock::<dyn crate::surface::Metrics>();
    catalog::assert_fresh("catalog/golden/metrics.lock", &lock);
    assert!(catalog::compare::<dyn crate::surface::Metrics>(&lock).unwrap().is_empty());
    assert!(toml::from_str::<toml::Table>(&lock).unwrap()["metrics"].as_table().unwrap().len() == 8);
}
