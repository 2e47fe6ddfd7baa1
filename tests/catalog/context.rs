//! Context stands where the log line is described, and nowhere else: it is no part of a series.

use std::fmt::Display;
use telemetry::{catalog, metrics};

mod without {
    use super::*;

    #[metrics(namespace = "app")]
    pub trait Metrics {
        /// Failed jobs.
        #[counter]
        #[alert(rate_above = 1)]
        #[log("job.failed")]
        fn failures(&self, urgent: bool);
    }
}

mod with {
    use super::*;

    #[metrics(namespace = "app")]
    pub trait Metrics {
        /// Failed jobs.
        #[counter]
        #[alert(rate_above = 1)]
        #[log("job.failed")]
        fn failures(&self, urgent: bool, #[context] id: u64, #[context] error: Option<&dyn Display>);
    }
}

/// Removes the lines that have this word.
fn lines_without(text: &str, word: &str) -> String {
    text.lines().filter(|line| !line.contains(word)).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_log_line_has_context_and_no_other_page_changes() {
    let page = catalog::markdown::<dyn with::Metrics>();
    assert!(page.contains("| `[metrics] event=job.failed urgent=… id=… error=…` |"), "{page}");
    let word = "event=job.failed";
    assert_eq!(lines_without(&page, word), lines_without(&catalog::markdown::<dyn without::Metrics>(), word));
    let json: serde_json::Value = serde_json::from_str(&catalog::json::<dyn with::Metrics>()).unwrap();
    assert_eq!(json["lines"][0]["context"], serde_json::json!(["id", "error"]));
    assert_eq!(json["lines"][0]["fields"], serde_json::json!(["urgent"]));
}

#[test]
fn adding_and_removing_context_is_no_change_of_the_schema() {
    let lock = catalog::lock::<dyn without::Metrics>();
    assert_eq!(catalog::lock::<dyn with::Metrics>(), lock);
    assert_eq!(catalog::semconv::<dyn with::Metrics>(), catalog::semconv::<dyn without::Metrics>());
    let same = |with: &str, without: &str| assert_eq!(with.replace("::with::", "::without::"), without);
    same(
        &catalog::prometheus_rules::<dyn with::Metrics>(),
        &catalog::prometheus_rules::<dyn without::Metrics>(),
    );
    same(
        &catalog::grafana_dashboard::<dyn with::Metrics>(),
        &catalog::grafana_dashboard::<dyn without::Metrics>(),
    );
}
