//! Guards in what is made of a declaration: they add to it, and what is in flight is a metric as any other.

use telemetry::catalog::{self, Catalog, Class, Severity};
use telemetry::{Surface, metrics};

mod plain {
    use super::*;

    #[metrics(namespace = "pool", max_series = 40)]
    pub trait Metrics {
        /// Checkouts.
        #[counter]
        #[histogram(name = "checkout_wait", labels(kind), value = waited)]
        fn checkouts(&self, #[label(cap = 8)] kind: &str, done: bool, waited: std::time::Duration);
    }
}

mod guarded {
    use super::*;

    #[metrics(namespace = "pool", max_series = 40)]
    pub trait Metrics {
        /// Checkouts.
        #[counter]
        #[histogram(name = "checkout_wait", labels(kind), value = waited)]
        #[guard(start_checkout)]
        fn checkouts(
            &self,
            #[label(cap = 8)] kind: &str,
            #[end(default = false)] done: bool,
            waited: std::time::Duration,
        );
    }
}

mod in_flight {
    use super::*;

    #[metrics(namespace = "pool", max_series = 36)]
    pub trait Metrics {
        /// Checkouts.
        #[counter]
        #[histogram(name = "checkout_wait", labels(kind), value = waited)]
        #[up_down_counter(in_flight, name = "checkouts_waiting", labels(kind), help = "Checkouts that wait.")]
        #[alert(above = 100, on = checkouts_waiting)]
        #[guard(start_checkout)]
        fn checkouts(
            &self,
            #[label(cap = 8)] kind: &str,
            #[end(default = false)] done: bool,
            waited: std::time::Duration,
        );
    }
}

mod by_hand {
    use super::*;

    #[metrics(namespace = "pool")]
    pub trait Metrics {
        /// Checkouts.
        #[counter]
        #[histogram(name = "checkout_wait", labels(kind), value = waited)]
        fn checkouts(&self, #[label(cap = 8)] kind: &str, done: bool, waited: std::time::Duration);

        /// Checkouts that wait.
        #[up_down_counter(name = "checkouts_waiting", value = delta)]
        #[alert(above = 100)]
        #[log(off)]
        fn waiting(&self, #[label(cap = 8)] kind: &str, delta: i64);
    }
}

fn classes<Old: Surface + ?Sized, New: Surface + ?Sized>() -> Vec<(Class, Severity)> {
    let changes = catalog::compare::<New>(&catalog::lock::<Old>()).unwrap();
    changes.iter().map(|change| (change.class, change.severity())).collect()
}

#[test]
fn a_guard_changes_no_lock_and_what_is_in_flight_adds_to_it() {
    assert_eq!(catalog::lock::<dyn guarded::Metrics>(), catalog::lock::<dyn plain::Metrics>());
    let added = classes::<dyn plain::Metrics, dyn in_flight::Metrics>();
    assert_eq!(added, [(Class::MetricAdded, Severity::Additive)]);
    let removed = classes::<dyn in_flight::Metrics, dyn guarded::Metrics>();
    assert_eq!(removed, [(Class::MetricRemoved, Severity::Breaking)]);
}

#[test]
fn counting_in_flight_by_hand_or_by_a_guard_is_one_metric_to_a_dashboard() {
    let lock = catalog::lock::<dyn in_flight::Metrics>();
    assert_eq!(catalog::lock::<dyn by_hand::Metrics>(), lock);
    assert_eq!(catalog::semconv::<dyn by_hand::Metrics>(), catalog::semconv::<dyn in_flight::Metrics>());
    // But for the method that declares it.
    let same = |by_hand: &str, in_flight: &str| {
        let by_hand = by_hand.replace("::by_hand::Metrics::waiting", "::in_flight::Metrics::checkouts");
        assert_eq!(by_hand.replace("::by_hand::", "::in_flight::"), in_flight);
    };
    same(
        &catalog::prometheus_rules::<dyn by_hand::Metrics>(),
        &catalog::prometheus_rules::<dyn in_flight::Metrics>(),
    );
    same(
        &catalog::grafana_dashboard::<dyn by_hand::Metrics>(),
        &catalog::grafana_dashboard::<dyn in_flight::Metrics>(),
    );
}

#[test]
fn its_panel_sums_and_takes_no_rate() {
    let dashboard: serde_json::Value =
        serde_json::from_str(&catalog::grafana_dashboard::<dyn in_flight::Metrics>()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let panel = panels.iter().find(|panel| panel["title"] == "Checkouts waiting").unwrap();
    let query = panel["targets"][0]["expr"].as_str().unwrap();
    assert!(query.starts_with("sum by (kind) (pool_checkouts_waiting{"), "{query}");
    assert_eq!(panel["fieldConfig"]["defaults"]["unit"], "short");
    let rules = catalog::prometheus_rules::<dyn in_flight::Metrics>();
    assert!(rules.contains("expr: pool_checkouts_waiting > 100\n"), "{rules}");
}

/// The budget of `in_flight` is exactly its series: 18 counts, 9 waits, 9 in flight.
#[test]
fn its_series_count_once() {
    let catalog = Catalog::of::<dyn in_flight::Metrics>();
    assert_eq!((catalog.series, catalog.max_series), (36, Some(36)));
    assert_eq!(catalog.metrics.iter().map(|metric| metric.series).collect::<Vec<_>>(), [18, 9, 9]);
}

#[test]
fn the_page_says_what_starts_and_what_is_known_at_the_end() {
    let page = catalog::markdown::<dyn in_flight::Metrics>();
    let guard = "| guard | `start_checkout` starts it, `checkouts` records it at its end, measures `waited`";
    for expected in [
        "| recorded by | `checkouts`: each call |",
        "| recorded by | `checkouts`: 1 from `start_checkout` to the guard's end |",
        &format!("{guard}, known at the end `done` |"),
        &format!("{guard} |"),
    ] {
        assert!(page.contains(expected), "no {expected}: {page}");
    }
}

#[test]
fn the_json_has_the_guard() {
    let json: serde_json::Value = serde_json::from_str(&catalog::json::<dyn in_flight::Metrics>()).unwrap();
    let method = |metric: usize| &json["metrics"][metric]["methods"][0];
    let guard = serde_json::json!({
        "start": "start_checkout", "elapsed": "waited", "end_labels": ["done"],
    });
    assert_eq!((&method(2)["value"], &method(2)["in_flight"]), (&"1".into(), &true.into()));
    assert_eq!((&method(0)["guard"], &method(0)["in_flight"]), (&guard, &serde_json::Value::Null));
    let json: serde_json::Value = serde_json::from_str(&catalog::json::<dyn plain::Metrics>()).unwrap();
    assert!(json["metrics"][0]["methods"][0].get("guard").is_none());
}
