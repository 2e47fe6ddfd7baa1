//! The healthy ranges and the objectives of the page, in words.

use std::time::{Duration, SystemTime};
use telemetry::catalog::{self, Catalog};
use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    Failed,
    #[label(rename = "a|b `c`")]
    Odd,
}

#[metrics(namespace = "mail")]
pub trait Metrics {
    /// Calls.
    #[counter]
    #[histogram(name = "time", labels(), buckets = [0.25, 1.0])]
    #[slo(objective = 0.999, good(outcome != "failed"), of(route != "/health"), name = "availability")]
    #[slo(objective = 0.99, below = 0.25, name = "latency", window = "7d")]
    #[alert(ratio_above = 0.05, matching(outcome = "failed"), of(route = ["/", starts_with("/api/")]), for = "10m")]
    #[alert(rate_above = 5, severity = "page")]
    #[alert(rate_below = 0.5, over = "1h30m", name = "Idle")]
    #[alert(rate_below = 0.1, severity = "page", name = "Dead")]
    #[alert(quantile = 0.99, above = 0.25, by(instance))]
    fn calls(&self, #[label(cap = 8)] route: &str, outcome: Outcome, took: Duration);

    /// Odd ones.
    #[counter]
    #[alert(rate_above = 0)]
    #[alert(rate_above = 1, matching(outcome = "a|b `c`"), name = "Odd")]
    #[alert(ratio_above = 0.1, to = [calls, odd], of(outcome = "sent"), matching(outcome != "sent"), name = "Share")]
    #[alert(rate_above = 9, on = [odd, calls], name = "Load")]
    fn odd(&self, outcome: Outcome);

    /// When it ran.
    #[gauge]
    #[alert(older_than = 86400, severity = "page")]
    fn set_ran(&self, at: SystemTime);

    /// Depth.
    #[gauge]
    #[alert(above = 100, for = "5m", by(queue), severity = "ticket")]
    #[alert(above = 1000, by(queue), severity = "page")]
    #[alert(below = 1, by(queue), name = "Empty")]
    #[alert(average_above = 50, over = "10m")]
    fn set_depth(&self, #[label(cap = 8)] queue: &str, mails: u64);

    /// Open.
    #[up_down_counter]
    #[alert(above = 7, by(instance))]
    fn open(&self, delta: i64);

    /// Size.
    #[gauge(unit = bytes)]
    #[alert(above = 1_073_741_824)]
    fn set_size(&self, bytes: u64);

    /// Quiet.
    #[counter]
    fn quiet(&self);
}

fn healthy(name: &str) -> Vec<String> {
    let catalog = Catalog::of::<dyn Metrics>();
    catalog.metrics.into_iter().find(|metric| metric.name == name).unwrap().healthy
}

#[test]
fn each_quantity_has_its_range_and_the_alerts_outside_it() {
    assert_eq!(
        healthy("calls"),
        [
            "Up to 5 % with outcome `failed`, among route `/` or `/api/`…, over 5 min. Alerts above 5 % for 10 min: \
             `MailCallsRatioAbove`.",
            "0.1 to 5 a second, over 5 min. Alerts above 5 a second: `MailCallsRateAbove` (page), below 0.1 a \
             second: `Dead` (page).",
            "At least 0.5 a second, over 1 h 30 min. Alerts below 0.5 a second: `Idle`.",
        ]
    );
    assert_eq!(
        healthy("time"),
        ["99 % up to 250 ms for each `instance`, over 5 min. Alerts above 250 ms: `MailTimeP99Above`."]
    );
    assert_eq!(
        healthy("odd"),
        [
            "None, over 5 min. Alerts at the first: `MailOddRateAbove`.",
            "Up to 1 a second with outcome `` a|b `c` ``, over 5 min. Alerts above 1 a second: `Odd`.",
            "Up to 10 % of `calls` and `odd` with outcome `sent`, counting outcome not `sent`, over 5 min. Alerts above \
             10 %: `Share`.",
            "Up to 9 a second together with `calls`, over 5 min. Alerts above 9 a second: `Load`.",
        ]
    );
    assert_eq!(healthy("ran"), ["Up to 1 day ago. Alerts after 1 day: `MailRanAgeAbove` (page)."]);
    assert_eq!(
        healthy("depth"),
        [
            "1 to 100 for each `queue`. Alerts above 100 for 5 min: `MailDepthAbove` (ticket), above 1000: \
             `MailDepthAbove` (page), below 1: `Empty`.",
            "Up to 50 on average, over 10 min. Alerts above 50: `MailDepthAverageAbove`.",
        ]
    );
    assert_eq!(healthy("open"), ["Up to 7 in sum for each `instance`. Alerts above 7: `MailOpenAbove`."]);
    assert_eq!(healthy("size"), ["Up to 1 GiB. Alerts above 1 GiB: `MailSizeAbove`."]);
    assert_eq!(healthy("quiet"), [""; 0]);
}

#[test]
fn an_objective_stands_at_its_metric() {
    let catalog = Catalog::of::<dyn Metrics>();
    let objectives: Vec<String> = catalog.metrics.into_iter().flat_map(|metric| metric.objectives).collect();
    assert_eq!(
        objectives,
        [
            "99.9 % with outcome not `failed`, among route not `/health`, over 30 days: `availability`",
            "99 % up to 250 ms, over 7 days: `latency`",
        ]
    );
}

/// A bar would end the cell, even within code.
#[test]
fn the_page_has_them_in_one_cell() {
    let page = catalog::markdown::<dyn Metrics>();
    assert!(
        page.contains("\n| healthy | Up to 1 a second with outcome `` a\\|b `c` ``, over 5 min."),
        "{page}"
    );
    assert!(page.contains("\n| objective | 99 % up to 250 ms, over 7 days: `latency` |\n"), "{page}");
    assert_eq!(page.matches("\n| healthy | ").count(), 13);
}
