//! A label that no instrument carries: log and mock have it, no series is kept by it, and it needs no cap.

use crate::capture;
use std::sync::Arc;
use telemetry::registry::Point;
use telemetry::value::Number;
use telemetry::{Label, Log, Registry, Surface, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 2)]
pub struct Reason<'a>(pub &'a str);

#[metrics(namespace = "unkept", max_series = 8)]
pub trait Metrics {
    /// Payments that failed.
    #[counter(labels(urgent))]
    #[counter(name = "payments_by_shop", labels(shop))]
    #[log("payment.failed")]
    fn payments_failed(
        &self,
        error: &str,
        #[label] code: Option<u16>,
        reason: Reason<'_>,
        urgent: bool,
        #[label(cap = 2)] shop: &str,
    );

    /// The last row that was seen.
    #[gauge(labels())]
    fn set_row(&self, table: &str, row: u64);
}

/// What the registry says of a family, by the first label of each series.
fn series(registry: &Registry, family: &str) -> Vec<(String, Number)> {
    let snapshot = registry.snapshot();
    let families = snapshot.families().filter(|found| found.name() == family).collect::<Vec<_>>();
    let series = families.iter().flat_map(|family| family.series().collect::<Vec<_>>());
    let line = series.map(|series| {
        let (Point::Sum(number) | Point::Gauge(number)) = series.point() else { panic!("no histogram here") };
        (series.labels().next().map_or_else(String::new, |(_, value)| value.into_owned()), number)
    });
    line.collect()
}

#[test]
fn log_and_mock_show_every_value_and_the_registry_keeps_none() {
    let (mock, registry) = (RecordingMetrics::default(), Registry::new());
    let kept = registry.register::<dyn Metrics>().unwrap();
    let all: Arc<dyn Metrics> = Arc::new((mock.clone(), (kept, Log::default())));
    let lines = capture::lines(|| {
        for code in 0..3 {
            all.payments_failed(&format!("no {code}"), Some(code), Reason(&format!("r{code}")), true, "a");
        }
        all.set_row("users", 7);
    });
    assert_eq!(
        lines[2],
        r#"[metrics] event=payment.failed error="no 2" code=2 reason=r2 urgent=true shop=a"#
    );
    assert_eq!(lines[3], "[metrics] gauge=set_row table=users value=7");
    mock.payments_failed_calls().error("no 1").code(Some(1)).assert_once();
    assert_eq!(mock.payments_failed_calls().last().error, "no 2");
    let u64s = |pairs: &[(&str, u64)]| -> Vec<(String, Number)> {
        pairs.iter().map(|(label, n)| ((*label).to_owned(), Number::U64(*n))).collect()
    };
    assert_eq!(series(&registry, "payments_failed"), u64s(&[("false", 0), ("true", 3)]));
    assert_eq!(series(&registry, "payments_by_shop"), u64s(&[("a", 3)]));
    // Of the open labels only the one that an instrument carries can overflow, and the registry's own.
    assert_eq!(series(&registry, "label_overflow"), u64s(&[("label", 0), ("shop", 0)]));
    assert_eq!(<dyn Metrics as Surface>::SCHEMA.series(), 6);
}

#[test]
fn the_label_that_is_kept_overflows_beside_those_that_are_not() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    for shop in ["a", "b", "c", "d"] {
        metrics.payments_failed("e", None, Reason("r"), false, shop);
    }
    let found = series(&registry, "payments_by_shop");
    assert_eq!(
        found,
        [
            ("a".to_owned(), Number::U64(1)),
            ("b".to_owned(), Number::U64(1)),
            ("other".to_owned(), Number::U64(2))
        ]
    );
    assert!(series(&registry, "label_overflow").contains(&("shop".to_owned(), Number::U64(2))));
}
