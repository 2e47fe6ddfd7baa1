//! Closed sets of text, listed in one line or by a constant, in every place where a label may stand.

use std::time::Duration;
use telemetry::label::LabelSet;
use telemetry::{Event, Label, Log, NoOp, Registry, Sink, SinkAdapter, Surface, metrics};

const KINDS: &[&str] = &["full", "partial"];
const KNOWN: [&str; 2] = ["/", "/health"];

pub mod deep {
    pub const ZONES: &[&str] = &["a", "b"];
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(values = ["single", "since"])]
pub struct Scope<'a>(pub &'a str);

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(values = KINDS, other = "rest")]
pub struct Kind<'a>(pub &'a str);

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 8, known = KNOWN)]
pub struct Route<'a>(pub &'a str);

#[metrics(labels(#[label(values = deep::ZONES)] zone: &str, #[label(cap = 4, known = KNOWN)] base: &str))]
pub trait Metrics {
    /// Jobs.
    #[counter]
    #[alert(rate_above = 1.0, matching(scope = "other"))]
    #[log(level = warn, when(scope = ["single"]))]
    fn jobs(&self, #[label(values = ["single", "since"])] scope: &str);

    /// Jobs by another set of the same texts.
    #[counter]
    #[log(every = 10)]
    fn more_jobs(&self, #[label(values = ["single", "since"], name = "range")] scope: Option<&str>);

    /// Backups.
    #[counter]
    #[histogram(name = "backup_duration", labels())]
    #[up_down_counter(in_flight, name = "backups_running")]
    fn backups(
        &self,
        #[label(values = KINDS, none = "unset")] kind: Option<&str>,
        #[label(values = &KINDS, other = "rest")] before: &'static str,
        #[end(default = "partial")]
        #[label(values = KINDS)]
        after: &str,
        took: Duration,
    );

    /// Requests.
    #[counter]
    fn requests(&self, scope: Scope<'_>, kind: Option<Kind<'_>>, route: Route<'_>);

    /// Pages.
    #[counter]
    fn pages(&self, #[label(cap = 8, known = KNOWN)] route: &str);

    /// The size, by scope.
    #[gauge]
    fn set_size(&self, #[label(values = ["single", "since"])] scope: &str, size: u64);

    /// A scope ends.
    #[remove(size)]
    fn scope_gone(&self, scope: &str);
}

/// Takes what arrives through the hook.
struct Nothing;

impl Sink for Nothing {
    fn record(&self, event: &Event<'_>) {
        assert!(event.labels().all(|label| label.text().is_none_or(|text| text != "bogus")));
    }
}

fn main() {
    let given = MetricsLabels { zone: "c", base: "/" };
    let registry = Registry::new();
    let recording = RecordingMetrics::with(given);
    let registered = registry.register_with::<dyn Metrics>(given).unwrap();
    let (log, sink) = (Log::with(given), SinkAdapter::with(Nothing, given));
    for metrics in [&recording as &dyn Metrics, &NoOp, &log, &sink, &registered] {
        metrics.jobs("single");
        metrics.jobs("bogus");
        metrics.more_jobs(None);
        metrics.backups(None, "bogus", "full", Duration::ZERO);
        metrics.requests(Scope("bogus"), Some(Kind("full")), Route("/"));
        metrics.pages("/");
        metrics.set_size("since", 3);
        metrics.scope_gone("single");
    }
    drop((&recording).start_backups(Some("full"), "full"));
    recording.jobs_calls().scope("other").assert_once();
    assert_eq!(recording.jobs_calls().calls()[1].scope, "other");
    assert_eq!(recording.requests_calls().calls()[0].scope, "other");
    let schema = <dyn Metrics as Surface>::SCHEMA;
    let LabelSet::Closed(values) = schema.events[0].labels[0].set else { panic!("a closed set") };
    assert_eq!(values, ["single", "since", "other"]);
    assert_eq!(schema.events[0].series(0), 3 * 3 * 5);
    assert_eq!(Kind::SET.cardinality(), 3);
}
