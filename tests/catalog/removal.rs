//! Series that end, in all that is made of a declaration.

use telemetry::catalog::{self, Catalog};
use telemetry::metrics;

#[metrics(namespace = "jobs", labels(#[label(cap = 8)] pool: &str))]
pub trait Metrics {
    /// Jobs done.
    #[counter(name = "done", labels(queue, kind = "small"))]
    #[histogram(name = "size", value = bytes, labels(queue), buckets = [1])]
    fn small(&self, #[label(cap = 8)] queue: &str, bytes: u64);

    /// Jobs done.
    #[counter(name = "done", labels(queue, kind = "large"))]
    fn large(&self, #[label(cap = 8)] queue: &str);

    /// Jobs that wait.
    #[gauge]
    #[alert(above = 9, by(queue))]
    fn set_waiting(&self, #[label(cap = 8)] queue: &str, urgent: bool, jobs: u64);

    /// All of it stays.
    #[counter]
    fn stays(&self);

    /// No job of that urgency waits.
    #[remove(waiting)]
    fn queue_empty(&self, queue: &str, urgent: bool);

    /// Nobody asks any more.
    #[remove(waiting)]
    fn urgency_gone(&self, urgent: bool);
}

#[metrics(namespace = "jobs")]
pub trait Sums {
    /// Jobs done.
    #[counter(name = "done", labels(queue, kind = "small"))]
    #[histogram(name = "size", value = bytes, labels(queue), buckets = [1])]
    fn small(&self, #[label(cap = 8)] queue: &str, bytes: u64);

    /// A queue was deleted.
    #[remove(done, size)]
    fn queue_deleted(&self, queue: &str);
}

/// The row of a metric that begins with this cell.
fn row(page: &str, metric: &str, cell: &str) -> Option<String> {
    let section = page.split("\n## ").find(|section| section.starts_with(&format!("`{metric}`"))).unwrap();
    section.lines().find(|line| line.starts_with(&format!("| {cell} |"))).map(str::to_owned)
}

#[test]
fn the_page_says_what_can_go_and_what_a_reader_sees_then() {
    let page = catalog::markdown::<dyn Metrics>();
    assert_eq!(
        row(&page, "jobs_waiting", "removed by").unwrap(),
        "| removed by | `queue_empty`: all series with its `queue`, `urgent`; `urgency_gone`: all series with its \
         `urgent`; they are gone with the next reading |"
    );
    assert_eq!(row(&page, "jobs_stays", "removed by"), None);
    assert!(
        page.contains(
            "\n\n`pool` is given when the surface is registered. All series of such a label set end after its \
             last handle is dropped: gauges and up-down counters with the next reading, counters and histograms \
             after their final value was readable for 5 minutes, unless set otherwise.\n"
        ),
        "{page}"
    );
    let page = catalog::markdown::<dyn Sums>();
    for metric in ["jobs_done", "jobs_size"] {
        assert_eq!(
            row(&page, metric, "removed by").unwrap(),
            "| removed by | `queue_deleted`: all series with its `queue`; their final value stays readable for 5 \
             minutes, unless set otherwise, then they are gone |"
        );
    }
    assert!(!page.contains("is given when"), "{page}");
}

#[test]
fn programs_can_read_it() {
    let catalog = Catalog::of::<dyn Metrics>();
    assert_eq!(catalog.registration_labels, ["pool"]);
    let waiting = catalog.metrics.iter().find(|metric| metric.name == "waiting").unwrap();
    let removals: Vec<_> = waiting.removals.iter().map(|one| (one.method, &one.labels[..])).collect();
    let expected = [("queue_empty", &["queue", "urgent"][..]), ("urgency_gone", &["urgent"])];
    assert_eq!(removals, expected);

    let json: serde_json::Value = serde_json::from_str(&catalog::json::<dyn Sums>()).unwrap();
    assert!(json.get("registration_labels").is_none());
    for metric in json["metrics"].as_array().unwrap() {
        assert_eq!(metric["removals"][0]["method"], "queue_deleted");
        assert_eq!(metric["removals"][0]["labels"], serde_json::json!(["queue"]));
    }
}

#[test]
fn the_lock_holds_by_which_labels_series_go() {
    let lock = catalog::lock::<dyn Metrics>();
    let waiting = lock.split("\n[").find(|table| table.starts_with("metrics.waiting]")).unwrap();
    assert!(waiting.contains("\nremoved_by = [\n    \"queue, urgent\",\n    \"urgent\",\n]\n"), "{lock}");
    assert_eq!(lock.matches("removed_by").count(), 1);
    // Read back, the lock is of the same surface.
    assert!(catalog::compare::<dyn Metrics>(&lock).unwrap().is_empty());
}
