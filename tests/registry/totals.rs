//! Totals that somebody else keeps: shown as given, and a fall is a reset.

use crate::lines;
use std::time::{Duration, SystemTime};
use telemetry::registry::Snapshot;
use telemetry::{Log, Registry, metrics, prometheus};

#[metrics(namespace = "kernel", labels(#[label(cap = 2)] disk: &str))]
pub trait Metrics {
    /// Bytes that the kernel says it read.
    #[counter(total = bytes, unit = bytes)]
    #[log(off)]
    fn read(&self, bytes: u64);

    /// Time at work.
    #[counter(name = "busy", total = busy)]
    #[counter(name = "wear", total = wear, labels(cause))]
    #[log(off)]
    fn set_state(&self, #[label(cap = 2)] cause: &str, busy: Duration, wear: f64);

    /// The cause is gone.
    #[remove(busy, wear)]
    #[log(off)]
    fn forget(&self, cause: &str);
}

fn starts(registry: &Registry, name: &str) -> Vec<SystemTime> {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == name).unwrap();
    family.series().map(|series| series.start()).collect()
}

#[test]
fn it_is_shown_as_given_and_absent_before() {
    let registry = Registry::new();
    let disk = registry.register_with::<dyn Metrics>(MetricsLabels { disk: "a" }).unwrap();
    assert!(lines(&registry, "read").is_empty(), "nobody knows it yet");
    disk.read(1_000_000);
    disk.read(1_000_500);
    disk.read(1_000_500);
    assert_eq!(lines(&registry, "read"), ["disk=a 1000500"]);
    let text = prometheus::render(&registry, prometheus::Format::Text);
    assert!(text.contains("# TYPE kernel_read_bytes_total counter\n"), "{text}");
    assert!(text.contains("kernel_read_bytes_total{disk=\"a\"} 1000500\n"), "{text}");
    let text = prometheus::render(&registry, prometheus::Format::OpenMetrics);
    assert!(text.contains("kernel_read_bytes_total{disk=\"a\"} 1000500\n"), "{text}");
    assert!(!text.contains("kernel_read_bytes_created"), "nobody knows when it began: {text}");
}

#[test]
fn a_fall_is_a_reset_with_a_start_of_its_own() {
    let registry = Registry::new();
    let disk = registry.register_with::<dyn Metrics>(MetricsLabels { disk: "a" }).unwrap();
    disk.read(500);
    let [first] = starts(&registry, "read")[..] else { panic!("one series") };
    disk.read(700);
    assert_eq!(starts(&registry, "read"), [first]);
    let before = SystemTime::now();
    disk.read(20);
    let [second] = starts(&registry, "read")[..] else { panic!("one series") };
    assert!(second >= before && second <= SystemTime::now(), "{first:?} {second:?}");
    assert_eq!(lines(&registry, "read"), ["disk=a 20"]);
    disk.read(30);
    assert_eq!(starts(&registry, "read"), [second]);
    disk.read(0);
    assert_eq!(lines(&registry, "read"), ["disk=a 0"]);
}

#[test]
fn a_renderer_that_keeps_its_text_sees_each_total() {
    let registry = Registry::new();
    let disk = registry.register_with::<dyn Metrics>(MetricsLabels { disk: "a" }).unwrap();
    let mut renderer = prometheus::Renderer::new(&registry);
    for total in [5, 5, 9, 3, 3, 12] {
        disk.read(total);
        let mut body = Vec::new();
        renderer.render(prometheus::Format::OpenMetrics, &mut body);
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains(&format!("kernel_read_bytes_total{{disk=\"a\"}} {total}\n")), "{text}");
    }
}

#[test]
fn numbers_that_no_total_can_be_are_refused_and_the_last_one_stays() {
    let registry = Registry::new();
    let disk = registry.register_with::<dyn Metrics>(MetricsLabels { disk: "a" }).unwrap();
    disk.set_state("heat", Duration::from_millis(1500), 0.5);
    disk.set_state("heat", Duration::from_millis(2500), f64::NAN);
    disk.set_state("heat", Duration::from_millis(2500), -0.5);
    assert_eq!(lines(&registry, "wear"), ["disk=a,cause=heat 0.5"]);
    assert_eq!(lines(&registry, "busy"), ["disk=a,cause=heat 2.5"]);
    let dropped =
        |snapshot: &Snapshot, reason| snapshot.reading("telemetry_dropped", &[("reason", reason)]).value();
    let snapshot = registry.snapshot();
    assert_eq!((dropped(&snapshot, "not_finite"), dropped(&snapshot, "negative")), (Some(1.0), Some(1.0)));
    // Two texts of one series would be a total of neither.
    disk.set_state("dust", Duration::ZERO, 1.0);
    disk.set_state("age", Duration::ZERO, 1.0);
    let snapshot = registry.snapshot();
    assert_eq!(dropped(&snapshot, "label_overflow"), Some(2.0));
    disk.forget("heat");
    disk.set_state("age", Duration::ZERO, 2.0);
    assert_eq!(lines(&registry, "wear"), ["disk=a,cause=age 2", "disk=a,cause=dust 1"]);
    drop(disk);
    assert!(lines(&registry, "wear").is_empty());
}

#[test]
fn the_mock_shows_the_last_one() {
    let metrics = RecordingMetrics::with(MetricsLabels { disk: "a" });
    metrics.read(5);
    metrics.read(9);
    metrics.read_calls().assert_times(2);
    metrics.read_calls().total().assert_value(9);
    let both: &dyn Metrics = &(Log::with(MetricsLabels { disk: "a" }), &metrics);
    both.read(3);
    metrics.read_calls().total().assert_value(3);
}
